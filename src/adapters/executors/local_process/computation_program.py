"""A process that computes what it is sent, one piece of work after the other.

Started as `python -m` with the number of a socket. Work comes pickled from the worker, which made
it. What goes back is MessagePack, which can't make the worker do anything: what is computed here
was shaped by users.
"""

import ctypes
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import PurePath

import msgspec

from domain.errors import InvalidInput, SimulationFailed

PR_SET_PDEATHSIG = 1


class Reply(msgspec.Struct, omit_defaults=True):
    """What became of a piece of work: its value, or how it failed."""

    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    failed: str = ""
    text: str = ""
    field: str = ""
    number: int = 0


FAILED, REFUSED, MISSING, SYSTEM, UNEXPECTED = "failed", "refused", "missing", "system", "other"


def main(number: int, modules: list[str]) -> None:
    """Compute until the worker closes the connection; end with the worker."""
    # Ctrl-C in a terminal is for the worker, which ends us when it wants.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    for name in modules:
        import_module(name)
    with Connection(number) as connection:
        while True:
            try:
                work = connection.recv_bytes()
            except EOFError:
                return
            connection.send_bytes(msgspec.msgpack.encode(_reply(work)))


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
        return Reply(failed=SYSTEM, text=error.strerror or str(error), number=error.errno or 0)
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
    main(int(sys.argv[1]), sys.argv[2:])
