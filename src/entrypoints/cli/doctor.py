"""`yaptide doctor`: what is wrong with this installation, and what to do about it."""

from dataclasses import asdict

import click

from entrypoints.cli.exit_codes import ExitCode
from entrypoints.cli.opening import open_container
from entrypoints.cli.tables import json_option, plain, show_json
from entrypoints.doctor import Finding, Verdict, examine_installation

COLORS = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check database, queue, workers, simulators and all the rest.

    Ends with exit code 5 if a check failed; warnings and what isn't used don't count.
    """
    findings = []
    for finding in examine_installation(open_container()):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        show_json([asdict(finding) for finding in findings])
    if any(finding.verdict is Verdict.FAILED for finding in findings):
        raise click.exceptions.Exit(ExitCode.CHECK_FAILED)


def _print(finding: Finding) -> None:
    word = click.style(f"{finding.verdict:<8}", fg=COLORS.get(finding.verdict))
    click.echo(f"{word} {finding.check:<11} {plain(finding.message)}")
    if finding.remedy:
        click.echo(f"{'':<20} -> {plain(finding.remedy)}")
