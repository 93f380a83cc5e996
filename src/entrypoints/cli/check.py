"""`yaptide check`: all that is wrong with a project, or unsupported, for each simulator."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from application.ports.simulator import Simulator
from entrypoints.cli.exit_codes import CommandFailed, ExitCode
from entrypoints.cli.project_file import read_submission
from entrypoints.cli.tables import json_option, plain, show_json
from entrypoints.composition.container import make_container

if TYPE_CHECKING:
    from adapters.simulators.project.findings import Findings

MORE = "more may show when this is put right"


@click.command()
@click.argument("project", type=click.Path(exists=True, path_type=Path))
@click.option("--simulator", "names", multiple=True, help="Only for this one; may be repeated.")
@json_option
def check(project: Path, names: Sequence[str], as_json: bool) -> None:
    """List all that is wrong in PROJECT (a JSON file of the editor) or unsupported, by simulator.

    Nothing is run, and no simulator need be installed. The exit code is 5 if a simulator named by
    --simulator does not take the project, or without it, if none does.
    """
    # It reads projects with numpy, which takes long to load.
    from adapters.simulators.project.findings import findings

    submission = read_submission(project, "", 1)
    if submission.project is None:
        raise CommandFailed("these are input files, not a project", ExitCode.WRONG_USE)
    catalog = make_container().simulators()
    chosen = [catalog.named(name) for name in names] or list(catalog)
    found = {simulator: findings(simulator, submission.project) for simulator in chosen}
    if as_json:
        show_json([_row(simulator, told) for simulator, told in found.items()])
    else:
        for simulator, told in found.items():
            _print(simulator, told)
    taken = [not told.faults for told in found.values()]
    if not (all(taken) if names else any(taken)):
        raise click.exceptions.Exit(ExitCode.CHECK_FAILED)


def _row(simulator: Simulator, told: "Findings") -> dict[str, object]:
    return {
        "simulator": simulator.name,
        "takes_it": not told.faults,
        "complete": told.complete,
        "faults": [asdict(fault) for fault in told.faults],
    }


def _print(simulator: Simulator, told: "Findings") -> None:
    if not told.faults:
        click.echo(f"{simulator.name}: takes it as it is")
        return
    click.secho(f"{simulator.name}:", bold=True)
    for fault in told.faults:
        kind = "unsupported" if fault.unsupported else "wrong"
        click.echo(plain(f"  {kind}: {fault.field}: {fault.reason}"))
    if not told.complete:
        click.echo(f"  {MORE}")
