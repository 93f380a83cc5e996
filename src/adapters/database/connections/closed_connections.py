"""Notice connections that the server has closed before they are used."""

import select
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

USED = "yaptide_used"


def replace_broken(engine: Engine) -> None:
    """Have connections that a restart of the server broke replaced when they are taken.

    An idle connection has nothing to say: when something can be read from it, that is its end. To
    look costs no round trip, which a question to the server before each use would. Hosts that
    vanish without a word are noticed by the system's own probes, and then look the same.
    """
    event.listen(engine, "checkout", _look)


def _look(connection: Any, record: Any, fairy: object) -> None:
    del fairy
    if USED not in record.info:
        record.info[USED] = True
        return
    if connection.closed or _has_something_to_say(connection.fileno()):
        # The others have met the same end.
        raise InvalidatePoolError("the server has closed this connection")


def _has_something_to_say(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
