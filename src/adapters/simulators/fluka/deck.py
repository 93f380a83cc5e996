"""An input file of FLUKA, line by line: where its cards are and how their fields are written.

Fields stand in fixed columns unless FREE or GLOBAL asks for the free format; then they are
separated by blanks or by one of `, ; / :` or a backslash, and two of these in a row enclose an
empty field. Titles and the geometry hold no cards; what follows STOP is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.simulators.fluka.cards import FIELDS, WIDTH
from adapters.simulators.native.numbers import Found, quoted, whole
from domain.errors import InvalidInput

SUFFIX = ".inp"
LAST_COLUMN = WIDTH * (FIELDS + 1)
SEPARATOR = re.compile(r"\s*[,;/\\:]\s*|\s+")
FREE_MODES = (2, 3)
"""What the fourth field of GLOBAL is where it asks for the free format."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its keyword, its line (from 0) and whether it is in the free format."""

    keyword: str
    text: str
    line: int
    free: bool

    def field(self, number: int) -> Found:
        """Return field `number` (from 1) with its place; its text is empty where it is left out."""
        if self.free:
            return self._free_field(number)
        start = WIDTH * number
        loose = self._loose_field(number)
        if loose is not None:
            return loose
        text = self.text[start : start + WIDTH]
        return Found(text.strip(), self.line, start, start + WIDTH)

    @property
    def name(self) -> str:
        """The card's last column, or its last word in the free format."""
        if self.free:
            return self._free_field(FIELDS + 1).text
        return self.text[LAST_COLUMN:].strip()

    def _free_field(self, number: int) -> Found:
        text = self.text.split("!")[0].rstrip()
        start = len(text) - len(text.lstrip())
        for _ in range(number):
            match = SEPARATOR.search(text, start)
            if match is None:
                return Found("", self.line, len(text), len(text))
            start = match.end()
        match = SEPARATOR.search(text, start)
        end = len(text) if match is None else match.start()
        return Found(text[start:end], self.line, start, end)

    def _loose_field(self, number: int) -> Found | None:
        """Return a word that stands by itself where tabs make columns meaningless."""
        if "\t" not in self.text:
            return None
        words = list(re.finditer(r"[^\s!]+", self.text.split("!")[0]))
        if number >= len(words):
            return Found("", self.line, len(self.text), len(self.text))
        return Found(words[number][0], self.line, words[number].start(), words[number].end())


class Deck:
    """The cards of an input file."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.text = content.decode("utf-8", "surrogateescape")
        self.lines: Sequence[str] = self.text.splitlines()
        self.cards = list(_cards(self.lines))

    def all(self, keyword: str) -> list[Card]:
        """Return the cards with this keyword."""
        return [item for item in self.cards if item.keyword == keyword]

    def only(self, keyword: str) -> Card | None:
        """Return the one card with this keyword, or None; InvalidInput shows them if more."""
        found = self.all(keyword)
        if len(found) > 1:
            shown = quoted(self.name, self.lines, [item.line for item in found])
            raise InvalidInput("input_files", f"one {keyword} card is needed, not several: {shown}")
        return found[0] if found else None

    def shown(self, item: Card) -> str:
        """Return a card as it is shown in an error."""
        return quoted(self.name, self.lines, [item.line])


def _cards(lines: Sequence[str]) -> Iterator[Card]:
    free = title = geometry = False
    for index, line in enumerate(lines):
        keyword = re.split(r"[\s,;/\\:]", line.lstrip(), maxsplit=1)[0][:8].upper()
        if title or not keyword or line[:1] in "*#!":
            title = False
            continue
        title = keyword == "TITLE"
        if geometry:
            geometry = keyword != "GEOEND"
            continue
        geometry = keyword == "GEOBEGIN"
        item = Card(keyword, line, index, free)
        yield item
        free = _free_from(item, free)
        if keyword == "STOP":
            return


def _free_from(item: Card, free: bool) -> bool:
    """Return whether the cards behind `item` are in the free format."""
    if item.keyword in ("FREE", "FIXED"):
        return item.keyword == "FREE"
    if item.keyword == "GLOBAL":
        return free or whole(item.field(4).text) in FREE_MODES
    return free
