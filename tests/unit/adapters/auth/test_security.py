import base64
import json

import jwt
import pytest
from argon2.exceptions import VerifyMismatchError

from adapters.auth.jwt_tokens import JwtTokenIssuer
from adapters.auth.passwords import Argon2PasswordHasher
from application.ports.security import PasswordHasher, SessionClaims, TokenIssuer, TokenKind
from domain.errors import NotAuthenticated
from tests.contracts.security import PasswordHasherContract, TokenIssuerContract, later
from tests.fakes.execution import FixedClock
from tests.fakes.security import PlainPasswordHasher, PlainTokenIssuer
from tests.job_refs import job_ref

SECRET = "a secret key of a test, long enough"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


class TestJwt(TokenIssuerContract):
    @pytest.fixture
    def tokens(self, clock: FixedClock) -> TokenIssuer:
        return JwtTokenIssuer(clock, SECRET)


class TestPlainTokens(TokenIssuerContract):
    @pytest.fixture
    def tokens(self, clock: FixedClock) -> TokenIssuer:
        return PlainTokenIssuer(clock)


class TestArgon2(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        return Argon2PasswordHasher()


class TestPlainPasswords(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        return PlainPasswordHasher()


def test_tokens_outlive_the_process_but_not_the_key(clock: FixedClock) -> None:
    text = JwtTokenIssuer(clock, SECRET).issue_update_key(job_ref(3)).text
    assert JwtTokenIssuer(clock, SECRET).read_update_key(text).job == job_ref(3)
    with pytest.raises(NotAuthenticated):
        JwtTokenIssuer(clock, SECRET + "!").read_update_key(text)


def test_what_was_read_before_still_expires_and_stays_of_its_kind(clock: FixedClock) -> None:
    tokens = JwtTokenIssuer(clock, SECRET)
    token = tokens.issue_session(TokenKind.ACCESS, SessionClaims(1, "s"), later(clock))
    assert tokens.read_session(TokenKind.ACCESS, token.text).user_id == 1
    with pytest.raises(NotAuthenticated):
        tokens.read_session(TokenKind.REFRESH, token.text)
    with pytest.raises(NotAuthenticated):
        tokens.read_update_key(token.text)
    clock.advance(601)
    with pytest.raises(NotAuthenticated, match="expired"):
        tokens.read_session(TokenKind.ACCESS, token.text)


def test_the_previous_key_is_accepted_and_signs_no_more(clock: FixedClock) -> None:
    before, after = JwtTokenIssuer(clock, SECRET), JwtTokenIssuer(clock, SECRET + "!", SECRET)
    assert after.read_update_key(before.issue_update_key(job_ref(3)).text).job == job_ref(3)
    with pytest.raises(NotAuthenticated):
        before.read_update_key(after.issue_update_key(job_ref(3)).text)


def test_an_unsigned_token_is_refused(clock: FixedClock) -> None:
    tokens = JwtTokenIssuer(clock, SECRET)
    token = tokens.issue_session(TokenKind.ACCESS, SessionClaims(1, "s"), later(clock))
    header, claims, _ = token.text.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    for forged in (f"{none}.{claims}.", f"{header}.{claims}."):
        with pytest.raises(NotAuthenticated):
            tokens.read_session(TokenKind.ACCESS, forged)


def test_the_key_itself_signs_nothing(clock: FixedClock) -> None:
    forged = jwt.encode(
        {"aud": "access", "iss": "yaptide", "sub": "1", "sid": "s"}, SECRET, "HS256"
    )
    with pytest.raises(NotAuthenticated):
        JwtTokenIssuer(clock, SECRET).read_session(TokenKind.ACCESS, forged)


def test_a_damaged_hash_fits_nothing() -> None:
    assert not Argon2PasswordHasher().verify("x", "$argon2id$damaged")


def test_the_hash_of_nobody_is_like_any_other() -> None:
    hasher = Argon2PasswordHasher()
    with pytest.raises(VerifyMismatchError):
        # Not one that is refused for its form, before the work.
        hasher._argon2.verify(hasher._nobody, "x")
    assert not hasher._argon2.check_needs_rehash(hasher._nobody)
