"""Password hashes with argon2id."""

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError


class Argon2PasswordHasher:
    """PasswordHasher port."""

    def __init__(self) -> None:
        self._argon2 = Argon2()
        # Verified against when there is no such user, so that both take the same time.
        self._nobody = self._argon2.hash("nobody has this password")

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
