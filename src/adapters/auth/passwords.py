"""Password hashes with argon2id."""

import base64
import os

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION


class Argon2PasswordHasher:
    """PasswordHasher port."""

    def __init__(self) -> None:
        self._argon2 = Argon2()
        # Verified against when there is no such user, so that both take the same time.
        self._nobody = _hash_of_nobody(self._argon2)

    def hash(self, password: str) -> str:
        """Return a hash that carries its salt and its cost."""
        return self._argon2.hash(password)

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Say whether the password fits; without a hash it takes the same time and says no."""
        try:
            self._argon2.verify(password_hash or self._nobody, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
        return password_hash is not None


def _hash_of_nobody(argon2: Argon2) -> str:
    """Return a hash of today's cost that no known password has, without the work of making one."""
    cost = f"m={argon2.memory_cost},t={argon2.time_cost},p={argon2.parallelism}"
    salt, digest = _base64(os.urandom(argon2.salt_len)), _base64(os.urandom(argon2.hash_len))
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()
