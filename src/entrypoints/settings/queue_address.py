"""Where the queue is: Redis or a folder."""

from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from entrypoints.settings.values import InvalidSetting

NAME = "QUEUE_URL"
FORM = "redis://:PASSWORD@HOST:6379/0, rediss:// for TLS, or the path of a folder"


def queue_address(text: str, data_dir: Path) -> str:
    """Return the address of a Redis or the path of a folder; InvalidSetting tells what is wrong."""
    if not text:
        return str(data_dir / "queue")
    if text.startswith("sqlite:///"):
        text = unquote(text.removeprefix("sqlite:///"))
    if "://" not in text:
        return str(Path(text).expanduser().absolute())
    return _redis(text)


def _redis(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("redis", "rediss"):
        raise InvalidSetting(NAME, f"must be {FORM}; {parts.scheme}:// is not supported")
    if not parts.hostname:
        raise InvalidSetting(NAME, f"names no host; it must be {FORM}")
    _check_port(parts)
    database = parts.path.strip("/")
    if database and not database.isdecimal():
        raise InvalidSetting(NAME, f"must end with the number of a database, not {database!r}")
    return text


def _check_port(parts: SplitResult) -> None:
    try:
        parts.port  # noqa: B018 - it is checked when it is read
    except ValueError:
        raise InvalidSetting(NAME, "has a port that is not a number from 0 to 65535") from None
