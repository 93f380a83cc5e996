"""An input of FLUKA, line by line: where its cards are and how their fields are written.

Fields stand in fixed columns unless FREE or GLOBAL asks for the free format; then they are
separated by blanks or by one of `, ; / :` or a backslash, and two of these in a row enclose an
empty field. Titles and the geometry hold no cards; what follows STOP is not read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from adapters.simulators.fluka.cards import FIELDS, WIDTH
from adapters.simulators.fluka.preprocessor import DeckLine, Preprocessor
from adapters.simulators.native.numbers import Found, quoted, whole
from adapters.simulators.native.text_files import TextFile
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput

SUFFIX = ".inp"
LAST_COLUMN = WIDTH * (FIELDS + 1)
SEPARATOR = re.compile(r"\s*[,;/\\:]\s*|\s+")
FREE_MODES = (2, 3)
"""What the fourth field of GLOBAL is where it asks for the free format."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its keyword, its line (from 0) in a file, and whether it is in the free format.

    `values` are those of names that begin with a dollar sign.
    """

    keyword: str
    text: str
    file: str
    line: int
    free: bool
    values: Mapping[str, str] = field(default_factory=dict, compare=False)

    def field(self, number: int) -> Found:
        """Return field `number` (from 1) with its place; its text is empty where it is left out."""
        found = self._written_field(number)
        meant = self.values.get(found.text, "") if found.text.startswith("$") else ""
        return replace(found, text=meant) if meant else found

    def _written_field(self, number: int) -> Found:
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
    """The cards of an input, which are those of the files that it includes too."""

    def __init__(self, name: str, files: InputFiles) -> None:
        self.name = name
        read = Preprocessor(name, files)
        self.cards = list(_cards(read.lines()))
        self.texts: Mapping[str, TextFile] = read.texts

    def all(self, keyword: str) -> list[Card]:
        """Return the cards with this keyword."""
        return [item for item in self.cards if item.keyword == keyword]

    def only(self, keyword: str) -> Card | None:
        """Return the one card with this keyword, or None; InvalidInput shows them if more."""
        found = self.all(keyword)
        if len(found) > 1:
            shown = "; ".join(self.shown(item) for item in found)
            raise InvalidInput("input_files", f"one {keyword} card is needed, not several: {shown}")
        return found[0] if found else None

    def shown(self, item: Card) -> str:
        """Return a card as it is shown in an error."""
        return quoted(item.file, self.texts[item.file].lines, [item.line])


def _cards(lines: Iterable[DeckLine]) -> Iterator[Card]:
    free = title = geometry = False
    for line in lines:
        text = line.text
        keyword = re.split(r"[\s,;/\\:]", text.lstrip(), maxsplit=1)[0][:8].upper()
        if title or not keyword or text[:1] in "*#!":
            title = False
            continue
        title = keyword == "TITLE"
        if geometry:
            geometry = keyword != "GEOEND"
            continue
        geometry = keyword == "GEOBEGIN"
        item = Card(keyword, text, line.file, line.number, free, line.values)
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
