"""Files encrypted at rest: a stream of chunks, each sealed, so that any change is noticed.

Format: the header is the magic `YAPSEAL1` and a nonce of 7 bytes; then chunks of 64 KiB of plain
text, each sealed by AES-256-GCM into 16 bytes more. The nonce of a chunk is the header's nonce, the
chunk's number (4 bytes, big-endian) and 1 for the last chunk, else 0: chunks that were left out,
swapped or cut off don't open (STREAM, Hoang et al., CRYPTO 2015). The header is authenticated with
each chunk. The key is scrypt (n = 2^15, r = 8, p = 1) of the password and the salt.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from domain.errors import YaptideError

MAGIC = b"YAPSEAL1"
NONCE_SIZE = 7
CHUNK = 64 << 10
TAG = 16
LAST_NUMBER = (1 << 32) - 1


class SealBroken(YaptideError):
    """A sealed file does not open: wrong password or salt, or it was changed or cut off."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name


class StreamSeal:
    """Seals and opens streams with one key; neither ever holds more than two chunks."""

    def __init__(self, password: str, salt: str) -> None:
        kdf = Scrypt(salt=salt.encode(), length=32, n=1 << 15, r=8, p=1)
        self._cipher = AESGCM(kdf.derive(password.encode()))

    def seal(self, source: BinaryIO) -> Iterator[bytes]:
        """Return the sealed form of `source`, piece by piece."""
        nonce = os.urandom(NONCE_SIZE)
        header = MAGIC + nonce
        yield header
        for number, (chunk, last) in enumerate(_chunks(source, CHUNK)):
            yield self._cipher.encrypt(_nonce(nonce, number, last), chunk, header)

    def open(self, source: BinaryIO, name: str) -> Iterator[bytes]:
        """Return what was sealed, piece by piece, each piece checked; SealBroken.

        Nobody may use what came out before the iteration has ended: only then it is whole.
        """
        header = source.read(len(MAGIC) + NONCE_SIZE)
        if len(header) != len(MAGIC) + NONCE_SIZE or not header.startswith(MAGIC):
            raise SealBroken(name, "is not a file that `yaptide simulators encrypt` made")
        nonce = header[len(MAGIC) :]
        for number, (chunk, last) in enumerate(_chunks(source, CHUNK + TAG)):
            try:
                yield self._cipher.decrypt(_nonce(nonce, number, last), chunk, header)
            except InvalidTag:
                raise SealBroken(name, _reason(number)) from None


def is_sealed(start: bytes) -> bool:
    """Say whether a file begins as a sealed one does."""
    return start.startswith(MAGIC)


def _reason(number: int) -> str:
    if number == 0:
        return "the password or the salt is wrong, or the file was changed"
    return f"was changed or cut off: piece {number} does not open"


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Return chunks of `size` and whether each is the last; an empty source is one empty chunk."""
    chunk = _read(source, size)
    while True:
        following = _read(source, size) if len(chunk) == size else b""
        yield chunk, not following
        if not following:
            return
        chunk = following


def _read(source: BinaryIO, size: int) -> bytes:
    """Read exactly `size` bytes, fewer only at the end: pipes and sockets give less at a time."""
    pieces, missing = [], size
    while missing:
        piece = source.read(missing)
        if not piece:
            break
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    if number > LAST_NUMBER:
        raise SealBroken("stream", "is too long to be sealed")
    return prefix + number.to_bytes(4, "big") + bytes([last])
