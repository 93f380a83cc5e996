"""All settings, read once from the environment; one table says what each means."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from domain.errors import YaptideError


class InvalidSetting(YaptideError):
    """A setting has a value that can't be used."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable, perhaps with a second name, and what it means."""

    name: str
    meaning: str
    also: str = ""
    default: str = ""
    secret: bool = False


VARIABLES = (
    Variable("DATA_DIR", "folder for everything that is kept", default="~/.local/share/yaptide"),
    Variable("SIMULATORS_DIR", "folder of installed simulators; default DATA_DIR/simulators"),
    Variable(
        "DATABASE_URL",
        "database; default a SQLite file under DATA_DIR",
        also="FLASK_SQLALCHEMY_DATABASE_URI",
        secret=True,
    ),
    Variable(
        "QUEUE_URL",
        "queue; default SQLite files under DATA_DIR",
        also="CELERY_BROKER_URL",
        secret=True,
    ),
    Variable("CELERY_RESULT_BACKEND", "accepted and not needed"),
    Variable(
        "BACKEND_INTERNAL_URL", "where workers reach the API", default="http://127.0.0.1:5000"
    ),
    Variable("BACKEND_EXTERNAL_URL", "where browsers reach the API; default the internal one"),
    Variable(
        "CORS_ORIGINS",
        "origins, separated by commas, that may call the API from a browser; "
        "`true` means the local development frontend",
        also="FLASK_USE_CORS",
    ),
    Variable("MAX_CORES", "tasks run at once by a simulation worker; default all cores"),
    Variable("LOG_LEVEL_ROOT", "DEBUG, INFO, WARNING or ERROR", default="INFO"),
    Variable(
        "SECRET_KEY",
        "signs tokens, at least 32 characters; by default one is made under DATA_DIR",
        secret=True,
    ),
    Variable("ALLOW_REGISTRATION", "whether anybody may register", default="true"),
    Variable("TRUST_PROXY", "whether a proxy in front sets X-Forwarded-Proto", default="false"),
    Variable("WEB_WORKERS", "processes of the web server", default="2"),
    Variable(
        "TASK_LEASE_SECONDS",
        "how long a task may be silent before it counts as lost",
        default="60",
    ),
    Variable("RECOVERY_SECONDS", "how often lost work is looked for", default="5"),
)

Number = TypeVar("Number", int, float)

DEVELOPMENT_ORIGINS = ("http://localhost:3000", "http://127.0.0.1:3000")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force; paths absolute, times in seconds."""

    data_dir: Path
    simulators_dir: Path
    database_url: str
    queue_path: Path
    internal_url: str
    external_url: str
    cors_origins: tuple[str, ...]
    max_cores: int
    log_level: str
    secret_key: str
    allow_registration: bool
    trust_proxy: bool
    web_workers: int
    lease_seconds: float
    recovery_seconds: float

    @property
    def embedded(self) -> bool:
        """Whether the database is our own SQLite file, which we may migrate ourselves."""
        return self.database_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings; InvalidSetting names the first that can't be used."""
    values = _Values(os.environ if environment is None else environment)
    data_dir = Path(values.text("DATA_DIR")).expanduser().absolute()
    simulators = values.text("SIMULATORS_DIR")
    database = _database_url(values, data_dir)
    internal = values.url("BACKEND_INTERNAL_URL")
    return Settings(
        data_dir=data_dir,
        simulators_dir=Path(simulators).expanduser().absolute()
        if simulators
        else data_dir / "simulators",
        database_url=database,
        queue_path=_queue_path(values, data_dir),
        internal_url=internal,
        external_url=values.url("BACKEND_EXTERNAL_URL") or internal,
        cors_origins=_origins(values.text("CORS_ORIGINS")),
        max_cores=values.number("MAX_CORES", int, 1) or os.cpu_count() or 1,
        log_level=_log_level(values.text("LOG_LEVEL_ROOT")),
        secret_key=_secret_key(values.text("SECRET_KEY"), data_dir),
        allow_registration=values.flag("ALLOW_REGISTRATION"),
        trust_proxy=values.flag("TRUST_PROXY"),
        web_workers=values.number("WEB_WORKERS", int, 1) or 1,
        lease_seconds=values.number("TASK_LEASE_SECONDS", float, 0.5) or 60.0,
        recovery_seconds=values.number("RECOVERY_SECONDS", float, 0.1) or 5.0,
    )


class _Values:
    """The texts of the variables, under either of their names, or their defaults."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._texts = {
            item.name: (
                environment.get(item.name) or environment.get(item.also) or item.default
            ).strip()
            for item in VARIABLES
        }

    def text(self, name: str) -> str:
        return self._texts[name]

    def flag(self, name: str) -> bool:
        text = self._texts[name].lower()
        if text in ("true", "1", "yes", "on"):
            return True
        if text in ("false", "0", "no", "off", ""):
            return False
        raise InvalidSetting(name, f"must be true or false, not {text!r}")

    def number(self, name: str, kind: Callable[[str], Number], least: float) -> Number | None:
        text = self._texts[name]
        if not text:
            return None
        try:
            value = kind(text)
        except ValueError:
            raise InvalidSetting(name, f"must be a number from {least}, not {text!r}") from None
        if not value >= least:
            raise InvalidSetting(name, f"must be a number from {least}, not {text!r}")
        return value

    def url(self, name: str) -> str:
        text = self._texts[name].rstrip("/")
        if text and urlsplit(text).scheme not in ("http", "https"):
            raise InvalidSetting(name, f"must begin with http:// or https://, not {text!r}")
        return text


def _database_url(values: _Values, data_dir: Path) -> str:
    text = values.text("DATABASE_URL") or f"sqlite:///{data_dir / 'yaptide.sqlite'}"
    if not text.startswith("sqlite:///"):
        raise InvalidSetting("DATABASE_URL", "must be sqlite:/// and the path of a file")
    return text


def _queue_path(values: _Values, data_dir: Path) -> Path:
    text = values.text("QUEUE_URL")
    if "://" in text:
        raise InvalidSetting("QUEUE_URL", "must be the path of a folder")
    return Path(text).expanduser().absolute() if text else data_dir / "queue"


def _origins(text: str) -> tuple[str, ...]:
    if text.lower() in ("", "false", "0", "no", "off"):
        return ()
    if text.lower() in ("true", "1", "yes", "on"):
        return DEVELOPMENT_ORIGINS
    origins = tuple(part.strip().rstrip("/") for part in text.split(","))
    for origin in origins:
        if urlsplit(origin).scheme not in ("http", "https") or urlsplit(origin).path:
            raise InvalidSetting("CORS_ORIGINS", f"{origin!r} is not an origin like https://host")
    return origins


def _log_level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise InvalidSetting(
            "LOG_LEVEL_ROOT", f"must be DEBUG, INFO, WARNING or ERROR, not {text!r}"
        )
    return text.upper()


def _secret_key(text: str, data_dir: Path) -> str:
    if not text:
        return _kept_key(data_dir / "secret-key")
    if len(text) < 32:
        raise InvalidSetting("SECRET_KEY", "must have at least 32 characters")
    return text


def _kept_key(path: Path) -> str:
    """Return the key kept in `path`, made once; processes that start together get the same."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # A hard link appears whole and only once, whoever comes first.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
