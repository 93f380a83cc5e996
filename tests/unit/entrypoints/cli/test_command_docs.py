"""docs/command-line.md names every command and every exit code, as the program does."""

from collections.abc import Iterator

import click
import pytest

from entrypoints.cli import commands
from entrypoints.cli.exit_codes import MEANINGS
from entrypoints.settings.substitutes import NAME, OPEN_SUBSTITUTES
from tests.locations import ROOT

PAGE = ROOT / "docs" / "command-line.md"


def lines(command: click.Command, path: str = "yaptide") -> Iterator[str]:
    """Return a line of a table for each command that does something."""
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from lines(command.commands[name], f"{path} {name}")
    else:
        # The first sentence of the help, whole.
        text = " ".join((command.help or "").split("\n\n")[0].split())
        yield f"| `{path}` | {text} |"


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_a_command_is_on_the_page_with_all_below_it(name: str) -> None:
    expected = list(lines(commands.commands[name], f"yaptide {name}"))
    told = [line for line in PAGE.read_text().splitlines() if line in expected]
    assert told == expected


def test_nothing_else_is_on_the_page() -> None:
    known = set(lines(commands))
    told = {line for line in PAGE.read_text().splitlines() if line.startswith("| `yaptide")}
    assert told == known


def test_the_page_says_what_substitute_sets() -> None:
    lines = PAGE.read_text().splitlines()
    assert f"{NAME}={OPEN_SUBSTITUTES}" in lines
    option = next(item for item in commands.commands["up"].params if item.name == "substitute")
    assert OPEN_SUBSTITUTES in " ".join(str(getattr(option, "help", "")).split())


def test_every_exit_code_is_on_the_page() -> None:
    text = PAGE.read_text()
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in text
