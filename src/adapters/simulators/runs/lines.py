"""Whole lines of a log that comes in pieces, cut anywhere."""

import re

LONGEST_LINE = 64 << 10
"""Characters; of what is longer only the end is kept, so that no log can fill the memory."""

END = re.compile(r"\r\n|\n|\r")
"""Programs that show their progress on one line end it with a carriage return."""


class WholeLines:
    """Keeps what is not a whole line yet."""

    def __init__(self) -> None:
        self._rest = ""

    def take(self, text: str) -> list[str]:
        """Return the lines that `text` completes, without their ends."""
        *lines, rest = END.split(self._rest + text)
        self._rest = rest[-LONGEST_LINE:]
        return lines
