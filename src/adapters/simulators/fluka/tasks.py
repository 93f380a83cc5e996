"""The number of primaries of an input file, and the input of one task."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from adapters.simulators.fluka.cards import WIDTH, card, count
from adapters.simulators.fluka.deck import SUFFIX, Card, Deck
from adapters.simulators.fluka.preprocessor import included_names
from adapters.simulators.native.numbers import check_primaries, real, replaced, whole
from adapters.simulators.native.text_files import read_text
from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput

MOST_PRIMARIES = 10**WIDTH - 1
"""What the first field of START holds."""

MOST_SEEDS = 899_999_999
"""RANDOMIZ takes seeds below 9.E8."""

Change = Callable[[str], str]
"""What becomes of a line."""


def read_deck(files: InputFiles) -> Deck:
    """Return the input that no other includes; InvalidInput if there is none or several are."""
    return Deck(deck_name(files), files)


def deck_name(files: InputFiles) -> str:
    """Return the name of the .inp file that no other includes."""
    names = sorted(name for name in files if name.lower().endswith(SUFFIX))
    inner = {
        other
        for name in (names if len(names) > 1 else ())
        for other in included_names(read_text(files[name]))
    }
    outer = [name for name in names if name not in inner]
    if len(outer) != 1:
        found = ", ".join(names) or "none"
        raise InvalidInput("input_files", f"FLUKA needs one file {SUFFIX}; found: {found}")
    return outer[0]


class FolderFiles(Mapping[str, bytes]):
    """The files of a folder, each read when it is asked for: outputs beside them may be large."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> bytes:
        """Return a file's content."""
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(sorted(path.name for path in self._folder.iterdir() if path.is_file()))

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(list(iter(self)))


def total_primaries(deck: Deck) -> int:
    """Return the first field of the START card."""
    start = _start(deck)
    _seed_card(deck)
    _check_opened(deck)
    return check_primaries(whole(start.field(1).text), deck.shown(start))


def task_input(deck: Deck, primaries: int, seed: int) -> dict[str, bytes]:
    """Return the files with a task's primaries and seed, and nothing else changed.

    Seeds are put into FLUKA's range. A missing RANDOMIZ card goes before START, which starts the
    simulation.
    """
    seed = (seed - 1) % MOST_SEEDS + 1
    start, randomize = _start(deck), _seed_card(deck)
    changes: dict[str, dict[int, Change]] = {}
    before: dict[str, dict[int, str]] = {}
    changes.setdefault(start.file, {})[start.line] = _with_field(start, 1, primaries)
    if randomize is not None:
        changes.setdefault(randomize.file, {})[randomize.line] = _with_field(randomize, 2, seed)
    else:
        made = f"RANDOMIZ, 1.0, {seed}." if start.free else card("RANDOMIZ", [1.0, f"{seed}."])
        before[start.file] = {start.line: made}
    return {name: deck.texts[name].with_lines(changes[name], before.get(name)) for name in changes}


def _start(deck: Deck) -> Card:
    found = deck.only("START")
    if found is None:
        raise InvalidInput("input_files", f"{deck.name} has no START card with the primaries")
    _check_columns(deck, found)
    return found


def _seed_card(deck: Deck) -> Card | None:
    found = deck.only("RANDOMIZ")
    if found is not None:
        text = found.field(2).text
        if text and real(text) is None:
            raise InvalidInput("input_files", f"the seed is not a number: {deck.shown(found)}")
    return found


def _check_opened(deck: Deck) -> None:
    """Refuse files outside of the folder, which OPEN names in the line behind it."""
    for item in deck.all("OPEN"):
        names = deck.texts[item.file].lines[item.line + 1 : item.line + 2]
        check_file_names((name.strip() for name in names), f"{deck.name} OPEN")


def _check_columns(deck: Deck, item: Card) -> None:
    """Refuse a number that crosses an edge of its column: FLUKA would read only a part of it."""
    if item.free or "\t" in item.text:
        return
    before, behind = item.text[WIDTH - 2 : WIDTH], item.text[2 * WIDTH - 1 : 2 * WIDTH + 1]
    if before.strip() or len(behind.split()[0] if behind.split() else "") > 1:
        reason = f"the number must stand in columns {WIDTH + 1} to {2 * WIDTH}"
        raise InvalidInput("input_files", f"{reason}: {deck.shown(item)}")


def _with_field(item: Card, number: int, value: int) -> Change:
    place = item.field(number)

    def changed(line: str) -> str:
        if item.free or "\t" in item.text:
            return _inserted(line, item, number, f"{value}.0")
        return replaced(line, place.start, place.end, f"{count(value):>{WIDTH}}")

    return changed


def _inserted(body: str, item: Card, number: int, text: str) -> str:
    """Put a field into a line without columns; fields before it that are left out become zero."""
    place = item.field(number)
    if place.text or place.start < len(body.split("!")[0].rstrip()):
        return body[: place.start] + text + body[place.end :]
    missing = sum(1 for before in range(1, number) if not item.field(before).text)
    kept = body.split("!")[0].rstrip()
    return kept + " 0.0" * missing + f" {text}" + body[len(kept) :]
