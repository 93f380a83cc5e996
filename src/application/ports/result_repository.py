"""Estimators, their pages and logs, as they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it is kept: `body` is its JSON text as on the wire."""

    number: int
    name: str
    dimensions: int
    body: bytes


@dataclass(frozen=True, slots=True)
class StoredEstimator:
    """An estimator as it is kept: `metadata` is a JSON object as text."""

    name: str
    metadata: bytes
    pages: Sequence[StoredPage]


@dataclass(frozen=True, slots=True)
class PageTitle:
    """What a list of pages shows of one."""

    number: int
    name: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class EstimatorTitle:
    """What a list of estimators shows of one."""

    name: str
    metadata: bytes
    pages: Sequence[PageTitle]


class ResultRepository(Protocol):
    """Estimators, pages and logs."""

    def store(self, simulation_id: int, estimators: Sequence[StoredEstimator]) -> None:
        """Keep estimators in their order; one of the same name is replaced."""
        ...

    def titles(self, simulation_id: int) -> Sequence[EstimatorTitle]:
        """Return all estimators of a job in their order, without the pages' bodies."""
        ...

    def page_body(self, simulation_id: int, estimator_name: str, number: int) -> bytes | None:
        """Return the JSON text of one page, None if there is none."""
        ...

    def add_logs(self, simulation_id: int, logs: Mapping[str, str]) -> None:
        """Keep log files; one of the same name is replaced, others stay."""
        ...

    def logs(self, simulation_id: int) -> Mapping[str, str]:
        """Return all log files of a job by name."""
        ...
