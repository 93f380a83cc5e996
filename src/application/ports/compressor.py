"""How large things are made small before they are stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """What a compressor of this platform made."""

    data: bytes


class Compressor(Protocol):
    """Compresses blobs; a blob says by its first bytes how it was compressed."""

    def compress(self, data: bytes | memoryview) -> bytes:
        """Return `data` compressed in the adapter's own format."""
        ...

    def decompress(self, blob: bytes) -> bytes:
        """Return the original of any blob that a compressor of this platform made."""
        ...

    def gzipped(self, parts: Iterable[bytes | Blob]) -> Iterator[bytes]:
        """Yield one gzip stream (RFC 1952) of texts and the originals of blobs, in their order.

        Holds one part at a time, and leaves blobs compressed where their format lets it.
        """
        ...
