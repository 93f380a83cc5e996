"""The public keys of a realm, kept in memory and fetched again when a new one turns up."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import jwt

from domain.errors import NotAuthenticated, Unavailable

Fetch = Callable[[], Mapping[str, Any]]

FETCHES = 6
FETCH_SECONDS = 60.0
"""Keys are asked for so often in that time, however many tokens name keys that don't exist."""

RETRY_SECONDS = 1.0
LONGEST_SECONDS = 3600.0
"""A key that the realm has withdrawn is forgotten after that."""

ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
"""Signatures that need a private key: a public one must never do for a shared secret."""


class KeySet:
    """Finds keys by their id; `fetch` gets a JWKS document (RFC 7517). Safe to use in threads."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: deque[float] = deque(maxlen=FETCHES)
        self._failed: float | None = None

    def key(self, key_id: str) -> jwt.PyJWK:
        """Return a key; NotAuthenticated if the realm has none of this id, Unavailable if unknown.

        Keys that were there while the realm could not be reached stay usable only until
        LONGEST_SECONDS.
        """
        if self._older_than(LONGEST_SECONDS) or key_id not in self._keys:
            with self._lock:
                # Others may have fetched while we waited.
                if self._older_than(LONGEST_SECONDS) or (
                    key_id not in self._keys and self._may_fetch()
                ):
                    self._refresh()
        try:
            return self._keys[key_id]
        except KeyError:
            raise NotAuthenticated("The token is signed with an unknown key") from None

    def _older_than(self, seconds: float) -> bool:
        return not self._fetched or self._clock() - self._fetched[-1] > seconds

    def _may_fetch(self) -> bool:
        return len(self._fetched) < FETCHES or self._clock() - self._fetched[0] > FETCH_SECONDS

    def _refresh(self) -> None:
        if self._failed is not None and self._clock() - self._failed < RETRY_SECONDS:
            # Those who waited for an attempt that failed need not wait for another.
            raise Unavailable("Keycloak can't be reached now; try again in a moment")
        try:
            document = self._fetch()
        except Unavailable:
            self._failed = self._clock()
            raise
        self._keys = dict(_usable(document))
        self._fetched.append(self._clock())
        self._failed = None


def _usable(document: Mapping[str, Any]) -> list[tuple[str, jwt.PyJWK]]:
    """Return the keys that sign with an algorithm of ours; others, such as for encryption, not."""
    found = []
    for entry in document.get("keys", []):
        if entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
            continue
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue
        if key.key_id and key.algorithm_name in ALGORITHMS:
            found.append((key.key_id, key))
    return found
