import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.compression.gzip import GzipCompressor, UnknownCompression

GZIP = GzipCompressor()


@given(st.binary())
def test_everything_comes_back_and_always_looks_the_same(data: bytes) -> None:
    blob = GZIP.compress(data)
    assert GZIP.decompress(blob) == data
    assert GZIP.compress(data) == blob


@pytest.mark.parametrize("blob", [b"", b"plain", b"(\xb5/\xfd", GZIP.compress(b"x" * 1000)[:-9]])
def test_foreign_and_damaged_blobs_are_named(blob: bytes) -> None:
    with pytest.raises(UnknownCompression):
        GZIP.decompress(blob)
