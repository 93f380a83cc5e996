"""Text files as users hand them in: read as what they are, and what is not touched kept as it is.

UTF-8 with or without a byte order mark, else Latin-1, which any bytes are. Lines end at LF, CR LF
or CR.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from adapters.simulators.runs.lines import lines_of

MARK = "\ufeff".encode()
"""The byte order mark of UTF-8, which programs may but need not write."""


@dataclass(frozen=True)
class TextFile:
    """A file by its lines, each with its ending."""

    whole_lines: Sequence[str]
    encoding: str = "utf-8"
    mark: bytes = b""

    @cached_property
    def lines(self) -> Sequence[str]:
        """The lines without their endings."""
        return [line.rstrip("\r\n") for line in self.whole_lines]

    @property
    def ending(self) -> str:
        """How the lines of this file end: as the first does."""
        first = self.whole_lines[0] if self.whole_lines else ""
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def with_lines(
        self, changes: Mapping[int, Callable[[str], str]], before: Mapping[int, str] | None = None
    ) -> bytes:
        """Return the bytes with some lines changed, and with others put in front of some.

        Lines are numbered from 0; one in front of the number behind the last comes at the end.
        """
        made: list[str] = []
        inserted = before or {}
        for number, whole in enumerate(self.whole_lines):
            body = self.lines[number]
            if number in inserted:
                made.append(inserted[number] + self.ending)
            change = changes.get(number)
            made.append(whole if change is None else change(body) + whole[len(body) :])
        last = inserted.get(len(self.whole_lines))
        if last is not None:
            if made and made[-1] == made[-1].rstrip("\r\n"):
                made[-1] += self.ending
            made.append(last + self.ending)
        return self.mark + "".join(made).encode(self.encoding)


def read_text(content: bytes) -> TextFile:
    """Return a file's text; no bytes are refused."""
    mark = MARK if content.startswith(MARK) else b""
    body = content[len(mark) :]
    try:
        return TextFile(lines_of(body.decode("utf-8"), keep_ends=True), mark=mark)
    except UnicodeDecodeError:
        return TextFile(lines_of(content.decode("latin-1"), keep_ends=True), "latin-1")
