"""Secrets encrypted with Fernet (AES-128-CBC and HMAC-SHA256), keys derived from SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.errors import SecretUnreadable


class FernetSecretBox:
    """SecretBox port; seals with the first of its secret keys, opens with any of them."""

    def __init__(self, *secret_keys: str) -> None:
        self._secret_keys = [key for key in secret_keys if key]

    def seal(self, text: str, user_id: int) -> bytes:
        """Return `text` encrypted and authenticated, bound to a user."""
        return self._fernet(user_id).encrypt(text.encode())

    def open(self, sealed: bytes, user_id: int) -> str:
        """Return the text again; SecretUnreadable if the key, the user or the bytes are others."""
        try:
            return self._fernet(user_id).decrypt(sealed).decode()
        except InvalidToken:
            # Not chained: nothing of the secret may get into a log.
            raise SecretUnreadable(
                "A stored secret can't be read; was SECRET_KEY changed without `yaptide secrets "
                "rotate`?"
            ) from None

    def _fernet(self, user_id: int) -> MultiFernet:
        # A key for each user: what is stored for one can't be passed off as another's.
        info = f"yaptide ssh credentials of user {user_id}".encode()
        return MultiFernet([_key(secret, info) for secret in self._secret_keys])


def _key(secret_key: str, info: bytes) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=info).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
