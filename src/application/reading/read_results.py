"""Show what a job scored, page by page as it is stored."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from application.ports.compressor import Blob, Compressor
from application.ports.result_repository import EstimatorTitle
from application.ports.unit_of_work import UnitOfWorkFactory
from application.reading.job_access import owned_head
from domain.errors import InvalidInput, NotFound

MOST_AT_ONCE = 1 << 20
"""So many bytes of compressed pages are read with one statement, or a single larger page."""

Part = bytes | Blob


@dataclass(frozen=True, slots=True)
class ResultsOfJob:
    """The estimators of a job, and the version of the job when they were read."""

    simulation_id: int
    version: int
    titles: Sequence[EstimatorTitle]

    def named(self, name: str) -> EstimatorTitle:
        """Return one estimator; NotFound names what there is."""
        for title in self.titles:
            if title.name == name:
                return title
        known = ", ".join(title.name for title in self.titles)
        raise NotFound(f"estimator_name: this job has no estimator {name!r}, only: {known}")


class ReadResults:
    """Answers with stored pages; never holds more than a few of them."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, compressor: Compressor) -> None:
        self._unit_of_work = unit_of_work
        self._compressor = compressor

    def version(self, user_id: int, job_id: str) -> int:
        """Return the version of a user's job: while it is the same, so are its results."""
        with self._unit_of_work(read_only=True) as work:
            return owned_head(work, user_id, job_id).version

    def titles(self, user_id: int, job_id: str, partial: bool = False) -> ResultsOfJob:
        """Return the estimators of a user's job; NotFound when there are none (yet).

        While the job is not over, those that there may be are `partial` ones.
        """
        with self._unit_of_work(read_only=True) as work:
            job = owned_head(work, user_id, job_id)
            shown = partial or job.state.is_terminal
            titles = work.results.titles(job.simulation_id) if shown else ()
        if not titles:
            raise NotFound("This job has no results")
        return ResultsOfJob(job.simulation_id, job.version, titles)

    def blobs(
        self, simulation_id: int, title: EstimatorTitle, numbers: Iterable[int]
    ) -> Iterator[Blob]:
        """Yield pages as they are stored, read a few at a time; NotFound if they are gone."""
        sizes = {page.number: page.size for page in title.pages}
        for batch in _batches(numbers, sizes):
            with self._unit_of_work(read_only=True) as work:
                bodies = work.results.page_bodies(simulation_id, title.name, batch)
            if len(bodies) < len(batch):
                raise NotFound("The results were removed while they were read")
            yield from map(Blob, bodies)

    def texts(self, parts: Iterable[Part]) -> Iterator[bytes]:
        """Yield texts, those of blobs decompressed."""
        for part in parts:
            yield self._compressor.decompress(part.data) if isinstance(part, Blob) else part

    def gzipped(self, parts: Iterable[Part]) -> Iterator[bytes]:
        """Yield the same texts as one gzip stream; stored gzip is put into it as it is."""
        return self._compressor.gzipped(parts)


def _batches(numbers: Iterable[int], sizes: Mapping[int, int]) -> Iterator[list[int]]:
    batch: list[int] = []
    held = 0
    for number in numbers:
        if batch and held + sizes[number] > MOST_AT_ONCE:
            yield batch
            batch, held = [], 0
        batch.append(number)
        held += sizes[number]
    if batch:
        yield batch


def pages_asked_for(text: str, available: Iterable[int]) -> list[int]:
    """Return the page numbers that `text` such as `0-3,5` asks for, ascending, without repeats.

    Ranges are cut to the pages there are before they are spelled out; InvalidInput for anything
    that isn't a number or a range, NotFound for a part that asks for no page there is.
    """
    there = sorted(available)
    wanted: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()) or len(part) > 40:
            raise InvalidInput("page_numbers", f"{part[:40]!r} is not a number or a range like 0-3")
        first, last = int(low), int(high or low)
        inside = there[bisect_left(there, first) : bisect_right(there, last)]
        if not inside:
            raise NotFound(f"page_numbers: there is no page {part.strip()}")
        wanted.update(inside)
    return sorted(wanted)
