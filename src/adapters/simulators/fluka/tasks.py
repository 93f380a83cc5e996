"""The number of primaries of an input file, and the input of one task."""

from adapters.simulators.fluka.cards import WIDTH, card, count
from adapters.simulators.fluka.deck import SUFFIX, Card, Deck
from adapters.simulators.native.numbers import check_primaries, real, replaced, whole
from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput

MOST_SEEDS = 899_999_999
"""RANDOMIZ takes seeds below 9.E8."""


def read_deck(files: InputFiles) -> Deck:
    """Return the one .inp file; InvalidInput if there is none or there are several."""
    names = sorted(name for name in files if name.lower().endswith(SUFFIX))
    if len(names) != 1:
        found = ", ".join(names) or "none"
        raise InvalidInput("input_files", f"FLUKA needs one file {SUFFIX}; found: {found}")
    return Deck(names[0], files[names[0]])


def total_primaries(deck: Deck) -> int:
    """Return the first field of the START card."""
    start = _start(deck)
    _seed_card(deck)
    _check_opened(deck)
    return check_primaries(whole(start.field(1).text), deck.shown(start))


def task_input(deck: Deck, primaries: int, seed: int) -> bytes:
    """Return the input with a task's primaries and seed, and nothing else changed.

    Seeds are put into FLUKA's range. A missing RANDOMIZ card goes before START, which starts the
    simulation.
    """
    seed = (seed - 1) % MOST_SEEDS + 1
    lines = deck.text.splitlines(keepends=True)
    start, randomize = _start(deck), _seed_card(deck)
    lines[start.line] = _with_field(lines[start.line], start, 1, primaries)
    if randomize is not None:
        lines[randomize.line] = _with_field(lines[randomize.line], randomize, 2, seed)
    else:
        made = f"RANDOMIZ, 1.0, {seed}." if start.free else card("RANDOMIZ", [1.0, f"{seed}."])
        lines.insert(start.line, made + _ending(lines[start.line]))
    return "".join(lines).encode("utf-8", "surrogateescape")


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
        names = deck.lines[item.line + 1 : item.line + 2]
        check_file_names((name.strip() for name in names), f"{deck.name} OPEN")


def _check_columns(deck: Deck, item: Card) -> None:
    """Refuse a number that crosses an edge of its column: FLUKA would read only a part of it."""
    if item.free or "\t" in item.text:
        return
    before, behind = item.text[WIDTH - 2 : WIDTH], item.text[2 * WIDTH - 1 : 2 * WIDTH + 1]
    if before.strip() or len(behind.split()[0] if behind.split() else "") > 1:
        reason = f"the number must stand in columns {WIDTH + 1} to {2 * WIDTH}"
        raise InvalidInput("input_files", f"{reason}: {deck.shown(item)}")


def _with_field(line: str, item: Card, number: int, value: int) -> str:
    place = item.field(number)
    body, ending = line.rstrip("\r\n"), _ending(line)
    if item.free or "\t" in item.text:
        return _inserted(body, item, number, f"{value}.0") + ending
    return replaced(body, place.start, place.end, f"{count(value):>{WIDTH}}") + ending


def _inserted(body: str, item: Card, number: int, text: str) -> str:
    """Put a field into a line without columns; fields before it that are left out become zero."""
    place = item.field(number)
    if place.text or place.start < len(body.split("!")[0].rstrip()):
        return body[: place.start] + text + body[place.end :]
    missing = sum(1 for before in range(1, number) if not item.field(before).text)
    kept = body.split("!")[0].rstrip()
    return kept + " 0.0" * missing + f" {text}" + body[len(kept) :]


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :] or "\n"
