"""Blobs of every format we ever wrote: which it is stands in their first bytes."""

import gzip
import zlib
from collections.abc import Iterable, Iterator

import zstandard

from adapters.compression.deflate import HEADER, Ending, Piece, deflated, piece_of, plain
from application.ports.compressor import Blob
from domain.errors import YaptideError

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class UnknownCompression(YaptideError):
    """A blob begins with bytes that none of our compressors write, or is damaged."""


class Blobs:
    """What both compressors have in common: reading whatever either of them wrote."""

    def decompress(self, blob: bytes) -> bytes:
        """Return what was compressed; UnknownCompression if the blob isn't ours."""
        try:
            if blob.startswith(GZIP_MAGIC):
                return gzip.decompress(blob)
            if blob.startswith(ZSTD_MAGIC):
                return zstandard.ZstdDecompressor().decompress(blob)
        except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
            raise UnknownCompression(f"a blob is damaged: {error}") from error
        raise UnknownCompression(f"a blob begins with {blob[:4].hex()}, which is none of ours")

    def gzipped(self, parts: Iterable[bytes | Blob]) -> Iterator[bytes]:
        """Yield one gzip stream; only blobs of other formats are compressed anew for it."""
        ending = Ending()
        yield HEADER
        for part in parts:
            for piece in self._pieces(part):
                ending.add(piece)
                yield piece.blocks
        yield bytes(ending)

    def _pieces(self, part: bytes | Blob) -> Iterable[Piece]:
        if isinstance(part, bytes):
            return plain(part)
        piece = piece_of(part.data)
        return deflated(self.decompress(part.data)) if piece is None else [piece]
