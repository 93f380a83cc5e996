"""The thread of a simulation worker that says what is installed here."""

import os
import socket
import threading

import structlog

from application.simulators.worker_notes import NOTE_SECONDS, note_of
from domain.errors import BackendRefused, BackendUnreachable
from entrypoints.composition.container import Container

log = structlog.get_logger(__name__)

FIRST_SECONDS = 1.0
"""How soon to try again until the API took the first note: it may still be starting."""


def start_notes(container: Container) -> threading.Thread:
    """Start saying what is installed, until the worker stops."""
    thread = threading.Thread(target=_notes, args=(container,), name="notes", daemon=True)
    thread.start()
    return thread


def _notes(container: Container) -> None:
    wait = 0.0
    while not container.stopping().wait(wait):
        wait = NOTE_SECONDS if _note(container) else FIRST_SECONDS


def _note(container: Container) -> bool:
    name = f"{socket.gethostname()}:{os.getpid()}"
    try:
        # Looked for again each time: an administrator may have installed one meanwhile.
        note = note_of(name, container.settings().max_cores, container.simulators())
        container.backend().announce(note)
    except BackendUnreachable:
        return False
    except (BackendRefused, OSError) as error:
        log.warning("the note of this worker was not taken", reason=str(error))
        return False
    return True
