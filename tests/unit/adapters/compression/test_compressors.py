import gzip
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.compression import blobs
from adapters.compression.blobs import UnknownCompression
from adapters.compression.checksums import combined_crc32
from adapters.compression.deflate import SLICE
from adapters.compression.gzip import GzipCompressor
from adapters.compression.zstd import ZstdCompressor
from application.ports.compressor import Blob, Compressor

GZIP, ZSTD = GzipCompressor(), ZstdCompressor()
BOTH: list[Compressor] = [GZIP, ZSTD]
LARGE = b"".join(b"%d.%d," % (n, n * n) for n in range(200_000))

both = pytest.mark.parametrize("compressor", BOTH, ids=["gzip", "zstd"])


@both
@given(data=st.binary())
def test_everything_comes_back_and_always_looks_the_same(
    compressor: Compressor, data: bytes
) -> None:
    blob = compressor.compress(data)
    assert compressor.compress(memoryview(data)) == blob
    assert [other.decompress(blob) for other in BOTH] == [data, data]


@both
def test_large_data_comes_back(compressor: Compressor) -> None:
    assert len(LARGE) > 2 * SLICE
    blob = compressor.compress(LARGE)
    assert len(blob) < len(LARGE) / 2
    assert compressor.decompress(blob) == LARGE


def test_the_formats_are_those_that_others_read() -> None:
    import zstandard

    assert gzip.decompress(GZIP.compress(LARGE)) == LARGE
    assert zstandard.ZstdDecompressor().decompress(ZSTD.compress(LARGE)) == LARGE


@pytest.mark.parametrize(
    "blob", [b"", b"plain", b"PK\x03\x04", *(c.compress(b"x" * 1000)[:-9] for c in BOTH)]
)
def test_foreign_and_damaged_blobs_are_named(blob: bytes) -> None:
    with pytest.raises(UnknownCompression):
        GZIP.decompress(blob)


@both
def test_bombs_are_stopped(compressor: Compressor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MOST_BYTES", 1 << 20)
    whole = compressor.compress(bytes(1 << 20))
    assert compressor.decompress(whole) == bytes(1 << 20)
    with pytest.raises(UnknownCompression, match="grows beyond 1 MiB"):
        compressor.decompress(compressor.compress(bytes((1 << 20) + 1)))


def test_bombs_of_many_members_or_without_a_size_are_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import zstandard

    monkeypatch.setattr(blobs, "MOST_BYTES", 1 << 20)
    half = gzip.compress(bytes(1 << 19))
    assert GZIP.decompress(half * 2) == bytes(1 << 20)
    with pytest.raises(UnknownCompression, match="grows beyond"):
        GZIP.decompress(half * 3)
    sizeless = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(32 << 20))
    with pytest.raises(UnknownCompression):
        ZSTD.decompress(sizeless)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_checksums_of_parts_make_that_of_the_whole(first: bytes, second: bytes) -> None:
    found = combined_crc32(zlib.crc32(first), zlib.crc32(second), len(second))
    assert found == zlib.crc32(first + second)


old_gzip = st.binary().map(lambda data: (data, Blob(gzip.compress(data, mtime=0))))
ours = st.binary().map(lambda data: (data, Blob(GZIP.compress(data))))
zstd = st.binary().map(lambda data: (data, Blob(ZSTD.compress(data))))
texts = st.binary().map(lambda data: (data, data))


@given(st.lists(texts | ours | zstd | old_gzip, max_size=8))
def test_parts_of_every_format_become_one_gzip_member(
    parts: Sequence[tuple[bytes, bytes | Blob]],
) -> None:
    stream = b"".join(GZIP.gzipped(part for _, part in parts))
    # A reader that stops behind the first member, as browsers do, sees all of it.
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(stream) == b"".join(data for data, _ in parts)
    assert reader.eof
    assert reader.unused_data == b""


def test_large_parts_become_one_gzip_member_too() -> None:
    parts = [b"[", Blob(GZIP.compress(LARGE)), b"," * 70_000, Blob(ZSTD.compress(LARGE)), b"]"]
    stream = b"".join(GZIP.gzipped(parts))
    assert gzip.decompress(stream) == b"[" + LARGE + b"," * 70_000 + LARGE + b"]"
