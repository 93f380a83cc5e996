"""Log lines: readable in a terminal, JSON otherwise."""

import logging
import os
import sys

import structlog
from structlog.typing import EventDict, Processor

from entrypoints.settings import Settings

READABLE = "YAPTIDE_READABLE_LOGS"
"""Set for processes whose lines a supervisor shows in a terminal."""


def _on_one_line(logger: object, name: str, event: EventDict) -> EventDict:
    """Escape line ends and other control characters: nothing a user sent begins a line."""
    del logger, name
    for key, value in event.items():
        # A trace is ours and has several lines.
        if isinstance(value, str) and key != "exception" and not value.isprintable():
            event[key] = repr(value)[1:-1]
    return event


def start_logging(settings: Settings) -> None:
    """Send log lines as the settings say, first of all what is to be said of the settings."""
    configure_logging(settings.log_level)
    for warning in settings.warnings:
        logging.getLogger(__name__).warning(warning)


def configure_logging(level: str) -> None:
    """Send all log lines of this process to standard error, from `level` up."""
    terminal = sys.stderr.isatty() or os.environ.get(READABLE) == "1"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if terminal
        else structlog.processors.JSONRenderer()
    )
    tail: list[Processor] = [_on_one_line, renderer] if terminal else [renderer]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            *tail,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    for library in ("alembic", "huey"):
        logging.getLogger(library).setLevel(logging.WARNING)
