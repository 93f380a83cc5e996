"""The web application that gunicorn serves: `gunicorn --config python:entrypoints.gunicorn_config`.

Nothing that counts requests is imported before the application is made: gunicorn's configuration
says first where the processes keep their counters together.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from entrypoints.composition.container import Container, make_container
from entrypoints.processes.database_ready import ready_database
from entrypoints.processes.log_lines import start_logging

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_on_stop: list[Callable[[], None]] = []


def create_application(container: Container | None = None) -> WsgiApplication:
    """Return the WSGI application, made in each server process after it was forked."""
    from adapters.http.application import make_application

    container = container or make_container()
    start_logging(container.settings())
    ready_database(container)
    _on_stop.append(container.watch_jobs().close)
    return make_application(_use_cases(container), _http_settings(container))


def stop_waiting() -> None:
    """Answer those who wait for changes now: this process ends."""
    for stop in _on_stop:
        stop()


def _http_settings(container: Container) -> Any:
    from adapters.http.wire.settings import HttpSettings

    settings = container.settings()
    return HttpSettings(
        cors_origins=settings.cors_origins,
        own_origins=("{0.scheme}://{0.netloc}".format(urlsplit(settings.external_url)),),
        trust_proxy=settings.trust_proxy,
        registration=settings.allow_registration,
        frontend_dir=settings.frontend_dir,
        path_prefix=settings.path_prefix,
        most_body_bytes=settings.web_body_mib << 20,
        known_senders=settings.slow_seats.known_senders,
        unknown_senders=settings.slow_seats.unknown_senders,
    )


def _use_cases(container: Container) -> Any:
    from adapters.http.wire.use_cases import UseCases

    return UseCases(
        register_user=container.register_user(),
        sessions=container.sessions(),
        change_password=container.change_password(),
        sign_in_with_keycloak=container.sign_in_with_keycloak(),
        submit_job=container.submit_job(),
        submit_batch_job=container.submit_batch_job(),
        cancel_job=container.cancel_job(),
        remove_job=container.remove_job(),
        read_jobs=container.read_jobs(),
        read_results=container.read_results(),
        claim_task=container.claim_task(),
        claim_merge=container.claim_merge(),
        partial_merges=container.partial_merges(),
        partial_results=container.partial_results(),
        report_progress=container.report_progress(),
        release_work=container.release_work(),
        store_results=container.store_results(),
        fail_job=container.fail_job(),
        add_logs=container.add_logs(),
        tokens=container.tokens(),
        update_keys=container.check_update_keys(),
        watch_jobs=container.watch_jobs(),
        check_readiness=container.check_readiness(),
        count_work=container.count_work(),
        worker_notes=container.worker_notes(),
    )
