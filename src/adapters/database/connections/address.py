"""Addresses of databases: which are understood, and how they are spelled for the driver."""

from urllib.parse import urlsplit

from domain.errors import YaptideError

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql+psycopg"
SPELLINGS = frozenset({"postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"})
"""What existing deployments call PostgreSQL; the driver is psycopg 3 in any case."""

EXPECTED = (
    "must be sqlite:/// and the path of a file, "
    "or postgresql://USER:PASSWORD@HOST:PORT/DATABASE with special characters as %XX"
)


class InvalidAddress(YaptideError):
    """An address that no database of ours has; the message never repeats the password."""


def database_address(text: str) -> str:
    """Return the address of a database as the engine wants it; InvalidAddress says what is wrong.

    `postgres://`, `postgresql://` and the names of older drivers all mean psycopg 3.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise InvalidAddress(EXPECTED)
    if scheme.startswith("sqlite"):
        return _sqlite(text)
    if scheme not in SPELLINGS:
        raise InvalidAddress(f"{EXPECTED}; {scheme[:30]!r} is not known")
    _check_server(f"postgresql://{rest}")
    return f"{POSTGRESQL}://{rest}"


def _sqlite(text: str) -> str:
    path = text.removeprefix(SQLITE)
    if path == text or not path or path.startswith((":memory:", "?")):
        raise InvalidAddress(f"{EXPECTED}; a database in memory can't be shared by our processes")
    return text


def _check_server(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidAddress(f"{EXPECTED}; its port is not a number") from None
    if port == 0 or len(parts.path) < 2 or "/" in parts.path[1:]:
        raise InvalidAddress(f"{EXPECTED}; it names no database")
