"""Users and their attempts to sign in, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from application.ports.login_attempts import AttemptTally
from domain.errors import UserExists
from domain.users import KeycloakUser, LocalUser, SshCredentials, User
from tests.fakes.kept_state import Attempts, State

Kind = TypeVar("Kind", LocalUser, KeycloakUser)


@dataclass
class FakeUsers:
    state: State

    def add_local(self, username: str, password_hash: str) -> LocalUser:
        if self.local_by_name(username):
            raise UserExists(username)
        self.state.last_id += 1
        user = LocalUser(self.state.last_id, username, password_hash)
        self.state.users[user.id] = user
        return user

    def local_by_name(self, username: str) -> LocalUser | None:
        return self._named(LocalUser, username)

    def ensure_keycloak(self, username: str) -> KeycloakUser:
        user = self._named(KeycloakUser, username)
        if user is None:
            self.state.last_id += 1
            user = KeycloakUser(self.state.last_id, username)
            self.state.users[user.id] = user
        return user

    def set_ssh(
        self, user_id: int, ssh: SshCredentials | None, instead_of: SshCredentials | None = None
    ) -> bool:
        user = self.state.users.get(user_id)
        if not isinstance(user, KeycloakUser) or instead_of not in (None, user.ssh):
            return False
        self.state.users[user_id] = replace(user, ssh=ssh)
        return True

    def with_ssh(self) -> Sequence[KeycloakUser]:
        users = self.state.users.values()
        return [u for u in users if isinstance(u, KeycloakUser) and u.ssh is not None]

    def _named(self, kind: type[Kind], username: str) -> Kind | None:
        users = self.state.users.values()
        return next((u for u in users if isinstance(u, kind) and u.username == username), None)

    def by_id(self, user_id: int) -> User | None:
        return self.state.users.get(user_id)

    def set_password(self, user_id: int, password_hash: str) -> None:
        self.state.users[user_id] = replace(self.state.users[user_id], password_hash=password_hash)

    def start_session(self, user_id: int, session_id: str, expires: datetime) -> None:
        self.state.sessions[session_id] = (user_id, expires)

    def session_is_open(self, user_id: int, session_id: str, now: datetime) -> bool:
        owner, expires = self.state.sessions.get(session_id, (None, now))
        return owner == user_id and expires > now

    def of_session(self, user_id: int, session_id: str, now: datetime) -> User | None:
        is_open = self.session_is_open(user_id, session_id, now)
        return self.by_id(user_id) if is_open else None

    def forget_sessions(self, before: datetime) -> None:
        kept = {key: item for key, item in self.state.sessions.items() if item[1] >= before}
        self.state.sessions = kept

    def extend_session(
        self, user_id: int, session_id: str, now: datetime, expires: datetime
    ) -> bool:
        if not self.session_is_open(user_id, session_id, now):
            return False
        self.state.sessions[session_id] = (user_id, expires)
        return True

    def end_session(self, user_id: int, session_id: str) -> None:
        if self.state.sessions.get(session_id, (None,))[0] == user_id:
            del self.state.sessions[session_id]


@dataclass
class FakeLoginAttempts:
    state: State

    def tally(self, account: str, address: str, since: datetime) -> AttemptTally:
        recent = {
            key: item
            for key, item in self.state.attempts.items()
            if item.failures and item.window_start >= since
            if account == key[0] or address == key[1]
        }
        pair = self.state.attempts.get((account, address))
        return AttemptTally(
            sum(item.failures for key, item in recent.items() if key == (account, address)),
            sum(item.failures for key, item in recent.items() if key[0] == account),
            sum(item.failures for key, item in recent.items() if key[1] == address),
            min((item.window_start for item in recent.values()), default=None),
            pair.last_success if pair else None,
        )

    def count(self, account: str, address: str, now: datetime, since: datetime) -> None:
        found = self.state.attempts.setdefault((account, address), Attempts(0, now))
        if found.window_start < since:
            found.failures, found.window_start = 0, now
        found.failures += 1

    def succeeded(self, account: str, address: str, now: datetime) -> None:
        self.state.attempts[account, address] = Attempts(0, now, now)

    def forget(self, failed_before: datetime, succeeded_before: datetime) -> None:
        self.state.attempts = {
            key: item
            for key, item in self.state.attempts.items()
            if item.window_start >= failed_before
            or (item.last_success is not None and item.last_success >= succeeded_before)
        }
