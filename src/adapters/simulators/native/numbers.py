"""Numbers as people and Fortran programs write them, and lines as errors show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import InvalidInput
from domain.primaries import MOST_PRIMARIES

LONGEST_QUOTE = 120


@dataclass(frozen=True, slots=True)
class Found:
    """A number found in a file: its text, its line (from 0) and its columns there."""

    text: str
    line: int
    start: int
    end: int


def real(text: str) -> float | None:
    """Return the number that `text` is (`20`, `50000.0`, `1e4`, `1.D+04`); None if it is none."""
    cleaned = text.strip().lower().replace("d", "e")
    if not cleaned or not set(cleaned) <= set("0123456789.e+-"):
        return None
    try:
        return float(cleaned)
    except ValueError:
        return None


def whole(text: str) -> int | None:
    """Return the whole number that `text` is, however it is written; None if it is none."""
    value = real(text)
    if value is None or abs(value) > 1e15 or value != int(value):
        return None
    return int(value)


def check_primaries(value: int | None, where: str) -> int:
    """Return a number of primaries; InvalidInput if there is none or it can't be run."""
    if value is None:
        raise InvalidInput("input_files", f"the number of primaries is not a whole number: {where}")
    if not 1 <= value <= MOST_PRIMARIES:
        raise InvalidInput("input_files", f"primaries must be 1 to {MOST_PRIMARIES}: {where}")
    return value


def quoted(name: str, lines: Sequence[str], numbers: Sequence[int]) -> str:
    """Return the given lines of a file as they are shown in an error."""
    return "; ".join(
        f"{name} line {number + 1}: {lines[number].strip()[:LONGEST_QUOTE]!r}" for number in numbers
    )


def replaced(line: str, start: int, end: int, text: str) -> str:
    """Return `line` with the columns from `start` to `end` holding `text`."""
    return line[:start].ljust(start) + text + line[end:]
