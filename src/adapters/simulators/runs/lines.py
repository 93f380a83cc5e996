"""Lines of text as programs write them; those of a log may come in pieces, cut anywhere."""

import re

LONGEST_LINE = 64 << 10
"""Characters; of what is longer only the end is kept, so that no log can fill the memory."""

END = re.compile(r"\r\n|\n|\r")
"""Programs that show their progress on one line end it with a carriage return."""

WHOLE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def lines_of(text: str, keep_ends: bool = False) -> list[str]:
    """Return the lines of a text, which end at LF, CR LF or CR only.

    `str.splitlines` ends them at eight other characters too, among them 0x85, which is the last
    byte of `ą` where UTF-8 is read as Latin-1.
    """
    lines = WHOLE.findall(text)
    return lines if keep_ends else [line.rstrip("\r\n") for line in lines]


class WholeLines:
    """Keeps what is not a whole line yet."""

    def __init__(self) -> None:
        self._rest = ""

    def take(self, text: str) -> list[str]:
        """Return the lines that `text` completes, without their ends."""
        *lines, rest = END.split(self._rest + text)
        self._rest = rest[-LONGEST_LINE:]
        return lines
