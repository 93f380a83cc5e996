"""Users with a password: register, sign in, stay signed in, sign out."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from application.accounts.limit_logins import LoginLimits
from application.accounts.password_rules import check_password
from application.accounts.session_terms import SessionTerms
from application.ports.clock import Clock
from application.ports.security import PasswordHasher, SessionClaims, Token, TokenIssuer, TokenKind
from application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from domain.errors import InvalidInput, NotAuthenticated, RefreshTokenReplayed
from domain.storable_text import is_storable
from domain.user_names import mixes_scripts, name_key
from domain.users import User

NO_TOKEN = "No token provided"  # noqa: S105 - the frontend compares this sentence
SESSION_ENDED = "Your session has ended: sign in again"
WRONG_LOGIN = "Invalid login or password"
LONGEST_USERNAME = 64

REMEMBERED = timedelta(days=7)
"""How long it is known of a session that its user signed out."""


@dataclass(frozen=True, slots=True)
class Session:
    """The two tokens of a session that was just opened or renewed."""

    access: Token
    refresh: Token


@dataclass(frozen=True, slots=True)
class SentTokens:
    """What a browser has of a session and sends along."""

    access: str | None = None
    refresh: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Who is signed in, and the tokens that the browser needs from now on, if it needs others."""

    user: User
    renewed: Session | None = None


class RegisterUser:
    """Adds a user with a password."""

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, hasher: PasswordHasher, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._hasher = hasher
        self._limits = LoginLimits(clock)

    def __call__(self, username: str, password: str, address: str | None = None) -> User:
        """Add a user; InvalidInput for an unusable name or password, UserExists if taken.

        TooManyAttempts for somebody at a network address from which too many came.
        """
        check_new_username(username)
        check_password(password, username)
        if address is not None:
            with self._unit_of_work() as work:
                self._limits.admit_newcomer(work, address)
                work.commit()
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


def check_new_username(username: str) -> None:
    """Raise InvalidInput unless this name may be given to a user from now on."""
    check_username(username)
    if not name_key(username).strip():
        raise InvalidInput("username", "must show something")
    if mixes_scripts(username):
        raise InvalidInput(
            "username", "must not mix letters of scripts that only look alike, such as Latin and "
            "Cyrillic",
        )  # fmt: skip


