"""What is sealed opens only whole and unchanged."""

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.binary_store.sealed_stream import CHUNK, MAGIC, TAG, SealBroken, StreamSeal, is_sealed

SEAL = StreamSeal("password", "salt")
HEADER = len(MAGIC) + 7
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK)


class Dribble(io.BytesIO):
    """Gives at most a thousand bytes at a time, as a pipe does."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(1000, size) if size and size > 0 else size)


def sealed(data: bytes) -> bytes:
    return b"".join(SEAL.seal(io.BytesIO(data)))


def opened(data: bytes, seal: StreamSeal = SEAL) -> bytes:
    return b"".join(seal.open(io.BytesIO(data), "file"))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert opened(sealed(data[:size])) == data[:size]
    assert b"".join(SEAL.open(Dribble(sealed(data[:size])), "file")) == data[:size]
    assert is_sealed(sealed(b""))


def test_two_sealings_differ_and_hide_the_content() -> None:
    data = b"secret" * 100
    assert sealed(data) != sealed(data)
    assert b"secret" not in sealed(data)


@pytest.mark.parametrize(
    "other", [StreamSeal("Password", "salt"), StreamSeal("password", "pepper")]
)
def test_another_password_or_salt_does_not_open(other: StreamSeal) -> None:
    with pytest.raises(SealBroken, match="password or the salt is wrong"):
        opened(sealed(b"data"), other)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SIZES[1:]), st.integers(0, 1 << 20), st.integers(1, 255))
def test_any_changed_byte_is_noticed(size: int, place: int, change: int) -> None:
    data = bytearray(sealed(b"x" * size))
    data[place % len(data)] ^= change
    with pytest.raises(SealBroken):
        opened(bytes(data))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SIZES), st.integers(1, 1 << 20))
def test_any_truncation_is_noticed(size: int, missing: int) -> None:
    data = sealed(b"x" * size)
    with pytest.raises(SealBroken):
        opened(data[: -(missing % len(data) or 1)])


def pieces(data: bytes) -> Iterator[bytes]:
    body = data[HEADER:]
    for start in range(0, len(body), CHUNK + TAG):
        yield body[start : start + CHUNK + TAG]


def test_pieces_left_out_swapped_repeated_or_of_another_file_are_noticed() -> None:
    data, other = sealed(b"x" * 3 * CHUNK), sealed(b"y" * 3 * CHUNK)
    header, (a, b, c) = data[:HEADER], pieces(data)
    foreign = list(pieces(other))[1]
    for wrong in ([a, c], [b, a, c], [a, b], [a, b, b, c], [a, foreign, c], [a, b, c, c]):
        with pytest.raises(SealBroken):
            opened(header + b"".join(wrong))


def test_a_file_that_was_never_sealed_is_called_so() -> None:
    with pytest.raises(SealBroken, match="is not a file that"):
        opened(b"#!/bin/sh\necho a program\n")
