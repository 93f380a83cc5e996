"""How large things are made small before they are stored."""

from typing import Protocol


class Compressor(Protocol):
    """Compresses blobs; a blob says by its first bytes how it was compressed."""

    def compress(self, data: bytes) -> bytes:
        """Return `data` compressed in the adapter's own format."""
        ...

    def decompress(self, blob: bytes) -> bytes:
        """Return the original of any blob that a compressor of this platform made."""
        ...
