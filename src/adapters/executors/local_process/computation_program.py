"""A process that computes what it is sent, one piece of work after the other.

Started as `python -m` with the number of a socket and that of the worker. First come its bounds,
then work, pickled by the worker. What goes back is MessagePack, which can't make the worker do
anything: what is computed here was shaped by users.
"""

import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import PurePath

import msgspec

from adapters.executors.local_process.confinement import landlock
from adapters.executors.local_process.confinement.landlock import Place
from adapters.executors.local_process.launching.engine_start import die_with, limit
from domain.errors import InvalidInput, SimulationFailed


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a computing process may take and reach; `modules` are loaded before it is bounded.

    `limits` are pairs of a resource and its value, `places` what Landlock leaves it where `abi` is
    not 0.
    """

    limits: Sequence[tuple[int, int]] = ()
    places: Sequence[Place] = ()
    abi: int = 0
    modules: Sequence[str] = ()


class Reply(msgspec.Struct, omit_defaults=True):
    """What became of a piece of work: its value, or how it failed."""

    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    failed: str = ""
    text: str = ""
    field: str = ""
    number: int = 0


FAILED, REFUSED, MISSING, SYSTEM, UNEXPECTED = "failed", "refused", "missing", "system", "other"


def main(number: int, worker: int) -> None:
    """Compute until the worker closes the connection; end with the worker."""
    # Ctrl-C in a terminal is for the worker, which ends us when it wants.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(worker)
    with Connection(number) as connection, suppress(EOFError):
        _bound(connection.recv())
        while True:
            work = connection.recv_bytes()
            connection.send_bytes(msgspec.msgpack.encode(_reply(work)))


def _bound(bounds: Bounds) -> None:
    for name in bounds.modules:
        import_module(name)
    limit(bounds.limits)
    if bounds.abi:
        landlock.gain_no_privileges()
        landlock.enter(landlock.make_ruleset(bounds.places, bounds.abi))


def _reply(work: bytes) -> Reply:
    try:
        compute: Callable[[], object] = pickle.loads(work)  # noqa: S301 - from our own worker
        return Reply(msgspec.Raw(msgspec.msgpack.encode(compute(), enc_hook=_plain)))
    except InvalidInput as error:
        return Reply(failed=REFUSED, text=error.message, field=error.field)
    except SimulationFailed as error:
        return Reply(failed=FAILED, text=str(error))
    except FileNotFoundError as error:
        return Reply(failed=MISSING, text=str(error), number=error.errno or 0)
    except MemoryError:
        return Reply(failed=UNEXPECTED, text="it needs more memory than it may take here")
    except OSError as error:
        what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        return Reply(failed=SYSTEM, text=what, number=error.errno or 0)
    except Exception as error:
        # For those who run the service; the user is told what kind of error it was.
        traceback.print_exc()
        return Reply(failed=UNEXPECTED, text=f"{type(error).__name__}: {error}")


def _plain(value: object) -> str:
    """Return a path as text; NotImplementedError for what can't be sent."""
    if isinstance(value, PurePath):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} can't be sent")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
