"""docs/security.md names tests that are there, for each promise at least one."""

import re

from tests.locations import TESTS

PAGE = TESTS.parent / "docs" / "security.md"


def test_every_promise_has_its_tests() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        promise, _, tests = row.strip("| ").rsplit(" | ", 2)
        named = re.findall(r"`([\w/]+\.py)`", tests)
        assert named, promise
        assert [name for name in named if not (TESTS / name).is_file()] == [], promise
