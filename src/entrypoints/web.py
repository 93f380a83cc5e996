"""The web application that gunicorn serves: `gunicorn 'entrypoints.web:create_application()'`."""

from collections.abc import Callable, Iterable
from typing import Any

from adapters.http.application import make_application
from entrypoints.container import make_container
from entrypoints.log_lines import configure_logging
from entrypoints.storage import ready_database

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def create_application() -> WsgiApplication:
    """Return the WSGI application, made in each worker process after it was forked."""
    container = make_container()
    configure_logging(container.settings().log_level)
    ready_database(container)
    return make_application(_use_cases(container), _settings(container))
