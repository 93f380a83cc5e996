"""What every token issuer and password hasher must do."""

from datetime import datetime, timedelta

import pytest

from application.ports.security import (
    PasswordHasher,
    SessionClaims,
    TokenIssuer,
    TokenKind,
    UpdateClaims,
)
from domain.errors import NotAuthenticated
from tests.fakes.execution import FixedClock
from tests.job_refs import job_ref


def later(clock: FixedClock) -> datetime:
    return clock.now() + timedelta(minutes=10)


class TokenIssuerContract:
    """Subclasses give `tokens` on `clock`."""

    def test_a_token_says_whose_session_it_is(self, tokens: TokenIssuer, clock: FixedClock) -> None:
        for claims in (SessionClaims(7, "abc"), SessionClaims(7, "abc", 12)):
            token = tokens.issue_session(TokenKind.REFRESH, claims, later(clock))
            assert tokens.read_session(TokenKind.REFRESH, token.text) == claims
            assert token.expires == later(clock).replace(microsecond=0)

    def test_an_update_key_says_which_job_and_when_it_was_made(
        self, tokens: TokenIssuer, clock: FixedClock
    ) -> None:
        claims = UpdateClaims(job_ref(12), clock.now())
        assert tokens.read_update_key(tokens.issue_update_key(job_ref(12)).text) == claims

    def test_a_worker_key_is_known_for_an_hour(
        self, tokens: TokenIssuer, clock: FixedClock
    ) -> None:
        key = tokens.issue_worker_key()
        tokens.read_worker_key(key.text)
        access = tokens.issue_session(TokenKind.ACCESS, SessionClaims(1, "s"), later(clock))
        for other in (tokens.issue_update_key(job_ref(1)), access):
            with pytest.raises(NotAuthenticated):
                tokens.read_worker_key(other.text)
        with pytest.raises(NotAuthenticated):
            tokens.read_update_key(key.text)
        clock.moment = key.expires
        with pytest.raises(NotAuthenticated):
            tokens.read_worker_key(key.text)

    def test_no_kind_passes_for_another(self, tokens: TokenIssuer, clock: FixedClock) -> None:
        texts = {
            kind: tokens.issue_session(kind, SessionClaims(1, "s"), later(clock)).text
            for kind in (TokenKind.ACCESS, TokenKind.REFRESH)
        }
        for kind, other in ((TokenKind.ACCESS, TokenKind.REFRESH),) * 2:
            for even_expired in (False, True):
                with pytest.raises(NotAuthenticated):
                    tokens.read_session(kind, texts[other], even_expired=even_expired)
        with pytest.raises(NotAuthenticated):
            tokens.read_update_key(texts[TokenKind.ACCESS])
        with pytest.raises(NotAuthenticated):
            tokens.read_session(TokenKind.ACCESS, tokens.issue_update_key(job_ref(1)).text)

    def test_tokens_expire(self, tokens: TokenIssuer, clock: FixedClock) -> None:
        claims = SessionClaims(1, "s", 3)
        token = tokens.issue_session(TokenKind.ACCESS, claims, later(clock))
        clock.moment = token.expires - timedelta(seconds=1)
        tokens.read_session(TokenKind.ACCESS, token.text)
        clock.moment = token.expires
        with pytest.raises(NotAuthenticated):
            tokens.read_session(TokenKind.ACCESS, token.text)
        assert tokens.read_session(TokenKind.ACCESS, token.text, even_expired=True) == claims

    def test_an_update_key_lasts_a_week(self, tokens: TokenIssuer, clock: FixedClock) -> None:
        assert tokens.issue_update_key(job_ref(1)).expires - clock.now() >= timedelta(days=7)

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "ą", "." * 5000])
    def test_garbage_is_refused(self, tokens: TokenIssuer, text: str) -> None:
        for even_expired in (False, True):
            with pytest.raises(NotAuthenticated):
                tokens.read_session(TokenKind.ACCESS, text, even_expired=even_expired)
        with pytest.raises(NotAuthenticated):
            tokens.read_update_key(text)


class PasswordHasherContract:
    """Subclasses give `hasher`."""

    def test_only_the_right_password_fits(self, hasher: PasswordHasher) -> None:
        kept = hasher.hash("right ąę🎯")
        assert hasher.verify("right ąę🎯", kept)
        assert not hasher.verify("wrong", kept)

    def test_nobody_has_no_password(self, hasher: PasswordHasher) -> None:
        assert not hasher.verify("nobody has this password", None)
