"""What a token must say, checked without a Keycloak: forged in every way a key allows."""

import base64
import hmac
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.auth.keycloak import KeycloakIdentityProvider, Realm
from domain.errors import NotAllowed, NotAuthenticated
from tests.fakes.execution import FixedClock

KEY = generate_private_key(65537, 2048)
BASE = "http://keycloak.test"


class Provider(KeycloakIdentityProvider):
    """Answers for Keycloak itself."""

    def _fetch_keys(self) -> dict[str, Any]:
        document = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {"keys": [{**document, "kid": "k", "alg": "RS256", "use": "sig"}]}

    def _ask(self, token: str, claims: object) -> None:
        return


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def provider(clock: FixedClock) -> Provider:
    return Provider(Realm(BASE, "yaptide", "app"), clock)


def claims(clock: FixedClock, **changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    base = {
        "iss": f"{BASE}/realms/yaptide", "azp": "app", "exp": now + 60, "iat": now, "typ": "Bearer",
        "sub": "1", "preferred_username": "ann", "plgridAccessServices": ["PLG_YAPTIDE_ACCESS"],
    }  # fmt: skip
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def signed(body: dict[str, Any], algorithm: str = "RS256", key: Any = KEY, kid: str = "k") -> str:
    return jwt.encode(body, key, algorithm, headers={"kid": kid})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"azp": None, "aud": "app"},
        {"azp": "other", "aud": ["account", "app"]},
        {"iss": f"{BASE}/auth/realms/yaptide"},
        {"plgridAccessServices": "PLG_YAPTIDE_ACCESS"},
    ],
)
def test_good_tokens(provider: Provider, clock: FixedClock, changes: dict[str, Any]) -> None:
    assert provider.username(signed(claims(clock, **changes))) == "ann"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": f"{BASE}/realms/other"},
        {"iss": "http://evil.test/realms/yaptide"},
        {"iss": None},
        {"azp": "other"},
        {"azp": None},
        {"azp": None, "aud": ["account"]},
        {"exp": None},
        {"exp": "never"},
        {"exp": 1e30},
        {"nbf": 1e12},
        {"typ": "ID"},
        {"preferred_username": None},
        {"preferred_username": ["ann"]},
    ],
)
def test_bad_claims(provider: Provider, clock: FixedClock, changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        provider.username(signed(claims(clock, **changes)))


@pytest.mark.parametrize("services", [None, [], "PLG_YAPTIDE_ACCESS_2", {"PLG_YAPTIDE_ACCESS": 0}])
def test_without_the_service_nobody_gets_in(
    provider: Provider, clock: FixedClock, services: object
) -> None:
    with pytest.raises(NotAllowed):
        provider.username(signed(claims(clock, plgridAccessServices=services)))


def test_the_moment_of_expiry(provider: Provider, clock: FixedClock) -> None:
    token = signed(claims(clock))
    clock.moment += timedelta(seconds=59)
    provider.username(token)
    clock.moment += timedelta(seconds=1)
    with pytest.raises(NotAuthenticated, match="expired"):
        provider.username(token)


def signed_with_the_public_key(body: dict[str, Any]) -> str:
    """Return a token whose shared secret is the public key; PyJWT itself refuses to make one."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text, _, _ = signed(body, "HS256", "s" * 32).rpartition(".")
    code = hmac.digest(public, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


def test_algorithms_can_not_be_confused(provider: Provider, clock: FixedClock) -> None:
    body = claims(clock)
    header, payload, signature = signed(body).split(".")
    for forged in (
        signed_with_the_public_key(body),
        signed(body, "none", None),
        signed(body, "RS512"),
        signed(body, kid="another"),
        signed(body, key=generate_private_key(65537, 2048)),
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{payload[:-3]}AAA.{signature}",
        "x" * 100_000,
        "",
    ):
        with pytest.raises(NotAuthenticated):
            provider.username(forged)


def test_name_of_claim_and_service_are_settings(clock: FixedClock) -> None:
    provider = Provider(Realm(BASE, "yaptide", "app", "groups", "physicists"), clock)
    assert provider.username(signed(claims(clock, groups=["physicists"]))) == "ann"
    with pytest.raises(NotAllowed):
        provider.username(signed(claims(clock)))
