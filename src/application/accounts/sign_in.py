"""Users with a password: register, sign in, stay signed in, sign out."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from application.accounts.limit_logins import LoginLimits
from application.accounts.password_rules import check_password
from application.ports.clock import Clock
from application.ports.security import PasswordHasher, SessionClaims, Token, TokenIssuer, TokenKind
from application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from domain.errors import InvalidInput, NotAuthenticated
from domain.storable_text import is_storable
from domain.users import User

NO_TOKEN = "No token provided"  # noqa: S105 - the frontend compares this sentence
SESSION_ENDED = "This session has ended; sign in again"
WRONG_LOGIN = "Invalid login or password"
LONGEST_USERNAME = 64


@dataclass(frozen=True, slots=True)
class Session:
    """The two tokens of a session that was just opened."""

    access: Token
    refresh: Token


class RegisterUser:
    """Adds a user with a password."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, hasher: PasswordHasher) -> None:
        self._unit_of_work = unit_of_work
        self._hasher = hasher

    def __call__(self, username: str, password: str) -> User:
        """Add a user; InvalidInput for an unusable name or password, UserExists if taken."""
        check_username(username)
        check_password(password, username)
        password_hash = self._hasher.hash(password)
        with self._unit_of_work() as work:
            user = work.users.add_local(username, password_hash)
            work.commit()
        return user


def check_username(username: str) -> None:
    """Raise InvalidInput unless this may be the name of a user."""
    if not 1 <= len(username) <= LONGEST_USERNAME or not username.isprintable():
        raise InvalidInput("username", f"must have 1 to {LONGEST_USERNAME} printable characters")
    if username.strip() != username:
        raise InvalidInput("username", "must not begin or end with white space")


class Sessions:
    """Opens, renews, checks and ends sessions; what was ended here stays ended."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        hasher: PasswordHasher,
        tokens: TokenIssuer,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._hasher = hasher
        self._tokens = tokens
        self._clock = clock
        self._limits = LoginLimits(clock)

    def log_in(self, username: str, password: str, address: str = "") -> Session:
        """Open a session for somebody at a network address.

        NotAuthenticated takes the same time for a name that is unknown. TooManyAttempts when
        there were too many that failed.
        """
        with self._unit_of_work() as work:
            self._limits.admit(work, username, address)
            user = work.users.local_by_name(username) if is_storable(username) else None
            work.commit()
        fits = self._hasher.verify(password, user.password_hash if user else None)
        if user is None or not fits:
            raise NotAuthenticated(WRONG_LOGIN)
        with self._unit_of_work() as work:
            self._limits.succeeded(work, username, address)
            session = self.open(work, user.id)
            work.commit()
        return session

    def refresh(self, refresh_token: str | None) -> Token:
        """Return a new access token for a session that is open."""
        claims = self._open_claims(TokenKind.REFRESH, refresh_token)
        return self._tokens.issue_session(TokenKind.ACCESS, claims.user_id, claims.session_id)

    def user(self, access_token: str | None) -> User:
        """Return who is signed in."""
        claims = self._claims(TokenKind.ACCESS, access_token)
        with self._unit_of_work(read_only=True) as work:
            user = work.users.of_session(claims.user_id, claims.session_id, self._clock.now())
        if user is None:
            raise NotAuthenticated(SESSION_ENDED)
        return user

    def open_access(self, user_id: int, access_token: str | None) -> Token:
        """Return an access token for somebody who is known by other means than a password.

        The session of `access_token` goes on if it is theirs and open, so that ending it later ends
        what was opened with it; else a new one begins. Either lasts as long as the new token.
        """
        now, opened = self._clock.now(), None
        with suppress(NotAuthenticated):
            opened = self._claims(TokenKind.ACCESS, access_token)
        theirs = opened is not None and opened.user_id == user_id
        session_id = opened.session_id if opened and theirs else uuid4().hex
        token = self._tokens.issue_session(TokenKind.ACCESS, user_id, session_id)
        with self._unit_of_work() as work:
            if not (theirs and work.users.extend_session(user_id, session_id, now, token.expires)):
                # The id of a session that was ended must not come alive again.
                session_id = uuid4().hex
                token = self._tokens.issue_session(TokenKind.ACCESS, user_id, session_id)
                work.users.forget_sessions(now)
                work.users.start_session(user_id, session_id, token.expires)
            work.commit()
        return token

    def log_out(self, access_token: str | None, refresh_token: str | None) -> None:
        """End the session of either token; without a good one nothing happens."""
        for kind, text in ((TokenKind.ACCESS, access_token), (TokenKind.REFRESH, refresh_token)):
            try:
                claims = self._claims(kind, text)
            except NotAuthenticated:
                continue
            with self._unit_of_work() as work:
                work.users.end_session(claims.user_id, claims.session_id)
                work.commit()

    def open(self, work: UnitOfWork, user_id: int) -> Session:
        """Open a session in a transaction that the caller commits."""
        session_id = uuid4().hex
        access = self._tokens.issue_session(TokenKind.ACCESS, user_id, session_id)
        refresh = self._tokens.issue_session(TokenKind.REFRESH, user_id, session_id)
        work.users.forget_sessions(self._clock.now())
        work.users.start_session(user_id, session_id, refresh.expires)
        return Session(access, refresh)

    def _claims(self, kind: TokenKind, text: str | None) -> SessionClaims:
        if not text:
            raise NotAuthenticated(NO_TOKEN)
        return self._tokens.read_session(kind, text)

    def _open_claims(self, kind: TokenKind, text: str | None) -> SessionClaims:
        claims = self._claims(kind, text)
        with self._unit_of_work(read_only=True) as work:
            is_open = work.users.session_is_open(
                claims.user_id, claims.session_id, self._clock.now()
            )
        if not is_open:
            raise NotAuthenticated(SESSION_ENDED)
        return claims
