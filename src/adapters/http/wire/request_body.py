"""The body of a request: read in pieces, bounded, and never before it is known to be welcome."""

from contextlib import ExitStack, nullcontext
from typing import Protocol, TypeVar

import falcon

from adapters.http.wire.body_room import BodyRoom
from adapters.http.wire.json_media import KIB, MIB, decode
from domain.errors import InputTooLarge, InvalidInput

Body = TypeVar("Body")

PIECE = MIB
"""Servers read ahead so much, and copy the rest of it with each smaller piece."""

SMALL = 64 * KIB
"""Bodies up to this count as nothing: there are never more of them than requests."""

REQUEST_ARRIVED = "yaptide.request_arrived"
"""Set by a server that has collected the whole request: reading it keeps nobody waiting."""


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes:
        """Return that many bytes, fewer at the end."""
        ...


def read_body(
    req: falcon.Request, kind: type[Body], limit: int, room: BodyRoom, held: ExitStack, hint: str
) -> Body:
    """Return the body of a request as `kind`; what it takes of `room` is given back with `held`.

    InvalidInput names what is wrong with it. InputTooLarge, with a `hint`, for more than `limit`
    bytes, which are not read; TooManyBodies when there is no room. A compressed body is refused as
    it is: nothing that comes from outside is expanded.
    """
    encoding = (req.get_header("Content-Encoding") or "identity").strip().lower()
    if encoding != "identity":
        raise falcon.HTTPUnsupportedMediaType(
            description="Content-Encoding: bodies are taken as they are, send this one uncompressed"
        )
    data = _received(req, limit, room, held, hint)
    if not data:
        raise InvalidInput("body", "is empty; send a JSON object")
    return decode(data, kind)


def _received(
    req: falcon.Request, limit: int, room: BodyRoom, held: ExitStack, hint: str
) -> bytes | bytearray:
    length = req.content_length
    chunked = length is None and "chunked" in (req.get_header("Transfer-Encoding") or "").lower()
    if (length or 0) > limit:
        raise _too_large(limit, hint)
    if not length and not chunked:
        return b""
    with nullcontext() if req.env.get(REQUEST_ARRIVED) else room.seat():
        if length is None:
            return _chunks(req.stream, limit, room, held, hint)
        return _so_many(req.bounded_stream, length, room, held)


def _so_many(stream: Stream, length: int, room: BodyRoom, held: ExitStack) -> bytes | bytearray:
    """Return a body whose length was announced."""
    if length > SMALL:
        _hold(room, length, held)
    data = bytearray(length)
    there = 0
    while there < length:
        piece = _read(stream, min(PIECE, length - there))
        if not piece:
            raise InvalidInput("body", "ended before its Content-Length")
        data[there : there + len(piece)] = piece
        there += len(piece)
    return data


def _chunks(
    stream: Stream, limit: int, room: BodyRoom, held: ExitStack, hint: str
) -> bytes | bytearray:
    """Return a body of which nobody knows how long it will be."""
    data, room_for = bytearray(), SMALL
    while piece := _read(stream, PIECE):
        if len(data) + len(piece) > limit:
            raise _too_large(limit, hint)
        while len(data) + len(piece) > room_for:
            _hold(room, MIB, held)
            room_for += MIB
        data += piece
    return data


def _hold(room: BodyRoom, size: int, held: ExitStack) -> None:
    room.hold(size)
    held.callback(room.release, size)


def _read(stream: Stream, size: int) -> bytes:
    try:
        return stream.read(size)
    except TimeoutError as error:
        raise falcon.HTTPError(
            falcon.HTTP_408, description="body: came so slowly that it was given up"
        ) from error
    except Exception as error:
        # Each server has errors of its own for a body that is cut off or has malformed chunks.
        raise InvalidInput("body", "can't be read: it is malformed or was cut off") from error


def _too_large(limit: int, hint: str) -> InputTooLarge:
    size = f"{limit // MIB} MiB" if limit >= MIB else f"{limit // KIB} KiB"
    return InputTooLarge("body", f"must not be larger than {size}{hint}")
