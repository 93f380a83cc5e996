"""Tables, JSON, confirmation, exit codes and completion: what all commands share."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import click
import pytest
from click.testing import CliRunner

from domain.errors import InvalidInput, JobNotFound, JobStillRunning, UserExists, YaptideError
from domain.states import EntityState
from entrypoints.cli import commands
from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.exit_codes import MEANINGS, ExitCode, command_failed
from entrypoints.cli.tables import json_option, plain, show_fields, show_rows

ROWS: list[dict[str, Any]] = [
    {
        "job_id": "a",
        "state": EntityState.RUNNING,
        "since": datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1))),
        "end_time": None,
        "title": "[red]\x1b[2J",
        "shares": [1, 2],
    }
]


@click.command()
@json_option
def listing(as_json: bool) -> None:
    show_rows(ROWS, as_json, columns=("job_id", "since", "title", "end_time"))


@click.command()
@yes_option
def destroy(yes: bool) -> None:
    confirm("Destroy it?", yes)
    click.echo("destroyed")


def run(command: click.Command, *arguments: str, **options: Any) -> Any:
    return CliRunner().invoke(command, arguments, **options)


def test_a_table_shows_what_was_chosen_and_steers_no_terminal() -> None:
    output = run(listing).output
    assert "job id" in output
    assert "2026-03-01 12:00:00" in output
    assert r"[red]\x1b[2J" in output
    assert "\x1b" not in output
    assert "RUNNING" not in output


def test_json_has_everything_with_zones() -> None:
    (row,) = json.loads(run(listing, "--json").output)
    assert row["state"] == "RUNNING"
    assert row["end_time"] is None
    assert datetime.fromisoformat(row["since"]) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert row["title"] == "[red]\x1b[2J"
    assert row["shares"] == [1, 2]


def test_long_cells_are_whole_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([{"name": "x" * 500, "other": "y" * 500}], False)
    assert "x" * 500 in capsys.readouterr().out


def test_no_rows_are_said_or_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([], False, empty="No jobs.")
    assert capsys.readouterr().out == "No jobs.\n"
    show_rows([], True)
    assert json.loads(capsys.readouterr().out) == []


def test_fields_of_one_thing(capsys: pytest.CaptureFixture[str]) -> None:
    show_fields({"job_id": "a", "cpu_hours": 0.25, "whole": True}, False)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["job", "id", "a"],
        ["cpu", "hours", "0.25"],
        ["whole", "yes"],
    ]


def test_plain_text_keeps_letters_of_all_languages() -> None:
    assert plain("Wiązka 🎯\n\u202e") == r"Wiązka 🎯\n\u202e"


def test_without_a_terminal_only_yes_destroys() -> None:
    refused = run(destroy, input="y\n")
    assert refused.exit_code == ExitCode.REFUSED
    assert "--yes" in refused.output
    assert "destroyed" not in refused.output
    assert run(destroy, "--yes").output == "destroyed\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (JobNotFound("x"), ExitCode.NOT_FOUND),
        (InvalidInput("ntasks", "must be a number"), ExitCode.WRONG_USE),
        (UserExists("ann"), ExitCode.REFUSED),
        (JobStillRunning("x"), ExitCode.REFUSED),
        (YaptideError("something"), ExitCode.FAILED),
    ],
)
def test_errors_have_their_exit_codes(error: YaptideError, code: ExitCode) -> None:
    assert command_failed(error).exit_code == code
    assert command_failed(error).message == str(error)


def test_the_help_explains_every_exit_code() -> None:
    output = run(commands, "--help").output
    for code, meaning in MEANINGS.items():
        assert f"{code.value:>3}  {meaning}" in output
    assert set(MEANINGS) == set(ExitCode)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(shell: str) -> None:
    result = run(commands, "completion", shell)
    assert result.exit_code == 0
    assert "_YAPTIDE_COMPLETE" in result.output


def test_names_are_completed() -> None:
    answer = run(
        commands,
        prog_name="yaptide",
        env={
            "_YAPTIDE_COMPLETE": "bash_complete",
            "COMP_WORDS": "yaptide completion f",
            "COMP_CWORD": "2",
        },
    )
    assert answer.output == "plain,fish\n"


def commands_below(command: click.Command, path: tuple[str, ...] = ()) -> Any:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands_below(child, (*path, name))


@pytest.mark.parametrize(("path", "command"), list(commands_below(commands)))
def test_every_command_and_option_is_explained(path: tuple[str, ...], command: Any) -> None:
    assert command.help, path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, (path, parameter.name)


@pytest.mark.parametrize(
    ("path", "command"),
    [item for item in commands_below(commands) if item[0] and item[0][-1] in ("list", "show")],
)
def test_every_listing_has_json(path: tuple[str, ...], command: Any) -> None:
    assert any("--json" in parameter.opts for parameter in command.params), path


@pytest.mark.parametrize(
    ("path", "command"),
    [item for item in commands_below(commands) if item[0] and item[0][-1] in ("remove", "prune")],
)
def test_every_removal_asks(path: tuple[str, ...], command: Any) -> None:
    assert any("--yes" in parameter.opts for parameter in command.params), path
