"""Jobs of all users, for those who run the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.job import Platform
from domain.states import EntityState
from domain.users import UserSource


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are meant; what is None or empty leaves nothing out.

    `ended_before` fits only jobs that are over, `never_retried` those that were not run again. No
    `limit` means all.
    """

    username: str | None = None
    states: frozenset[EntityState] = frozenset()
    sim_type: str | None = None
    platform: Platform | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None
    ended_before: datetime | None = None
    never_retried: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job, whose it is, and how far its tasks are.

    `instead_of` is the simulator that was meant where another runs it.
    """

    job_id: str
    username: str
    source: UserSource
    title: str
    sim_type: str
    platform: Platform
    state: EntityState
    start_time: datetime
    end_time: datetime | None
    retry_of: str | None
    simulation_id: int
    tasks: int
    completed_tasks: int
    failed_tasks: int
    primaries: int
    simulated_primaries: int
    instead_of: str | None = None


class JobOverview(Protocol):
    """Reads the jobs of everybody; each method is one statement, however many jobs there are."""

    def find(self, wanted: JobFilter) -> Sequence[JobRecord]:
        """Return the jobs that fit, newest first."""
        ...

    def drop_details(self, simulation_id: int) -> None:
        """Forget the logs of a job, and the input files where a project can make them again."""
        ...
