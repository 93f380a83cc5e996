"""Which transaction a unit of work has around it."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from sqlalchemy import Engine

BEGIN = "yaptide_begin"
"""The option of a connection that says how its transactions begin on SQLite."""


class Kind(Enum):
    """What a unit of work does."""

    WRITES = auto()
    READS = auto()
    CHANGES_ONCE = auto()


ON_SQLITE: Mapping[Kind, Mapping[str, Any]] = {
    # A transaction that reads first and then writes fails, without waiting, when another one wrote
    # in between; one that takes the write lock at once waits its turn instead.
    Kind.WRITES: {BEGIN: "BEGIN IMMEDIATE"},
    Kind.READS: {BEGIN: ""},
    Kind.CHANGES_ONCE: {BEGIN: ""},
}

# On a server the statements of one transaction see what is there when each begins, as without one:
# beginning and ending it would be round trips for nothing. SQLite could promise more, but what
# holds on servers has to do.
WITHOUT = {"isolation_level": "AUTOCOMMIT"}
ON_SERVERS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.WRITES: {},
    Kind.READS: WITHOUT,
    Kind.CHANGES_ONCE: WITHOUT,
}


def options_of(engine: Engine, kind: Kind) -> Mapping[str, Any]:
    """Return the options of a connection for this kind of work."""
    return (ON_SQLITE if engine.dialect.name == "sqlite" else ON_SERVERS)[kind]
