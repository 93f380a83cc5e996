"""gzip, the default: what is stored goes to browsers as it is."""

from adapters.compression.blobs import Blobs
from adapters.compression.deflate import gzip_member


class GzipCompressor(Blobs):
    """Compressor port on gzip; the same data always gives the same blob."""

    def compress(self, data: bytes | memoryview) -> bytes:
        """Return `data` as a gzip member."""
        return gzip_member(data)
