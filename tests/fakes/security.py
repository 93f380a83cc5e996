"""Passwords and tokens that anybody can read."""

from datetime import UTC, datetime, timedelta

from application.ports.clock import Clock
from application.ports.security import SessionClaims, Token, TokenKind, UpdateClaims
from application.ports.ssh_credentials import SshKeyPair
from domain.errors import NotAuthenticated, Unavailable
from domain.job import JobRef


class PlainPasswordHasher:
    def hash(self, password: str) -> str:
        return f"hash of {password}"

    def verify(self, password: str, password_hash: str | None) -> bool:
        return password_hash == f"hash of {password}"


class PlainTokenIssuer:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def issue_session(self, kind: TokenKind, user_id: int, session_id: str) -> Token:
        return self._issue(kind, f"{user_id}/{session_id}")

    def read_session(self, kind: TokenKind, text: str) -> SessionClaims:
        user_id, _, session_id = self._read(kind, text).partition("/")
        return SessionClaims(int(user_id), session_id)

    def issue_update_key(self, job: JobRef) -> Token:
        made = int(self._clock.now().timestamp())
        return self._issue(TokenKind.UPDATE, f"{job.simulation_id}/{job.job_id}/{made}")

    def read_update_key(self, text: str) -> UpdateClaims:
        number, job_id, made = self._read(TokenKind.UPDATE, text).split("/")
        return UpdateClaims(JobRef(int(number), job_id), datetime.fromtimestamp(int(made), UTC))

    def issue_worker_key(self) -> Token:
        return self._issue(TokenKind.WORKER, "worker")

    def read_worker_key(self, text: str) -> None:
        self._read(TokenKind.WORKER, text)

    def _issue(self, kind: TokenKind, claim: str) -> Token:
        expires = self._clock.now() + timedelta(
            days=7 if kind is TokenKind.UPDATE else 0, minutes=10
        )
        return Token(f"{kind}:{claim}:{expires.timestamp()}", expires)

    def _read(self, kind: TokenKind, text: str) -> str:
        found, _, rest = text.partition(":")
        claim, _, expires = rest.partition(":")
        try:
            fresh = float(expires) > self._clock.now().timestamp()
        except ValueError:
            fresh = False
        if found != kind or not fresh:
            raise NotAuthenticated("wrong or expired")
        return claim


class FakeIdentityProvider:
    """`tokens` says whose a token is, or with which error it is refused."""

    def __init__(self) -> None:
        self.tokens: dict[str, str | Exception] = {}

    def username(self, token: str) -> str:
        found = self.tokens.get(token, NotAuthenticated("unknown token"))
        if isinstance(found, Exception):
            raise found
        return found


class FakeCertificateService:
    """Gives `pair`, or fails without one; `asked` are the tokens it was shown."""

    def __init__(self) -> None:
        self.pair: SshKeyPair | None = None
        self.asked: list[str] = []

    def certify(self, token: str) -> SshKeyPair:
        self.asked.append(token)
        if self.pair is None:
            raise Unavailable("The certificate service answered 500")
        return self.pair
