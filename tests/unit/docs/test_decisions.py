"""Decisions are told by number: each has one of its own, and says it."""

import re

from tests.locations import ROOT

NOTES = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_each_number_stands_for_one_decision() -> None:
    numbers = [note.name[:4] for note in NOTES]
    assert len(numbers) > 20
    assert len(set(numbers)) == len(numbers)


def test_each_note_says_its_number() -> None:
    said = {note.name: re.match(r"# 0*(\d+)", note.read_text()) for note in NOTES}
    wrong = [name for name, found in said.items() if found and int(found[1]) != int(name[:4])]
    assert wrong == []
