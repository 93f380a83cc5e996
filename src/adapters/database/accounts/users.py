"""Users and sessions in SQL."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from adapters.database.accounts.session_statements import (
    forgetting,
    is_open,
    renewal,
    replay,
    session_of,
)
from adapters.database.accounts.user_rows import named
from adapters.database.schema.tables import keycloak_user, local_user, session, user
from application.ports.user_repository import RenewedSession, SessionRenewal
from domain.errors import UserExists
from domain.user_names import name_key
from domain.users import KeycloakUser, LocalUser, SshCredentials, User, UserSource


class SqlUserRepository:
    """UserRepository port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_local(self, username: str, password_hash: str) -> LocalUser:
        """Add a user; UserExists if the name is taken, also by one added at the same moment.

        It is also taken by a name that reads as the same.
        """
        statement = insert(user).values(named(username, UserSource.LOCAL))
        try:
            with self._connection.begin_nested():
                key = self._connection.execute(statement.returning(user.c.id)).scalar_one()
        except IntegrityError as error:
            raise UserExists(username) from error
        self._connection.execute(insert(local_user).values(id=key, password_hash=password_hash))
        return LocalUser(key, username, password_hash)

    def local_by_name(self, username: str) -> LocalUser | None:
        """Find a local user of this name, or else of one that reads as the same."""
        exactly = user.c.username == username
        statement = (
            select(user.c.id, user.c.username, local_user.c.password_hash)
            .join(local_user, local_user.c.id == user.c.id)
            .where(user.c.source == UserSource.LOCAL.value)
            .where(or_(exactly, user.c.name_key == name_key(username)))
            .order_by(case((exactly, 0), else_=1))
        )
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else LocalUser(**row)

    def ensure_keycloak(self, username: str) -> KeycloakUser:
        """Return the Keycloak user of this name; two first sign-ins at once add one row.

        UserExists for a new one whose name reads as that of another.
        """
        found = self._keycloak_by_name(username)
        if found is not None:
            return found
        values = named(username, UserSource.KEYCLOAK)
        try:
            with self._connection.begin_nested():
                statement = insert(user).values(values).returning(user.c.id)
                key = self._connection.execute(statement).scalar_one()
                self._connection.execute(insert(keycloak_user).values(id=key))
        except IntegrityError as error:
            found = self._keycloak_by_name(username)
            if found is None:
                raise UserExists(username) from error
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

    def start_session(
        self, user_id: int, session_id: str, expires: datetime, ends: datetime | None = None
    ) -> None:
        """Remember a session; however often it is renewed, it does not last beyond `ends`."""
        values = {"id": session_id, "user_id": user_id, "expires": expires, "ends": ends}
        self._connection.execute(insert(session).values(values))

    def session_is_open(self, user_id: int, session_id: str, now: datetime) -> bool:
        """Say whether a session was started, has not expired and was not ended."""
        return self._finds_session(session_of(user_id, session_id), is_open(now))

    def of_session(self, user_id: int, session_id: str, now: datetime) -> User | None:
        """Return whose session this is, in one statement; None unless it is open."""
        asked = {"user_id": user_id, "session_id": session_id, "now": now}
        row = self._connection.execute(OF_SESSION, asked).mappings().first()
        return None if row is None else _user(row)

    def forget_sessions(self, before: datetime, signed_out_before: datetime | None = None) -> None:
        """Forget sessions that expired before then; those that users ended perhaps later."""
        self._connection.execute(forgetting(before, signed_out_before or before))

    def renew_session(
        self, user_id: int, session_id: str, asked: SessionRenewal
    ) -> RenewedSession | None:
        """Let an open session last longer, for whoever shows its refresh token; else None."""
        row = self._connection.execute(renewal(user_id, session_id, asked)).first()
        return None if row is None else RenewedSession(row.generation, row.expires)

    def end_replayed_session(self, user_id: int, session_id: str, generation: int) -> bool:
        """End an open session unless `generation` is good in it; say whether it was ended."""
        return self._connection.execute(replay(user_id, session_id, generation)).rowcount > 0

    def sign_out(self, user_id: int, session_id: str, now: datetime) -> None:
        """End a session at its user's wish, and remember that, even of one that is over."""
        ended = {"expires": now, "signed_out": True}
        statement = update(session).where(session_of(user_id, session_id)).values(ended)
        if self._connection.execute(statement).rowcount:
            return
        # It was forgotten; if the user was removed too there is nobody to remember it of.
        row = {"id": session_id, "user_id": user_id, **ended}
        with suppress(IntegrityError), self._connection.begin_nested():
            self._connection.execute(insert(session).values(row))

    def signed_out(self, user_id: int, session_id: str) -> bool:
        """Say whether a session was ended at its user's wish."""
        return self._finds_session(session_of(user_id, session_id), session.c.signed_out)

    def extend_session(
        self, user_id: int, session_id: str, now: datetime, expires: datetime
    ) -> bool:
        """Let an open session last until `expires`; say whether it was open."""
        statement = update(session).where(session_of(user_id, session_id), is_open(now))
        return self._connection.execute(statement.values(expires=expires)).rowcount > 0

    def end_session(self, user_id: int, session_id: str) -> None:
        """End a session for good."""
        live = (session_of(user_id, session_id), ~session.c.signed_out)
        self._connection.execute(delete(session).where(*live))

    def _finds_session(self, *which: ColumnElement[bool]) -> bool:
        return self._connection.execute(select(session.c.id).where(*which)).first() is not None

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
    .where(session.c.id == bindparam("session_id"), is_open(bindparam("now")))
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
