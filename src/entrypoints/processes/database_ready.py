"""Make the database ready before a process uses it."""

from entrypoints.composition.container import Container


def ready_database(container: Container) -> None:
    """Migrate the embedded database; refuse a server's whose schema is not the one we know."""
    settings = container.settings()
    if settings.embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        container.schema().upgrade()
    else:
        container.schema().check()
