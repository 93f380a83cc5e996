"""What a worker tells the keepers of its runs, and what they tell the worker."""

import json
import os
import socket
from typing import NamedTuple


class Precautions(NamedTuple):
    """What a keeper takes from itself, and so from every engine that it starts.

    Signals to processes outside (`scoped`), some system calls (`filtered`), and the privileges of
    its user and of programs that have their own (`unprivileged`).
    """

    scoped: bool
    filtered: bool
    unprivileged: bool


class EngineOrder(NamedTuple):
    """One engine to start.

    `limits` are pairs of a resource of `resource.setrlimit` and its value, `places` pairs of a path
    and Landlock's rights to it; `abi` is 0 where Landlock confines nothing.
    """

    executable: str
    argv: list[str]
    environment: dict[str, str]
    folder: str
    limits: list[tuple[int, int]]
    places: list[tuple[str, int]]
    abi: int


class Started(NamedTuple):
    """The engine runs: its number, and its keeper's, below which is all that it starts."""

    engine: int
    keeper: int


class NotStarted(NamedTuple):
    """The engine does not run: the number of the error, and whether its confinement had it."""

    code: int
    unconfined: bool


class Ended(NamedTuple):
    """Nothing of the run is left; its engine ended with this code, negative for a signal."""

    exit_code: int


Message = Precautions | EngineOrder | Started | NotStarted | Ended

TERMINATE = b"T"
"""Asks all processes of a run to end."""

KILL = b"K"
"""Ends all processes of a run."""

LONGEST = 1 << 20

_KINDS = {kind.__name__: kind for kind in (Precautions, EngineOrder, Started, NotStarted, Ended)}


def written(message: Message) -> bytes:
    """Return a message as it travels."""
    return json.dumps([type(message).__name__, *message]).encode()


def read(text: bytes) -> Message:
    """Return a message that came."""
    name, *values = json.loads(text)
    made: Message = _KINDS[name](*values)
    return made


def received_with_file(line: socket.socket) -> tuple[bytes, int | None]:
    """Return the next text of a line and the file that came with it; no text when it is closed.

    No program that is started here inherits the file: `socket.recv_fds` does not see to that.
    """
    text, files, _, _ = socket.recv_fds(line, LONGEST, 1)
    for file in files:
        os.set_inheritable(file, False)
    return text, files[0] if files else None
