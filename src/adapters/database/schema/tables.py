"""The tables. Alembic makes them; a test holds the migrations to what stands here."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column declared INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: refused without a zone, kept and given back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC before it is stored."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give a moment back with its zone, which SQLite does not store."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read the text that SQLite keeps in one step: lists of tasks are full of moments."""
        if dialect.name == "sqlite":
            return _moment_of_text
        return super().result_processor(dialect, coltype)


def _moment_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class PlainText(TypeDecorator[str]):
    """Text that every database can keep.

    PostgreSQL refuses NUL, and no encoding has lone surrogates; both come in by JSON. They are
    replaced as unreadable bytes are, so that nothing a user sends can break a statement.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what can't be kept."""
        del dialect
        return None if value is None else plain(value)


class PlainString(TypeDecorator[str]):
    """The same, of a bounded length."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what can't be kept."""
        del dialect
        return None if value is None else plain(value)


def plain(text: str) -> str:
    """Return `text` with U+FFFD for each NUL and lone surrogate."""
    if text.isascii() and "\0" not in text:
        return text
    readable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return readable.replace("\0", "\ufffd")


NEVER_USED_AGAIN: dict[str, Any] = {"sqlite_autoincrement": True}
"""For tables whose numbers leave the database, in keys, messages, sessions, the names of files.

SQLite gives the number of a row that was removed to the next one, unless it is told not to.
"""


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True)


def _parent(name: str, table: str, **options: Any) -> Column[int]:
    key = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(name, Id, key, nullable=False, **options)


def _extends(table: str) -> Column[int]:
    return Column("id", Id, ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=True)


def _version() -> Column[int]:
    """Return the column that every change of a row adds one to."""
    return Column("version", BigInteger, nullable=False, server_default="1")


user = Table(
    "user",
    metadata,
    _id(),
    Column("username", PlainString(255), nullable=False),
    Column("source", String(16), nullable=False),
    Column("name_key", PlainText),
    UniqueConstraint("source", "username"),
    Index(None, "source", "name_key", unique=True),
    **NEVER_USED_AGAIN,
)

local_user = Table("local_user", metadata, _extends("user"), Column("password_hash", Text))

keycloak_user = Table(
    "keycloak_user",
    metadata,
    _extends("user"),
    Column("certificate", LargeBinary),
    Column("private_key", LargeBinary),
)

session = Table(
    "session",
    metadata,
    Column("id", PlainString(64), primary_key=True),
    _parent("user_id", "user", index=True),
    Column("expires", UtcDateTime, nullable=False, index=True),
    # However often it is renewed.
    Column("ends", UtcDateTime),
    # The refresh token in force, the one that it was given out for, and since when.
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("replaced", Integer, nullable=False, server_default="0"),
    Column("renewed", UtcDateTime),
    Column("signed_out", Boolean, nullable=False, server_default=false()),
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("address", String(64), primary_key=True, index=True),
    Column("failures", Integer, nullable=False),
    Column("window_start", UtcDateTime, nullable=False),
    Column("last_success", UtcDateTime),
)

cluster = Table(
    "cluster",
    metadata,
    _id(),
    Column("name", PlainString(255), nullable=False, unique=True),
    Column("host", PlainString(255), nullable=False, server_default=""),
    Column("port", Integer, nullable=False, server_default="22"),
    Column("login", PlainString(255), nullable=False, server_default="{user}"),
    Column("host_key", PlainText, nullable=False, server_default=""),
    Column("work_dir", PlainText, nullable=False, server_default="$SCRATCH/yaptide"),
    Column("set_up", PlainText, nullable=False, server_default=""),
    Column("poll_seconds", Float, nullable=False, server_default="10"),
    Column("options", PlainText, nullable=False, server_default="{}"),
    **NEVER_USED_AGAIN,
)

job = Table(
    "job",
    metadata,
    _id(),
    Column("job_id", PlainString(80), nullable=False, unique=True),
    _parent("user_id", "user"),
    Column("title", PlainText, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("input_type", String(16), nullable=False),
    Column("sim_type", String(32), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("start_time", UtcDateTime, nullable=False),
    Column("end_time", UtcDateTime),
    Column("merge_claim", PlainString(64)),
    Column("merge_lease_until", UtcDateTime),
    Column("merge_enqueued", UtcDateTime),
    _version(),
    Column("submission_key", PlainString(255)),
    Column("submission_digest", String(64)),
    Column("retry_of", String(80)),
    Column("partial_tasks", Integer, nullable=False, server_default="0"),
    Column("partial_asked", UtcDateTime),
    Column("instead_of", String(32)),
    Index(None, "user_id", "start_time"),
    Index(None, "user_id", "submission_key", unique=True),
    **NEVER_USED_AGAIN,
)

direct_job = Table("direct_job", metadata, _extends("job"))

batch_job = Table(
    "batch_job",
    metadata,
    _extends("job"),
    Column("cluster_id", Id, ForeignKey("cluster.id"), nullable=False, index=True),
    Column("job_dir", PlainText),
    Column("array_id", BigInteger),
    Column("collect_id", BigInteger),
    Column("options", PlainText, nullable=False, server_default="{}"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("asked", UtcDateTime),
    # A job without a time has nothing left to do on its cluster.
    Column("next_poll", UtcDateTime, index=True),
    Column("has_folder", Boolean, nullable=False, server_default=false()),
)

task = Table(
    "task",
    metadata,
    _id(),
    _parent("job_id", "job"),
    Column("task_index", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("requested_primaries", BigInteger, nullable=False),
    Column("simulated_primaries", BigInteger, nullable=False),
    Column("estimated_seconds", BigInteger),
    Column("start_time", UtcDateTime),
    Column("end_time", UtcDateTime),
    Column("last_update", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("claim_id", PlainString(64)),
    _version(),
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("turn", BigInteger),
    UniqueConstraint("job_id", "task_index"),
    Index(None, "state", "turn"),
)

job_input = Table(
    "input",
    metadata,
    _id(),
    _parent("job_id", "job", unique=True),
    Column("primaries", BigInteger, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("project", LargeBinary),
    Column("adaptation", LargeBinary),
)

estimator = Table(
    "estimator",
    metadata,
    _id(),
    _parent("job_id", "job"),
    Column("position", Integer, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("metadata", Text, nullable=False, key="metadata_json"),
    UniqueConstraint("job_id", "name"),
)

page = Table(
    "page",
    metadata,
    _id(),
    _parent("estimator_id", "estimator"),
    Column("page_number", Integer, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("estimator_id", "page_number"),
)

logfile = Table(
    "logfile",
    metadata,
    _id(),
    _parent("job_id", "job"),
    Column("name", PlainText, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("job_id", "name"),
)

worker = Table(
    "worker",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("cores", Integer, nullable=False),
    Column("simulators", Text, nullable=False),
    Column("seen", UtcDateTime, nullable=False, index=True),
)
