"""All users in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.database.accounts.session_statements import is_open
from adapters.database.accounts.user_rows import named
from adapters.database.jobs.task_statements import OVER
from adapters.database.schema.tables import job, keycloak_user, session, user
from application.ports.user_directory import UserRecord
from domain.errors import UserExists
from domain.user_names import name_key
from domain.users import UserSource


class SqlUserDirectory:
    """UserDirectory port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, now: datetime) -> Sequence[UserRecord]:
        """Return all users by name."""
        return self._find(now)

    def named(self, username: str, now: datetime) -> Sequence[UserRecord]:
        """Return the users of this name: one for each source at the most."""
        return self._find(now, user.c.username == username)

    def add_keycloak(self, username: str) -> int:
        """Add a user whom Keycloak vouches for, return the number; UserExists."""
        statement = insert(user).values(named(username, UserSource.KEYCLOAK))
        try:
            with self._connection.begin_nested():
                key: int = self._connection.execute(statement.returning(user.c.id)).scalar_one()
        except IntegrityError as error:
            raise UserExists(username) from error
        self._connection.execute(insert(keycloak_user).values(id=key))
        return key

    def rename(self, user_id: int, username: str) -> None:
        """Change a name; UserExists if another user of the same source has it, or one like it."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    update(user)
                    .where(user.c.id == user_id)
                    .values(username=username, name_key=name_key(username))
                )
        except IntegrityError as error:
            raise UserExists(username) from error

    def end_sessions(self, user_id: int) -> int:
        """End all sessions of a user, return how many there were."""
        # Those that the user ended are remembered: a late request of them is answered as such.
        open_ones = (session.c.user_id == user_id, ~session.c.signed_out)
        return self._connection.execute(delete(session).where(*open_ones)).rowcount

    def remove(self, user_id: int) -> None:
        """Remove a user; the foreign keys take everything with it that belongs to them."""
        self._connection.execute(delete(user).where(user.c.id == user_id))

    def _find(self, now: datetime, *which: ColumnElement[bool]) -> Sequence[UserRecord]:
        live = case((job.c.state.not_in(OVER), 1), else_=0)
        jobs = (
            select(
                job.c.user_id,
                func.count().label("jobs"),
                func.sum(live).label("live"),
                func.max(job.c.start_time).label("last_job"),
            )
            .group_by(job.c.user_id)
            .subquery("jobs")
        )
        sessions = (
            select(session.c.user_id, func.count().label("open"))
            .where(is_open(now))
            .group_by(session.c.user_id)
            .subquery("sessions")
        )
        statement = (
            select(user, jobs.c.jobs, jobs.c.live, jobs.c.last_job, sessions.c.open)
            .outerjoin(jobs, jobs.c.user_id == user.c.id)
            .outerjoin(sessions, sessions.c.user_id == user.c.id)
            .where(*which)
            .order_by(user.c.username, user.c.source)
        )
        return [
            UserRecord(
                id=row["id"],
                username=row["username"],
                source=UserSource(row["source"]),
                jobs=row["jobs"] or 0,
                live_jobs=row["live"] or 0,
                last_job=row["last_job"],
                open_sessions=row["open"] or 0,
            )
            for row in self._connection.execute(statement).mappings()
        ]
