import base64
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from adapters.auth.key_set import FETCH_SECONDS, FETCHES, LONGEST_SECONDS, KeySet
from domain.errors import NotAuthenticated, Unavailable


def entry(key_id: str, **changes: str) -> dict[str, Any]:
    public = generate_private_key(SECP256R1()).public_key()
    document = jwt.algorithms.ECAlgorithm.to_jwk(public, as_dict=True)
    return {**document, "kid": key_id, "alg": "ES256", "use": "sig", **changes}


class Realm:
    """Counts how often it is asked; `now` is the time."""

    def __init__(self) -> None:
        self.entries, self.asked, self.now, self.away = [entry("a")], 0, 1000.0, False
        self.keys = KeySet(self.fetch, lambda: self.now)

    def fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise Unavailable("away")
        return {"keys": self.entries}


@pytest.fixture
def realm() -> Realm:
    return Realm()


def test_known_keys_are_asked_for_once(realm: Realm) -> None:
    for _ in range(100):
        assert realm.keys.key("a").key_id == "a"
    assert realm.asked == 1


def test_a_new_key_is_found_at_once(realm: Realm) -> None:
    realm.keys.key("a")
    realm.entries.append(entry("b"))
    assert realm.keys.key("b").key_id == "b"
    assert realm.asked == 2


def test_keys_that_do_not_exist_are_not_asked_for_without_end(realm: Realm) -> None:
    for number in range(50):
        with pytest.raises(NotAuthenticated):
            realm.keys.key(f"no {number}")
    assert realm.asked == FETCHES
    realm.keys.key("a")
    realm.now += FETCH_SECONDS + 1
    realm.entries.append(entry("b"))
    realm.keys.key("b")


def test_a_withdrawn_key_is_forgotten(realm: Realm) -> None:
    realm.keys.key("a")
    realm.entries[:] = [entry("b")]
    realm.now += LONGEST_SECONDS + 1
    with pytest.raises(NotAuthenticated):
        realm.keys.key("a")


def test_a_realm_that_is_away_is_not_asked_by_everybody(realm: Realm) -> None:
    realm.away = True
    for _ in range(10):
        with pytest.raises(Unavailable):
            realm.keys.key("a")
    assert realm.asked == 1
    realm.away, realm.now = False, realm.now + 2
    realm.keys.key("a")


def test_keys_for_other_ends_are_left_out(realm: Realm) -> None:
    secret = base64.urlsafe_b64encode(b"s" * 32).decode()
    realm.entries += [
        entry("encrypts", use="enc"),
        {"kty": "oct", "k": secret, "kid": "shared", "alg": "HS256"},
        {"kty": "oct", "k": secret, "kid": "lies", "alg": "RS256"},
        {"kty": "nonsense", "kid": "nonsense"},
    ]
    realm.keys.key("a")
    for key_id in ("encrypts", "shared", "lies", "nonsense"):
        with pytest.raises(NotAuthenticated):
            realm.keys.key(key_id)
