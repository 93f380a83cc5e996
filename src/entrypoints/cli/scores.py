"""What each simulator scores of what the editor offers: a page of tables, or JSON."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from adapters.simulators.project.abilities import (
    Abilities,
    abilities,
    editor_materials,
    refused_materials,
)
from adapters.simulators.project.editor_words import DETECTORS, PARTICLES
from application.ports.simulator import Simulator

INTRODUCTION = """\
# What each simulator scores

This page is made by `yaptide simulators scores`, which asks each simulator for each word that the
editor offers: a word is here if a small project that uses it becomes input files. What is not here
is refused by the name of its field, and left out on request (`--skip-unsupported`). `yaptide check`
says it of a project. What the words mean for each simulator is in
[one scene, five simulators](one-scene-five-simulators.md).
"""

LETTERS = "Detectors are told by a letter: **M**esh, **C**yl, **Z**one, **A**ll."


@dataclass(frozen=True, slots=True)
class Known:
    """A simulator, what it takes, and the materials that it does not know (ICRU numbers)."""

    title: str
    taken: Abilities
    refused: Sequence[int]


def scores(simulator: Simulator) -> Mapping[str, object]:
    """Return what a simulator takes, for JSON."""
    return asdict(abilities(simulator))


def scores_page(simulators: Sequence[Simulator]) -> str:
    """Return the page as Markdown."""
    known = [
        Known(item.profile.title, abilities(item), refused_materials(item)) for item in simulators
    ]
    return "\n".join(_lines(known))


def _lines(known: Sequence[Known]) -> Iterator[str]:
    yield INTRODUCTION
    yield "## Quantities\n"
    yield f"{LETTERS}\n"
    yield from _table("quantity", known, lambda one: _letters(one.taken.quantities))
    yield "\n## Differential in\n"
    yield f"Of a fluence of protons. {LETTERS}\n"
    yield from _table("axis", known, lambda one: _letters(one.taken.differentials))
    yield "\n## Filters\n"
    yield "By rules, by a particle, and by the filters of scenes for Geant4.\n"
    yield from _table("filter", known, lambda one: dict.fromkeys(one.taken.filters, "yes"))
    yield "\n## Settings of a quantity\n"
    yield from _table("setting", known, lambda one: dict.fromkeys(one.taken.settings, "yes"))
    yield "\n## Primaries\n"
    yield from _table("particle", known, lambda one: dict.fromkeys(one.taken.particles, "yes"))
    yield "\n## Materials\n"
    total = len(editor_materials())
    yield f"Of the {total} materials of the editor, by their ICRU numbers; elements have that of"
    yield "their charge, 906 is graphite.\n"
    yield "| simulator | known | not known |"
    yield "|---|---|---|"
    for one in known:
        yield f"| {one.title} | {total - len(one.refused)} | {_ranges(one.refused) or '–'} |"
    yield ""


def _table(
    head: str, known: Sequence[Known], cells: Callable[[Known], Mapping[str, str]]
) -> Iterator[str]:
    columns = [cells(one) for one in known]
    yield "| " + " | ".join([head, *(one.title for one in known)]) + " |"
    yield "|" + "---|" * (len(known) + 1)
    for word in _words(columns):
        yield "| " + " | ".join([word, *(column.get(word) or "–" for column in columns)]) + " |"


def _words(columns: Sequence[Mapping[str, str]]) -> list[str]:
    """Return all words, in the order of the longest column first."""
    longest = sorted(columns, key=len, reverse=True)
    words = dict.fromkeys(word for column in longest for word in column)
    particles = [name for _, name in PARTICLES if name in words]
    return [*particles, *(word for word in words if word not in particles)]


def _letters(taken: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        word: " ".join(kind[0] for kind in DETECTORS if kind in detectors)
        for word, detectors in taken.items()
    }


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers as text, those in a row as `87–90`."""
    rows: list[list[int]] = []
    for number in sorted(numbers):
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    return ", ".join(str(row[0]) if len(row) == 1 else f"{row[0]}–{row[-1]}" for row in rows)
