"""Users and their attempts to sign in, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from application.ports.login_attempts import AttemptTally
from application.ports.user_repository import RenewedSession, SessionRenewal
from domain.errors import UserExists
from domain.user_names import name_key
from domain.users import KeycloakUser, LocalUser, SshCredentials, User
from tests.fakes.kept_state import Attempts, KeptSession, State

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
        return self._named(LocalUser, username) or self._like(LocalUser, username)

    def ensure_keycloak(self, username: str) -> KeycloakUser:
        user = self._named(KeycloakUser, username)
        if user is None:
            if self._like(KeycloakUser, username):
                raise UserExists(username)
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

    def _like(self, kind: type[Kind], username: str) -> Kind | None:
        users = (u for u in self.state.users.values() if isinstance(u, kind))
        return next((u for u in users if name_key(u.username) == name_key(username)), None)

    def by_id(self, user_id: int) -> User | None:
        return self.state.users.get(user_id)

    def set_password(self, user_id: int, password_hash: str) -> None:
        self.state.users[user_id] = replace(self.state.users[user_id], password_hash=password_hash)

    def start_session(
        self, user_id: int, session_id: str, expires: datetime, ends: datetime | None = None
    ) -> None:
        self.state.sessions[session_id] = KeptSession(user_id, expires, ends)

    def session_is_open(self, user_id: int, session_id: str, now: datetime) -> bool:
        return self._open(user_id, session_id, now) is not None

    def of_session(self, user_id: int, session_id: str, now: datetime) -> User | None:
        is_open = self.session_is_open(user_id, session_id, now)
        return self.by_id(user_id) if is_open else None

    def forget_sessions(self, before: datetime, signed_out_before: datetime | None = None) -> None:
        self.state.sessions = {
            key: kept
            for key, kept in self.state.sessions.items()
            if kept.expires >= ((signed_out_before or before) if kept.signed_out else before)
        }

    def renew_session(
        self, user_id: int, session_id: str, asked: SessionRenewal
    ) -> RenewedSession | None:
        kept = self._open(user_id, session_id, asked.now)
        if kept is None or asked.generation not in (kept.generation, kept.replaced):
            return None
        kept.ends = kept.ends or asked.ends
        kept.expires = min(asked.expires, kept.ends)
        if kept.renewed is None or kept.renewed <= asked.replaceable:
            kept.replaced, kept.renewed = asked.generation, asked.now
            kept.generation += 1
        return RenewedSession(kept.generation, kept.expires)

    def end_replayed_session(self, user_id: int, session_id: str, generation: int) -> bool:
        kept = self.state.sessions.get(session_id)
        if kept is None or kept.user_id != user_id or kept.signed_out:
            return False
        if generation in (kept.generation, kept.replaced):
            return False
        del self.state.sessions[session_id]
        return True

    def extend_session(
        self, user_id: int, session_id: str, now: datetime, expires: datetime
    ) -> bool:
        kept = self._open(user_id, session_id, now)
        if kept is not None:
            kept.expires = expires
        return kept is not None

    def end_session(self, user_id: int, session_id: str) -> None:
        kept = self.state.sessions.get(session_id)
        if kept is not None and kept.user_id == user_id and not kept.signed_out:
            del self.state.sessions[session_id]

    def sign_out(self, user_id: int, session_id: str, now: datetime) -> None:
        kept = self.state.sessions.get(session_id)
        if kept is None and user_id in self.state.users:
            kept = self.state.sessions[session_id] = KeptSession(user_id, now)
        if kept is not None and kept.user_id == user_id:
            kept.expires, kept.signed_out = now, True

    def signed_out(self, user_id: int, session_id: str) -> bool:
        kept = self.state.sessions.get(session_id)
        return kept is not None and kept.user_id == user_id and kept.signed_out

    def _open(self, user_id: int, session_id: str, now: datetime) -> KeptSession | None:
        kept = self.state.sessions.get(session_id)
        return kept if kept is not None and kept.is_open(user_id, now) else None


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
