"""Make the database ready before a process uses it."""

from entrypoints.composition.container import Container
from entrypoints.settings.private_folder import own_folder


def ready_database(container: Container) -> None:
    """Migrate the embedded database; refuse a server's whose schema is not the one we know."""
    settings = container.settings()
    if settings.embedded:
        own_folder(settings.data_dir)
        container.schema().upgrade()
    else:
        container.schema().check()
