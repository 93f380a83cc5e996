"""Users and sessions in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.database.tables import keycloak_user, local_user, session, user
from domain.errors import UserExists
from domain.users import KeycloakUser, LocalUser, SshCredentials, User, UserSource


class SqlUserRepository:
    """UserRepository port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_local(self, username: str, password_hash: str) -> LocalUser:
        """Add a user; UserExists if the name is taken, also by one added at the same moment."""
        statement = insert(user).values(username=username, source=UserSource.LOCAL.value)
        try:
            with self._connection.begin_nested():
                key = self._connection.execute(statement.returning(user.c.id)).scalar_one()
        except IntegrityError as error:
            raise UserExists(username) from error
        self._connection.execute(insert(local_user).values(id=key, password_hash=password_hash))
        return LocalUser(key, username, password_hash)

    def local_by_name(self, username: str) -> LocalUser | None:
        """Find a local user."""
        statement = (
            select(user.c.id, user.c.username, local_user.c.password_hash)
            .join(local_user, local_user.c.id == user.c.id)
            .where(user.c.username == username, user.c.source == UserSource.LOCAL.value)
        )
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else LocalUser(**row)

    def by_id(self, user_id: int) -> User | None:
        """Find any user."""
        return self._find(_users().where(user.c.id == user_id))

    def _find(self, statement: Select[Any]) -> User | None:
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else _user(row)

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Replace a local user's password hash."""
        statement = update(local_user).where(local_user.c.id == user_id)
        self._connection.execute(statement.values(password_hash=password_hash))

    def start_session(self, user_id: int, session_id: str, expires: datetime) -> None:
        """Remember a session."""
        values = {"id": session_id, "user_id": user_id, "expires": expires}
        self._connection.execute(insert(session).values(values))

    def session_is_open(self, user_id: int, session_id: str, now: datetime) -> bool:
        """Say whether a session was started, has not expired and was not ended."""
        statement = select(session.c.id).where(
            session.c.id == session_id, session.c.user_id == user_id, session.c.expires > now
        )
        return self._connection.execute(statement).first() is not None

    def of_session(self, user_id: int, session_id: str, now: datetime) -> User | None:
        """Return whose session this is, in one statement; None unless it is open."""
        of_user = _users().join(session, session.c.user_id == user.c.id)
        return self._find(
            of_user.where(user.c.id == user_id, session.c.id == session_id, session.c.expires > now)
        )

    def forget_sessions(self, before: datetime) -> None:
        """Forget sessions that expired before then."""
        self._connection.execute(delete(session).where(session.c.expires < before))

    def end_session(self, user_id: int, session_id: str) -> None:
        """End a session for good."""
        self._connection.execute(
            delete(session).where(session.c.id == session_id, session.c.user_id == user_id)
        )


def _users() -> Select[Any]:
    """Return the query for users of every source, with what each source adds."""
    return (
        select(user, local_user.c.password_hash, keycloak_user.c.certificate)
        .add_columns(keycloak_user.c.private_key)
        .outerjoin(local_user, local_user.c.id == user.c.id)
        .outerjoin(keycloak_user, keycloak_user.c.id == user.c.id)
    )


def _user(row: RowMapping) -> User:
    if row["source"] == UserSource.LOCAL:
        return LocalUser(row["id"], row["username"], row["password_hash"])
    ssh = None
    if row["certificate"] and row["private_key"]:
        ssh = SshCredentials(row["certificate"], row["private_key"])
    return KeycloakUser(row["id"], row["username"], ssh)
