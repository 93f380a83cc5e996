"""`yaptide convert`: the input files that a project becomes, without running anything."""

from pathlib import Path

import click

from application.running.run_task import write_files
from entrypoints.cli.exit_codes import CommandFailed, ExitCode
from entrypoints.cli.project_file import read_submission
from entrypoints.composition.container import make_container


@click.command()
@click.argument("project", type=click.Path(exists=True, path_type=Path))
@click.option("--simulator", required=True, help="For which simulator, such as shieldhit.")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files; made if it isn't there.",
)
@click.option(
    "--skip-unsupported",
    is_flag=True,
    help="Leave out what the simulator can't score instead of refusing the project.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def convert(project: Path, simulator: str, out: Path, skip_unsupported: bool, force: bool) -> None:
    """Write the input files that PROJECT (a JSON file of the editor) becomes.

    The simulator need not be installed.
    """
    submission = read_submission(project, simulator, 1)
    if submission.project is None:
        raise CommandFailed("these are input files already", ExitCode.WRONG_USE)
    chosen = make_container().simulators().named(simulator)
    made = chosen.convert(submission.project, skip_unsupported=skip_unsupported)
    there = [name for name in made.files if (out / name).exists()]
    if there and not force:
        names = ", ".join(there)
        raise CommandFailed(f"{out} holds {names}; --force replaces them", ExitCode.REFUSED)
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_files(out, made.files)
    except OSError as error:
        raise CommandFailed(f"nothing can be written to {out}: {error.strerror}") from error
    for sentence in made.left_out:
        click.echo(f"left out: {sentence}", err=True)
    click.echo(f"{chosen.name}: {made.primaries} primaries, {len(made.files)} files in {out}")
