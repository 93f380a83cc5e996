"""JSON in and out: decoded once into types, and never with NaN."""

import re
from typing import Any, TypeVar

import falcon
import msgspec

from adapters.http.wire.allowed_words import choices_of
from domain.errors import InvalidInput

Body = TypeVar("Body")

KIB = 1 << 10
MIB = 1 << 20


def decode(data: bytes | bytearray | msgspec.Raw, kind: type[Body]) -> Body:
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
