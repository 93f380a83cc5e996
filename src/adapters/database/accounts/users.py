"""Users and sessions in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.database.schema.tables import keycloak_user, local_user, session, user
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

    def ensure_keycloak(self, username: str) -> KeycloakUser:
        """Return the Keycloak user of this name; two first sign-ins at once add one row."""
        found = self._keycloak_by_name(username)
        if found is not None:
            return found
        values = {"username": username, "source": UserSource.KEYCLOAK.value}
        try:
            with self._connection.begin_nested():
                statement = insert(user).values(values).returning(user.c.id)
                key = self._connection.execute(statement).scalar_one()
                self._connection.execute(insert(keycloak_user).values(id=key))
        except IntegrityError:
            found = self._keycloak_by_name(username)
            if found is None:
                raise
            return found
        return KeycloakUser(key, username)

    def set_ssh(
        self, user_id: int, ssh: SshCredentials | None, instead_of: SshCredentials | None = None
    ) -> bool:
        """Replace a Keycloak user's credentials, perhaps only certain ones; None removes them."""
        statement = update(keycloak_user).where(keycloak_user.c.id == user_id)
        if instead_of is not None:
            statement = statement.where(
                keycloak_user.c.certificate == instead_of.certificate,
                keycloak_user.c.private_key == instead_of.private_key,
            )
        values = {
            "certificate": ssh.certificate if ssh else None,
            "private_key": ssh.private_key if ssh else None,
        }
        return self._connection.execute(statement.values(values)).rowcount > 0

    def with_ssh(self) -> Sequence[KeycloakUser]:
        """Return all users who have credentials stored."""
        statement = _users().where(keycloak_user.c.private_key.is_not(None))
        return [_keycloak(row) for row in self._connection.execute(statement).mappings()]

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
        asked = {"user_id": user_id, "session_id": session_id, "now": now}
        row = self._connection.execute(OF_SESSION, asked).mappings().first()
        return None if row is None else _user(row)

    def forget_sessions(self, before: datetime) -> None:
        """Forget sessions that expired before then."""
        self._connection.execute(delete(session).where(session.c.expires < before))

    def extend_session(
        self, user_id: int, session_id: str, now: datetime, expires: datetime
    ) -> bool:
        """Let an open session last until `expires`; say whether it was open."""
        statement = update(session).where(
            session.c.id == session_id, session.c.user_id == user_id, session.c.expires > now
        )
        return self._connection.execute(statement.values(expires=expires)).rowcount > 0

    def end_session(self, user_id: int, session_id: str) -> None:
        """End a session for good."""
        self._connection.execute(
            delete(session).where(session.c.id == session_id, session.c.user_id == user_id)
        )

    def _keycloak_by_name(self, username: str) -> KeycloakUser | None:
        of_keycloak = _users().where(user.c.source == UserSource.KEYCLOAK.value)
        row = self._connection.execute(of_keycloak.where(user.c.username == username)).mappings()
        return next(map(_keycloak, row), None)


def _users() -> Select[Any]:
    """Return the query for users of every source, with what each source adds."""
    return (
        select(user, local_user.c.password_hash, keycloak_user.c.certificate)
        .add_columns(keycloak_user.c.private_key)
        .outerjoin(local_user, local_user.c.id == user.c.id)
        .outerjoin(keycloak_user, keycloak_user.c.id == user.c.id)
    )


OF_SESSION = (
    _users()
    .join(session, session.c.user_id == user.c.id)
    .where(user.c.id == bindparam("user_id"))
    .where(session.c.id == bindparam("session_id"), session.c.expires > bindparam("now"))
)
"""Whose session it is; made once, because every request asks it."""


def _user(row: RowMapping) -> User:
    if row["source"] == UserSource.LOCAL:
        return LocalUser(row["id"], row["username"], row["password_hash"])
    return _keycloak(row)


def _keycloak(row: RowMapping) -> KeycloakUser:
    ssh = None
    if row["certificate"] and row["private_key"]:
        ssh = SshCredentials(row["certificate"], row["private_key"])
    return KeycloakUser(row["id"], row["username"], ssh)
