"""How much was computed, by whom and with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Dimension(StrEnum):
    """What usage can be told apart by; a month is that of the submission, in UTC."""

    USER = "user"
    SIMULATOR = "simulator"
    PLATFORM = "platform"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Usage:
    """What one group of jobs used.

    `cpu_hours` sums the time from start to end (or to the last report) over tasks, of which each
    keeps one core busy; an attempt that was lost is not in it. A wait is the time in seconds from
    a job's submission to the start of its first task, None where none has started.
    """

    group: Mapping[Dimension, str]
    jobs: int
    completed: int
    failed: int
    canceled: int
    cpu_hours: float
    simulated_primaries: int
    mean_wait: float | None
    longest_wait: float | None

    @property
    def success_rate(self) -> float | None:
        """Share of completed jobs among those that completed or failed."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None


class UsageReport(Protocol):
    """Counts what jobs used; the database adds up."""

    def usage(
        self,
        by: Sequence[Dimension],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Usage]:
        """Return the usage of jobs submitted from `since` to before `until`, group by group.

        Groups are in the order of their names; without dimensions all jobs are one group.
        """
        ...
