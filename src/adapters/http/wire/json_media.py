"""JSON in and out: bodies are bounded, decoded once into types, and never hold NaN."""

import re
from typing import Any, TypeVar

import falcon
import msgspec

from adapters.http.wire.allowed_words import choices_of
from domain.errors import InputTooLarge, InvalidInput

Body = TypeVar("Body")

KIB = 1 << 10
MIB = 1 << 20
PIECE = 64 * KIB
MOST_DRAINED = 256 * MIB
"""An answer given before the whole body was read is lost for many clients: so much we read on."""


def read_body(req: falcon.Request, kind: type[Body], limit: int) -> Body:
    """Return the body of a request as `kind`.

    InvalidInput names what is wrong with it; InputTooLarge, for more than `limit` bytes, is raised
    without ever holding more than that. A compressed body is refused as it is: nothing that comes
    from outside is expanded.
    """
    _refuse_compressed(req)
    data = _read(req, limit)
    if not data:
        raise InvalidInput("body", "is empty; send a JSON object")
    return decode(data, kind)


def decode(data: bytes | msgspec.Raw, kind: type[Body]) -> Body:
    """Return JSON text as `kind`; InvalidInput names the field that does not fit."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise named_error(str(error), kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("body", f"is not JSON: {error}") from error
    except RecursionError as error:
        raise InvalidInput("body", "is nested too deeply") from error


def answer(resp: falcon.Response, status: str, document: object) -> None:
    """Answer with a document as JSON."""
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = encode(document)


def encode(document: object) -> bytes:
    """Return a document as JSON; numbers that are none become null, as browsers expect."""
    return msgspec.json.encode(document)


def _refuse_compressed(req: falcon.Request) -> None:
    encoding = (req.get_header("Content-Encoding") or "identity").strip().lower()
    if encoding == "identity":
        return
    _drain(req)
    raise falcon.HTTPUnsupportedMediaType(
        description="Content-Encoding: bodies are taken as they are, send this one uncompressed"
    )


def _read(req: falcon.Request, limit: int) -> bytes:
    length = req.content_length
    if length is None:
        chunked = "chunked" in (req.get_header("Transfer-Encoding") or "").lower()
        data = req.stream.read(limit + 1) if chunked else b""
    else:
        data = req.bounded_stream.read(length) if length <= limit else b""
    if len(data) > limit or (length or 0) > limit:
        _drain(req)
        raise InputTooLarge("body", f"must not be larger than {_size(limit)}")
    if length is not None and len(data) < length:
        raise InvalidInput("body", "ended before its Content-Length")
    return bytes(data)


def _drain(req: falcon.Request) -> None:
    stream = req.stream if req.content_length is None else req.bounded_stream
    left = MOST_DRAINED
    while left > 0:
        piece = len(stream.read(PIECE))
        if not piece:
            return
        left -= piece


def _size(limit: int) -> str:
    return f"{limit // MIB} MiB" if limit >= MIB else f"{limit // KIB} KiB"


def named_error(text: str, kind: Any, missing: str = "is missing") -> InvalidInput:
    """Turn `Expected `int`, got `str` - at `$.ntasks`` into an error that names the field.

    `kind` is the type that was expected; where it lets one choose, the choices are named too.
    """
    text, _, path = text.partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "body"
    absent = re.search(r"missing required field `(\w+)`", text)
    if absent:
        inner = "" if field == "body" else f"{field}."
        return InvalidInput(f"{inner}{absent.group(1)}", missing)
    reason = text.replace("`", "").strip()
    reason = reason[:1].lower() + reason[1:]
    choices = choices_of(kind, field) if reason.startswith("invalid enum") else []
    if choices:
        reason = f"{reason}; must be one of {', '.join(choices)}"
    return InvalidInput(field, reason)
