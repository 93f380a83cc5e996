"""Show what a job scored, page by page as it is stored."""

from collections.abc import Iterable, Iterator, Sequence

from application.job_access import owned_head
from application.ports.result_repository import EstimatorTitle
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import InvalidInput, NotFound


class ReadResults:
    """Answers with stored pages; never holds more than one of them."""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    def titles(self, user_id: int, job_id: str) -> tuple[int, Sequence[EstimatorTitle]]:
        """Return the simulation and its estimators; NotFound when there are none (yet)."""
        with self._unit_of_work(read_only=True) as work:
            job = owned_head(work, user_id, job_id)
            titles = work.results.titles(job.simulation_id)
        if not titles:
            raise NotFound("This job has no results")
        return job.simulation_id, titles

    def title(self, user_id: int, job_id: str, name: str) -> tuple[int, EstimatorTitle]:
        """Return the simulation and one of its estimators; NotFound names what there is."""
        simulation_id, titles = self.titles(user_id, job_id)
        for title in titles:
            if title.name == name:
                return simulation_id, title
        known = ", ".join(title.name for title in titles)
        raise NotFound(f"estimator_name: this job has no estimator {name!r}, only: {known}")

    def bodies(self, simulation_id: int, name: str, numbers: Iterable[int]) -> Iterator[bytes]:
        """Yield the JSON text of pages, each read in a transaction of its own."""
        for number in numbers:
            with self._unit_of_work(read_only=True) as work:
                body = work.results.page_body(simulation_id, name, number)
            if body is None:
                raise NotFound(f"page_number: estimator {name!r} has no page {number}")
            yield body


def pages_asked_for(text: str, available: Iterable[int]) -> list[int]:
    """Return the page numbers that `text` such as `0-3,5` asks for, ascending, without repeats.

    Ranges are cut to the pages there are before they are spelled out; InvalidInput for anything
    that isn't a number or a range.
    """
    there = sorted(available)
    wanted: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()) or len(part) > 40:
            raise InvalidInput("page_numbers", f"{part[:40]!r} is not a number or a range like 0-3")
        first, last = int(low), int(high or low)
        inside = [number for number in there if first <= number <= last]
        if not inside:
            raise NotFound(f"page_numbers: there is no page {part.strip()}")
        wanted.update(inside)
    return sorted(wanted)
