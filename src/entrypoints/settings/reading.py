"""All settings, read once from the environment."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from adapters.database.connections.address import InvalidAddress, database_address
from application.accounts.session_terms import SessionTerms
from entrypoints.settings.binaries import BinarySettings, binary_settings
from entrypoints.settings.confinement import ConfinementSettings, confinement_settings
from entrypoints.settings.keycloak import KeycloakSettings, keycloak_settings
from entrypoints.settings.limits import (
    ComputationLimits,
    SimulatorLimits,
    computation_limits,
    simulator_limits,
)
from entrypoints.settings.queue_address import queue_address
from entrypoints.settings.s3 import S3Settings, s3_settings
from entrypoints.settings.secret_key import secret_key as make_secret_key
from entrypoints.settings.sessions import session_terms
from entrypoints.settings.substitutes import substitutes
from entrypoints.settings.values import InvalidSetting, Values
from entrypoints.settings.web_server import LARGEST_BODY_MIB, SlowSeats, slow_seats

DEVELOPMENT_ORIGINS = ("http://localhost:3000", "http://127.0.0.1:3000")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force; paths absolute, times in seconds."""

    data_dir: Path
    simulators_dir: Path
    geant4_command: str
    substitutes: Mapping[str, tuple[str, ...]]
    database_url: str
    queue_address: str
    internal_url: str
    external_url: str
    cors_origins: tuple[str, ...]
    max_cores: int
    log_level: str
    secret_key: str
    secret_key_previous: str
    keycloak: KeycloakSettings | None
    simulator_limits: SimulatorLimits
    computation_limits: ComputationLimits
    confinement: ConfinementSettings
    cert_auth_url: str
    session_terms: SessionTerms
    allow_registration: bool
    trust_proxy: bool
    web_workers: int
    web_threads: int
    web_body_mib: int
    frontend_dir: Path | None
    path_prefix: str
    lease_seconds: float
    recovery_seconds: float
    stop_grace_seconds: float
    least_disk_mib: float
    compression: str
    binaries: BinarySettings
    s3: S3Settings
    warnings: tuple[str, ...]
    ssh_known_hosts: Path | None
    cluster_folder_days: float

    @property
    def most_waiting(self) -> int:
        """How many requests of a server process may wait for changes: half of its threads."""
        return max(1, self.web_threads // 2)

    @property
    def slow_seats(self) -> SlowSeats:
        """How many more threads a server process has for those who send or read slowly."""
        return slow_seats(self.web_threads)

    @property
    def embedded(self) -> bool:
        """Whether the database is our own SQLite file, which we may migrate ourselves."""
        return self.database_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings; InvalidSetting names the first that can't be used."""
    values = Values(os.environ if environment is None else environment)
    data_dir = Path(values.text("DATA_DIR")).expanduser().absolute()
    simulators = values.text("SIMULATORS_DIR")
    database = _database_url(values, data_dir)
    internal = values.url("BACKEND_INTERNAL_URL")
    queue = queue_address(values.text("QUEUE_URL"), data_dir)
    confinement = confinement_settings(values, data_dir, database, queue)
    return Settings(
        data_dir=data_dir,
        simulators_dir=Path(simulators).expanduser().absolute()
        if simulators
        else data_dir / "simulators",
        geant4_command=_command("GEANT4_COMMAND", values),
        substitutes=substitutes(values.text("SUBSTITUTE_SIMULATORS")),
        database_url=database,
        queue_address=queue,
        internal_url=internal,
        external_url=values.url("BACKEND_EXTERNAL_URL") or internal,
        cors_origins=_origins(values.text("CORS_ORIGINS")),
        max_cores=values.number("MAX_CORES", int, 1) or os.cpu_count() or 1,
        log_level=_log_level(values.text("LOG_LEVEL_ROOT")),
        secret_key=make_secret_key(
            values.text("SECRET_KEY"), data_dir, database.startswith("sqlite")
        ),
        secret_key_previous=values.text("SECRET_KEY_PREVIOUS"),
        keycloak=keycloak_settings(values),
        simulator_limits=simulator_limits(values),
        computation_limits=computation_limits(values),
        confinement=confinement,
        # A slash at its end may matter to that service.
        cert_auth_url=values.url("CERT_AUTH_URL") and values.text("CERT_AUTH_URL"),
        session_terms=session_terms(values),
        allow_registration=values.flag("ALLOW_REGISTRATION"),
        trust_proxy=values.flag("TRUST_PROXY"),
        web_workers=values.number("WEB_WORKERS", int, 1) or 1,
        web_threads=values.number("WEB_THREADS", int, 2) or 2,
        web_body_mib=values.number("WEB_BODY_MIB", int, LARGEST_BODY_MIB) or LARGEST_BODY_MIB,
        frontend_dir=_frontend_dir(values.text("FRONTEND_DIR")),
        path_prefix=_path_prefix(values.text("PATH_PREFIX")),
        lease_seconds=values.number("TASK_LEASE_SECONDS", float, 0.5) or 60.0,
        recovery_seconds=values.number("RECOVERY_SECONDS", float, 0.1) or 5.0,
        least_disk_mib=values.number("LEAST_DISK_MIB", float, 0.0) or 0.0,
        stop_grace_seconds=values.number("STOP_GRACE_SECONDS", float, 0.0) or 0.0,
        compression=_compression(values.text("COMPRESSION")),
        binaries=binary_settings(values),
        s3=s3_settings(values),
        warnings=(*_warnings(values), *confinement.warnings),
        ssh_known_hosts=_known_hosts(values.text("SSH_KNOWN_HOSTS")),
        cluster_folder_days=values.number("CLUSTER_FOLDER_DAYS", float, 0.0) or 0.0,
    )


def _warnings(values: Values) -> tuple[str, ...]:
    if values.text("CELERY_RESULT_BACKEND"):
        return ("CELERY_RESULT_BACKEND is not needed: the queue keeps no results",)
    return ()


def _database_url(values: Values, data_dir: Path) -> str:
    text = values.text("DATABASE_URL") or f"sqlite:///{data_dir / 'yaptide.sqlite'}"
    try:
        return database_address(text)
    except InvalidAddress as error:
        raise InvalidSetting("DATABASE_URL", str(error)) from None


def _known_hosts(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise InvalidSetting("SSH_KNOWN_HOSTS", f"{path} is not a file")
    return path


def _command(name: str, values: Values) -> str:
    """Return a command that can be split into words as a shell would."""
    text = values.text(name)
    try:
        shlex.split(text)
    except ValueError as error:
        raise InvalidSetting(name, f"can't be split into words: {error}") from None
    return text


def _compression(text: str) -> str:
    if text.lower() not in ("gzip", "zstd"):
        raise InvalidSetting("COMPRESSION", f"must be gzip or zstd, not {text!r}")
    return text.lower()


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


def _frontend_dir(text: str) -> Path | None:
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    if not (folder / "index.html").is_file():
        raise InvalidSetting("FRONTEND_DIR", f"{folder} holds no index.html")
    return folder


def _path_prefix(text: str) -> str:
    prefix = text.rstrip("/")
    if prefix and (not prefix.startswith("/") or "//" in prefix or "?" in prefix):
        raise InvalidSetting("PATH_PREFIX", f"must be a path like /api, not {text!r}")
    return prefix


def _log_level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise InvalidSetting(
            "LOG_LEVEL_ROOT", f"must be DEBUG, INFO, WARNING or ERROR, not {text!r}"
        )
    return text.upper()