class Sessions:
    """Opens, renews, checks and ends sessions; what was ended here stays ended."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        hasher: PasswordHasher,
        tokens: TokenIssuer,
        clock: Clock,
        terms: SessionTerms,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._hasher = hasher
        self._tokens = tokens
        self._clock = clock
        self._terms = terms
        self._limits = LoginLimits(clock)

    def log_in(
        self, username: str, password: str, address: str = "", sent: SentTokens | None = None
    ) -> Session:
        """Open a session for somebody at a network address, in place of what the browser sent.

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
            self._leave(work, user.id, self._sessions_of(sent or SentTokens()))
            session = self.open(work, user.id)
            work.commit()
        return session

    def refresh(self, refresh_token: str | None) -> Session:
        """Return new tokens for a session that is open, and let it last longer.

        RefreshTokenReplayed, which ends it, when others had taken the place of this token.
        """
        claims = self._claims(TokenKind.REFRESH, refresh_token)
        asked = self._terms.renewal(claims.generation, self._clock.now())
        with self._unit_of_work(one_change=True) as work:
            renewed = work.users.renew_session(claims.user_id, claims.session_id, asked)
            work.commit()
        if renewed is None:
            raise self._refused(claims)
        now_good = SessionClaims(claims.user_id, claims.session_id, renewed.generation)
        return self._session(now_good, renewed.expires)

    def enter(self, sent: SentTokens) -> Entry:
        """Return who is signed in.

        A browser that slept, or a page that was closed for a while, comes back with an access
        token that is over. If its session is not, it is renewed on the way: the frontend would do
        that only minutes later, and take every refusal until then for an empty answer.
        """
        claims = self._read(TokenKind.ACCESS, sent.access)
        if claims is not None:
            return Entry(self._user(claims))
        if self._read(TokenKind.REFRESH, sent.refresh, even_expired=True) is None:
            return Entry(self.user(sent.access))
        session = self.refresh(sent.refresh)
        return Entry(self.user(session.access.text), session)

    def user(self, access_token: str | None) -> User:
        """Return whose access token this is."""
        return self._user(self._claims(TokenKind.ACCESS, access_token))

    def _user(self, claims: SessionClaims) -> User:
        with self._unit_of_work(read_only=True) as work:
            user = work.users.of_session(claims.user_id, claims.session_id, self._clock.now())
        if user is None:
            raise self._ended(claims)
        return user

    def open_access(
        self, user_id: int, access_token: str | None, refresh_token: str | None = None
    ) -> Token:
        """Return an access token for somebody who is known by other means than a password.

        The session of `access_token` goes on if it is theirs and open, so that ending it later ends
        what was opened with it; else a new one begins. Either lasts as long as the new token.
        A session that had a `refresh_token` had a password: it is replaced.
        """
        now = self._clock.now()
        expires = now + self._terms.access
        opened = self._read(TokenKind.ACCESS, access_token)
        theirs = opened is not None and opened.user_id == user_id
        session_id = opened.session_id if opened and theirs else uuid4().hex
        with self._unit_of_work() as work:
            self._leave(work, user_id, self._sessions_of(SentTokens(refresh=refresh_token)))
            if not (theirs and work.users.extend_session(user_id, session_id, now, expires)):
                # The id of a session that was ended must not come alive again.
                session_id = uuid4().hex
                self._forget(work, now)
                work.users.start_session(user_id, session_id, expires)
            work.commit()
        claims = SessionClaims(user_id, session_id)
        return self._tokens.issue_session(TokenKind.ACCESS, claims, expires)

    def log_out(self, sent: SentTokens) -> None:
        """End the session of either token, of expired ones too; without any nothing happens."""
        ended = self._sessions_of(sent, even_expired=True)
        if not ended:
            return
        with self._unit_of_work() as work:
            for user_id, session_id in ended:
                work.users.sign_out(user_id, session_id, self._clock.now())
            work.commit()

    def open(self, work: UnitOfWork, user_id: int) -> Session:
        """Open a session in a transaction that the caller commits."""
        now, claims = self._clock.now(), SessionClaims(user_id, uuid4().hex)
        ends = self._terms.end(now)
        expires = min(self._terms.expiry(now), ends)
        self._forget(work, now)
        work.users.start_session(user_id, claims.session_id, expires, ends)
        return self._session(claims, expires)

    def _session(self, claims: SessionClaims, expires: datetime) -> Session:
        """Return the tokens of a session.

        The access token may outlast the session, whose row is what counts. Were it cut to fit, the
        frontend, which asks for the next one after a third of its life, would ask every second near
        the end of a session and after it.
        """
        access_expires = self._clock.now() + self._terms.access
        return Session(
            self._tokens.issue_session(TokenKind.ACCESS, claims, access_expires),
            self._tokens.issue_session(TokenKind.REFRESH, claims, expires),
        )

    def _leave(self, work: UnitOfWork, user_id: int, left: Iterable[tuple[int, str]]) -> None:
        """End what a browser had before this user signed in there, whosever it was.

        An answer to an older request may come last and put the old cookies back: they must not
        open anything under the name that is shown by then.
        """
        for owner, session_id in left:
            if owner == user_id:
                work.users.sign_out(owner, session_id, self._clock.now())
            else:
                work.users.end_session(owner, session_id)

    def _forget(self, work: UnitOfWork, now: datetime) -> None:
        work.users.forget_sessions(now, now - REMEMBERED)

    def _claims(self, kind: TokenKind, text: str | None) -> SessionClaims:
        if not text:
            raise NotAuthenticated(NO_TOKEN)
        try:
            return self._tokens.read_session(kind, text)
        except NotAuthenticated:
            expired = self._tokens.read_session(kind, text, even_expired=True)
        raise self._ended(expired)

    def _read(
        self, kind: TokenKind, text: str | None, *, even_expired: bool = False
    ) -> SessionClaims | None:
        with suppress(NotAuthenticated):
            return self._tokens.read_session(kind, text or "", even_expired=even_expired)
        return None

    def _sessions_of(self, sent: SentTokens, *, even_expired: bool = False) -> set[tuple[int, str]]:
        """Return user and session of each token, mostly of the same."""
        both = ((TokenKind.ACCESS, sent.access), (TokenKind.REFRESH, sent.refresh))
        read = [self._read(kind, text, even_expired=even_expired) for kind, text in both]
        return {(claims.user_id, claims.session_id) for claims in read if claims is not None}

    def _refused(self, claims: SessionClaims) -> NotAuthenticated:
        """Return why a session is not renewed; end it if it is because of an older token."""
        user_id, session_id = claims.user_id, claims.session_id
        with self._unit_of_work() as work:
            ended = work.users.end_replayed_session(user_id, session_id, claims.generation)
            work.commit()
        return RefreshTokenReplayed(SESSION_ENDED, user_id) if ended else self._ended(claims)

    def _ended(self, claims: SessionClaims) -> NotAuthenticated:
        """Return why a session is not open; the frontend hides what a user has wished for."""
        with self._unit_of_work(read_only=True) as work:
            wished = work.users.signed_out(claims.user_id, claims.session_id)
        return NotAuthenticated(NO_TOKEN if wished else SESSION_ENDED)
