"""Say how much was computed."""

from collections.abc import Sequence
from datetime import datetime

from application.ports.unit_of_work import UnitOfWorkFactory
from application.ports.usage_report import Dimension, Usage


class ReportUsage:
    """Reads what jobs used, as the database adds it up."""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    def __call__(
        self, by: Sequence[Dimension], since: datetime | None, until: datetime | None
    ) -> Sequence[Usage]:
        """Return the usage of jobs submitted from `since` to before `until` by group."""
        with self._unit_of_work(read_only=True) as work:
            return work.statistics.usage(by, since, until)
