"""A request as it comes in: collected until it is worth a thread."""

import re

HEAD_SECONDS = 10.0
"""How long the head of a request may take."""

BODY_SECONDS = 20.0
"""How long a small body may take after it."""

MOST_HEAD = 64 << 10
"""Longer heads are refused by the parser, which is shown this much of them."""

SMALL_BODY = 64 << 10
"""Bodies up to this are collected too; for a larger one its head decides what becomes of it."""

END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)
LAST_CHUNK = b"0\r\n\r\n"


class ArrivingRequest:
    """Bytes of a request, and whether those that are waited for are there.

    Only the moment is decided here at which a thread takes over: what the bytes mean is for the
    parser to say. Whatever is read wrongly costs a seat, or is refused.
    """

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        self._head = 0
        self._body = 0
        self._chunked = False

    @property
    def has_head(self) -> bool:
        """Whether the head is there."""
        return self._head > 0

    def is_ready(self) -> bool:
        """Whether a thread may take over."""
        if not self._head and not self._found_head():
            return len(self.data) > MOST_HEAD
        if self._chunked:
            return self.data.endswith(LAST_CHUNK) or len(self.data) > self._head + SMALL_BODY
        return self._body > SMALL_BODY or self.is_whole()

    def is_whole(self) -> bool:
        """Whether nothing of it is yet to come."""
        return self._head > 0 and not self._chunked and len(self.data) >= self._head + self._body

    def _found_head(self) -> bool:
        # One empty line before a request is allowed; it is no end of a head.
        start = 2 if self.data.startswith(b"\r\n") else 0
        end = self.data.find(END_OF_HEAD, start)
        if end < 0:
            return False
        self._head = end + len(END_OF_HEAD)
        head = bytes(self.data[: self._head])
        length = LENGTH.search(head)
        self._body = int(length[1]) if length else 0
        self._chunked = CHUNKED.search(head) is not None
        return True
