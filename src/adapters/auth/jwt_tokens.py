"""Tokens as JSON Web Tokens, signed with a key derived from SECRET_KEY."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt

from application.ports.clock import Clock
from application.ports.security import SessionClaims, Token, TokenKind, UpdateClaims
from domain.errors import NotAuthenticated
from domain.job import JobRef

ALGORITHM = "HS256"
ISSUER = "yaptide"
MOST_KNOWN = 2048
UPDATE_KEY_LIFE = timedelta(days=7)
WORKER_KEY_LIFE = timedelta(hours=1)


class JwtTokenIssuer:
    """TokenIssuer port; the audience of a token is its kind, so none passes for another.

    Signs with the first of its secret keys and accepts what any of them signed.
    """

    def __init__(self, clock: Clock, *secret_keys: str) -> None:
        self._keys = [_token_key(secret) for secret in secret_keys if secret]
        self._clock = clock
        # The same tokens come again and again; what was signed once is so for good, and what was
        # not is not remembered.
        self._signed_claims = lru_cache(MOST_KNOWN)(self._checked_claims)

    def issue_session(self, kind: TokenKind, claims: SessionClaims, expires: datetime) -> Token:
        """Return an access or refresh token; times in it are whole seconds."""
        more = {"sid": claims.session_id, "gen": claims.generation}
        return self._issue(kind, str(claims.user_id), expires, more)

    def read_session(
        self, kind: TokenKind, text: str, *, even_expired: bool = False
    ) -> SessionClaims:
        """Return what a session token of this kind claims, or claimed while it was good."""
        claims = self._signed_claims(kind, text) if even_expired else self._read(kind, text)
        # Tokens had no generation before they were replaced.
        generation = _number(claims.get("gen", 0))
        return SessionClaims(_number(claims.get("sub")), str(claims.get("sid")), generation)

    def issue_update_key(self, job: JobRef) -> Token:
        """Return the key with which the workers of one job report."""
        expires = self._clock.now() + UPDATE_KEY_LIFE
        return self._issue(TokenKind.UPDATE, str(job.simulation_id), expires, {"job": job.job_id})

    def read_update_key(self, text: str) -> UpdateClaims:
        """Return the job that an update key is for."""
        claims = self._read(TokenKind.UPDATE, text)
        job = JobRef(_number(claims.get("sub")), str(claims.get("job", "")))
        return UpdateClaims(job, datetime.fromtimestamp(_number(claims.get("iat", 0)), UTC))

    def issue_worker_key(self) -> Token:
        """Return the key with which a worker speaks of itself."""
        return self._issue_for(WORKER_KEY_LIFE, TokenKind.WORKER, "worker")

    def read_worker_key(self, text: str) -> None:
        """Check a worker's key."""
        self._read(TokenKind.WORKER, text)

    def _issue_for(self, life: timedelta, kind: TokenKind, subject: str) -> Token:
        return self._issue(kind, subject, self._clock.now() + life, {})

    def _issue(
        self, kind: TokenKind, subject: str, expires: datetime, more: Mapping[str, object]
    ) -> Token:
        now, expires = self._clock.now().replace(microsecond=0), expires.replace(microsecond=0)
        claims = {"iss": ISSUER, "aud": kind.value, "sub": subject, "iat": now, "exp": expires}
        return Token(jwt.encode({**claims, **more}, self._keys[0], ALGORITHM), expires)

    def _read(self, kind: TokenKind, text: str) -> dict[str, object]:
        claims = self._signed_claims(kind, text)
        if datetime.fromtimestamp(_number(claims["exp"]), UTC) <= self._clock.now():
            raise NotAuthenticated("The token has expired; sign in again")
        return claims

    def _checked_claims(self, kind: TokenKind, text: str) -> dict[str, object]:
        for key in self._keys:
            with suppress(jwt.InvalidTokenError):
                claims: dict[str, object] = jwt.decode(
                    text,
                    key,
                    algorithms=[ALGORITHM],
                    audience=kind.value,
                    issuer=ISSUER,
                    # Times are compared with our own clock.
                    options={"verify_exp": False, "verify_iat": False, "require": ["exp", "sub"]},
                )
                return claims
        raise NotAuthenticated("The token is not valid; sign in again")


def _token_key(secret_key: str) -> bytes:
    return hashlib.sha256(b"yaptide token key\0" + secret_key.encode()).digest()


def _number(claim: object) -> int:
    if isinstance(claim, int | str) and str(claim).isdecimal():
        return int(claim)
    raise NotAuthenticated("The token is not valid; sign in again")
