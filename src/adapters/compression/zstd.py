"""zstd: four times as fast as gzip to write, and smaller, but compressed anew for browsers."""

import zstandard

from adapters.compression.blobs import Blobs

LARGE = 256 << 10


class ZstdCompressor(Blobs):
    """Compressor port on Zstandard frames (RFC 8878) with a checksum."""

    def compress(self, data: bytes | memoryview) -> bytes:
        """Return `data` as one frame that says how large its content is."""
        level = 1 if len(data) >= LARGE else 6
        return zstandard.ZstdCompressor(level=level, write_checksum=True).compress(data)
