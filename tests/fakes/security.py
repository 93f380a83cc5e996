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

    def issue_session(self, kind: TokenKind, claims: SessionClaims, expires: datetime) -> Token:
        parts = (claims.user_id, claims.session_id, claims.generation)
        return self._issue(kind, "/".join(map(str, parts)), expires.replace(microsecond=0))

    def read_session(
        self, kind: TokenKind, text: str, *, even_expired: bool = False
    ) -> SessionClaims:
        user_id, session_id, generation = self._read(kind, text, even_expired).split("/")
        return SessionClaims(int(user_id), session_id, int(generation))

    def issue_update_key(self, job: JobRef) -> Token:
        made = int(self._clock.now().timestamp())
        expires = self._clock.now() + timedelta(days=7)
        return self._issue(TokenKind.UPDATE, f"{job.simulation_id}/{job.job_id}/{made}", expires)

    def read_update_key(self, text: str) -> UpdateClaims:
        number, job_id, made = self._read(TokenKind.UPDATE, text).split("/")
        return UpdateClaims(JobRef(int(number), job_id), datetime.fromtimestamp(int(made), UTC))

    def issue_worker_key(self) -> Token:
        expires = self._clock.now() + timedelta(hours=1)
        return self._issue(TokenKind.WORKER, "worker", expires)

    def read_worker_key(self, text: str) -> None:
        self._read(TokenKind.WORKER, text)

    def _issue(self, kind: TokenKind, claim: str, expires: datetime) -> Token:
        return Token(f"{kind}:{claim}:{expires.timestamp()}", expires)

    def _read(self, kind: TokenKind, text: str, even_expired: bool = False) -> str:
        found, _, rest = text.partition(":")
        claim, _, expires = rest.partition(":")
        try:
            fresh = float(expires) > self._clock.now().timestamp() or even_expired
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
