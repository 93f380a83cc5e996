"""Blobs of every format we ever wrote: which it is stands in their first bytes."""

import zlib
from collections.abc import Iterable, Iterator

import zstandard

from adapters.compression.deflate import HEADER, Piece, ProcessEnd, deflated, piece_of, plain
from application.ports.compressor import Blob
from domain.errors import YaptideError

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

MOST_BYTES = 4 << 30
"""Far more than any body we take in: what grows beyond it is a bomb or damaged."""


class UnknownCompression(YaptideError):
    """A blob begins with bytes that none of our compressors write, or is damaged."""


class Blobs:
    """What both compressors have in common: reading whatever either of them wrote."""

    def decompress(self, blob: bytes) -> bytes:
        """Return what was compressed; UnknownCompression if it isn't ours or beyond MOST_BYTES."""
        try:
            if blob.startswith(GZIP_MAGIC):
                return _gunzipped(blob)
            if blob.startswith(ZSTD_MAGIC):
                return _unzstd(blob)
        except (EOFError, zlib.error, zstandard.ZstdError) as error:
            raise UnknownCompression(f"a blob is damaged: {error}") from error
        raise UnknownCompression(f"a blob begins with {blob[:4].hex()}, which is none of ours")

    def gzipped(self, parts: Iterable[bytes | Blob]) -> Iterator[bytes]:
        """Yield one gzip stream; only blobs of other formats are compressed anew for it."""
        ending = ProcessEnd()
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


def _gunzipped(blob: bytes) -> bytes:
    """Return what all gzip members of a blob hold; not a byte beyond the bound is written."""
    parts, left = [], MOST_BYTES
    while blob:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        # With room for one byte more, since none would mean no bound.
        parts.append(member.decompress(blob, left + 1))
        left -= len(parts[-1])
        _refuse_beyond(left)
        if not member.eof:
            raise EOFError("it ends too early")
        blob = member.unused_data
    return b"".join(parts)


def _unzstd(blob: bytes) -> bytes:
    """Return what a frame holds; the size it names itself is looked at before room is made."""
    named = zstandard.get_frame_parameters(blob).content_size
    if named != zstandard.CONTENTSIZE_UNKNOWN:
        _refuse_beyond(MOST_BYTES - named)
    return zstandard.ZstdDecompressor().decompress(blob, max_output_size=MOST_BYTES)


def _refuse_beyond(left: int) -> None:
    if left < 0:
        raise UnknownCompression(f"a blob grows beyond {MOST_BYTES >> 20} MiB")
