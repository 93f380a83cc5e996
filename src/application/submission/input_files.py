"""Input files as text: the wire carries text only, some simulators read binary images."""

import base64
import binascii

from domain.errors import InvalidInput

BINARY = "data:application/octet-stream;base64,"
"""How the text of a binary file begins (RFC 2397)."""


def file_text(content: bytes) -> str:
    """Return a file's text on the wire: as it is if it is text, else as a data URL."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if (text or not content) and "\x00" not in text and not text.startswith(BINARY):
        return text
    return BINARY + base64.b64encode(content).decode()


def file_bytes(text: str, field: str = "input_files") -> bytes:
    """Return the content of a file from its text on the wire; InvalidInput for a broken one."""
    if not text.startswith(BINARY):
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(field, "holds half a character (a lone surrogate)") from error
    try:
        return base64.b64decode(text[len(BINARY) :], validate=True)
    except binascii.Error as error:
        raise InvalidInput(field, f"is not base64 after {BINARY!r}: {error}") from error
