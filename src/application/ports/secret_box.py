"""Encryption of the few secrets that must be readable again."""

from typing import Protocol


class SecretBox(Protocol):
    """Seals texts so that only this installation reads them, each for the user it belongs to."""

    def seal(self, text: str, user_id: int) -> bytes:
        """Return `text` encrypted and authenticated, bound to a user."""
        ...

    def open(self, sealed: bytes, user_id: int) -> str:
        """Return the text again; SecretUnreadable if the key, the user or the bytes are others."""
        ...
