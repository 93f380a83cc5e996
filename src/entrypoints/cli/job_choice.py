"""Which jobs a command is about: named by their ids, or found by filters."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import click

from application.administration.administer_jobs import AdministerJobs
from application.ports.job_overview import JobFilter, JobRecord
from domain.job import Platform
from domain.states import EntityState
from entrypoints.cli.completion import complete, complete_simulators
from entrypoints.cli.parameters import STATE, Age
from entrypoints.composition.administration import AdministrationContainer


def known_jobs(container: AdministrationContainer) -> Iterable[tuple[str, str]]:
    """Return the newest jobs, for completion."""
    found = container.administer_jobs().find(JobFilter(limit=200))
    return [(item.job_id, f"{item.username}, {item.state}") for item in found]


def known_users(container: AdministrationContainer) -> Iterable[tuple[str, str]]:
    """Return all users, for completion."""
    return [(user.username, user.source.value) for user in container.administer_users().all()]


JOB_ID = click.argument("job_id", shell_complete=complete(known_jobs))
JOB_IDS = click.argument("job_ids", nargs=-1, shell_complete=complete(known_jobs))

_OPTIONS = (
    click.option("--user", shell_complete=complete(known_users), help="Only jobs of this user."),
    click.option(
        "--state", "states", type=STATE, multiple=True, help="Only in this state; may be repeated."
    ),
    click.option(
        "--simulator", shell_complete=complete_simulators(), help="Only for this simulator."
    ),
    click.option(
        "--platform",
        type=click.Choice([platform.value for platform in Platform], case_sensitive=False),
        help="Only run there.",
    ),
    click.option("--older-than", type=Age(), help="Only submitted longer ago, like 12h or 30d."),
    click.option("--newer-than", type=Age(), help="Only submitted since then, like 12h or 30d."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose jobs, passed together as `wanted`."""

    @wraps(command)
    def with_filter(
        user: str | None,
        states: tuple[str, ...],
        simulator: str | None,
        platform: str | None,
        older_than: timedelta | None,
        newer_than: timedelta | None,
        **others: Any,
    ) -> Any:
        now = datetime.now(UTC)
        wanted = JobFilter(
            username=user,
            states=frozenset(EntityState(state.upper()) for state in states),
            sim_type=simulator,
            platform=Platform(platform.upper()) if platform else None,
            started_before=now - older_than if older_than else None,
            started_after=now - newer_than if newer_than else None,
        )
        return command(wanted=wanted, **others)

    for option in reversed(_OPTIONS):
        with_filter = option(with_filter)
    return with_filter


def one_way(job_ids: Sequence[str], wanted: JobFilter) -> None:
    """Fail unless jobs are chosen in just one way: a command without any would hit them all."""
    filtered = wanted != JobFilter()
    if not job_ids and not filtered:
        raise click.UsageError(
            "Name jobs by their ids, or say which with --user, --state, --simulator, --platform, "
            "--older-than or --newer-than."
        )
    if job_ids and filtered:
        raise click.UsageError("Name jobs by their ids or choose them by options, not both.")


def matching(
    cases: AdministerJobs, wanted: JobFilter, able: frozenset[EntityState], **narrower: Any
) -> Sequence[JobRecord]:
    """Return the jobs that fit a filter and are in a state in which something can be done."""
    states = wanted.states & able if wanted.states else able
    if not states:
        named = ", ".join(sorted(state.value for state in wanted.states))
        possible = ", ".join(sorted(state.value for state in able))
        raise click.UsageError(f"Nothing can be done to jobs in state {named}, only: {possible}.")
    return cases.find(replace(wanted, states=states, **narrower))
