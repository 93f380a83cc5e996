"""Estimators, their pages and logs, as they are kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it is handed in: `body` is its JSON text as on the wire.

    Once it is packed, `body` is what a compressor made of that text.
    """

    number: int
    name: str
    dimensions: int
    body: bytes | memoryview


@dataclass(frozen=True, slots=True)
class StoredEstimator:
    """An estimator as it is kept: `metadata` is a JSON object as text."""

    name: str
    metadata: bytes
    pages: Sequence[StoredPage]


@dataclass(frozen=True, slots=True)
class MergedPage(StoredPage):
    """A page as a merge made it, whole in memory."""

    body: bytes


@dataclass(frozen=True, slots=True)
class MergedEstimator(StoredEstimator):
    """An estimator as a merge made it."""

    pages: Sequence[MergedPage]


@dataclass(frozen=True, slots=True)
class PageTitle:
    """What a list of pages shows of one; `size` is that of its body, in bytes as it is kept."""

    number: int
    name: str
    dimensions: int
    size: int


@dataclass(frozen=True, slots=True)
class EstimatorTitle:
    """What a list of estimators shows of one."""

    name: str
    metadata: bytes
    pages: Sequence[PageTitle]


class ResultRepository(Protocol):
    """Estimators, pages and logs."""

    def store(self, simulation_id: int, estimators: Sequence[StoredEstimator]) -> None:
        """Keep estimators, their pages packed, instead of those the job had before."""
        ...

    def titles(self, simulation_id: int) -> Sequence[EstimatorTitle]:
        """Return all estimators of a job in their order, without the pages' bodies."""
        ...

    def page_bodies(
        self, simulation_id: int, estimator_name: str, numbers: Collection[int]
    ) -> Sequence[bytes]:
        """Return the bodies of these pages as they were stored, by number; gone ones are left out.

        One statement for them all.
        """
        ...

    def add_logs(self, simulation_id: int, logs: Mapping[str, str]) -> None:
        """Keep log files; one of the same name is replaced, others stay."""
        ...

    def logs(self, simulation_id: int) -> Mapping[str, str]:
        """Return all log files of a job by name."""
        ...
