"""gzip, and telling by a blob's first bytes how it was compressed."""

import gzip
import zlib

from domain.errors import YaptideError

LEVEL = 4
"""Pages are mostly digits: higher levels cost twice the time for a few percent."""

GZIP_MAGIC = b"\x1f\x8b"


class UnknownCompression(YaptideError):
    """A blob begins with bytes that none of our compressors write."""


class GzipCompressor:
    """Compressor port on gzip; the same data always gives the same blob."""

    def compress(self, data: bytes) -> bytes:
        """Return `data` as a gzip member without a time stamp."""
        return gzip.compress(data, compresslevel=LEVEL, mtime=0)

    def decompress(self, blob: bytes) -> bytes:
        """Return what was compressed; UnknownCompression if the blob isn't ours."""
        if not blob.startswith(GZIP_MAGIC):
            raise UnknownCompression(f"a blob begins with {blob[:4].hex()}, which is no gzip")
        try:
            return gzip.decompress(blob)
        except (EOFError, OSError, zlib.error) as error:
            raise UnknownCompression(f"a blob is damaged: {error}") from error
