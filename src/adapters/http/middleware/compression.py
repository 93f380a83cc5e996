"""Answers compressed for clients that accept it."""

import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

import falcon
import zstandard

SMALLEST = 1024
"""Bytes; below it compressing costs more than it saves."""

PIECE = 64 << 10
GZIP_LEVEL = 2
ZSTD_LEVEL = 3
COMPRESSIBLE = ("application/json", "text/", "application/javascript", "image/svg+xml")


class _Encoder(Protocol):
    """Compresses pieces one after the other."""

    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class Compression:
    """Middleware that compresses large enough texts which are not compressed already."""

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        """Compress what is answered."""
        del resource, succeeded
        if not (resp.content_type or "").startswith(COMPRESSIBLE):
            return
        if resp.get_header("Content-Encoding"):
            return
        resp.append_header("Vary", "Accept-Encoding")
        encoding = best_encoding(req.get_header("Accept-Encoding") or "")
        if encoding is None:
            return
        if resp.stream is not None:
            resp.stream = compressed(_pieces(resp.stream), encoding)  # type: ignore[arg-type]
            resp.delete_header("Content-Length")
        elif resp.data is not None and len(resp.data) >= SMALLEST:
            resp.data = b"".join(compressed([resp.data], encoding))
        else:
            return
        resp.set_header("Content-Encoding", encoding)


def best_encoding(accepted: str) -> str | None:
    """Return zstd or gzip, whichever the client would rather have, None if neither."""
    candidates = [(_wish(accepted, name), name) for name in ("zstd", "gzip")]
    weight, name = max(candidates, key=lambda item: item[0])
    return name if weight > 0 else None


def accepts_gzip(accepted: str) -> bool:
    """Say whether a client takes gzip, be it that it would rather have something else."""
    return _wish(accepted, "gzip") > 0


def _wish(accepted: str, name: str) -> float:
    weights = dict(_weight(part) for part in accepted.lower().split(","))
    return weights.get(name, weights.get("*", 0.0))


def compressed(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield `pieces` compressed as one stream."""
    encoder = _encoder(encoding)
    for piece in pieces:
        data = encoder.compress(piece)
        if data:
            yield data
    yield encoder.flush()


def _pieces(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a file or an iterable holds, and close it in the end."""
    read = getattr(stream, "read", None)
    try:
        yield from stream if read is None else iter(partial(read, PIECE), b"")
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


def _encoder(encoding: str) -> _Encoder:
    if encoding == "zstd":
        return zstandard.ZstdCompressor(ZSTD_LEVEL).compressobj()
    return zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)


def _weight(part: str) -> tuple[str, float]:
    name, _, parameter = part.strip().partition(";")
    key, _, value = parameter.strip().partition("=")
    if key.strip() != "q":
        return name.strip(), 1.0
    try:
        return name.strip(), float(value)
    except ValueError:
        return name.strip(), 0.0
