"""estimators and results: stored texts are put together without being decoded."""

from collections.abc import Iterable, Iterator
from typing import Any

import falcon
import msgspec
from msgspec import UNSET, UnsetType

from adapters.http import answers
from adapters.http.endpoint import Access, Call, Operation, described, endpoint
from adapters.http.job_resources import OF_A_JOB, OneJob
from adapters.http.resource import Resource, required
from application.ports.result_repository import EstimatorTitle
from application.read_results import ReadResults, pages_asked_for
from domain.users import User


class WhichResults(OneJob):
    """Which results are meant: all, one estimator, some pages such as `0-3,5`, or one page."""

    estimator_name: str | None = None
    page_numbers: str | None = None
    page_number: str | None = None


class ResultsAnswer(answers.Answer):
    """The results asked for; which of the fields are there depends on the question."""

    estimators: list[answers.EstimatorResults] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    pages: list[answers.ResultPage] | UnsetType = UNSET
    page: answers.ResultPage | UnsetType = UNSET


READ_RESULTS = Operation(
    "Show all results, one estimator, some of its pages or one of them.",
    Access.USER,
    200,
    ResultsAnswer,
    query=WhichResults,
    errors=OF_A_JOB,
)


class Estimators(Resource):
    """GET estimators."""

    @endpoint(errors=OF_A_JOB, etag=True)
    def on_get(self, call: Call, user: User, query: OneJob) -> answers.EstimatorsAnswer:
        """List the estimators of a job and their pages."""
        del call
        _, titles = self.use_cases.read_results.titles(user.id, query.job_id)
        shown = [answers.EstimatorShown(title.name, _pages(title)) for title in titles]
        return answers.EstimatorsAnswer("Estimators of the job", shown)


class Results(Resource):
    """GET results, in its four forms."""

    @described(READ_RESULTS)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show all results, one estimator, some of its pages or one of them."""
        user, job_id = self.user(req), required(req, "job_id")
        reads = self.use_cases.read_results
        name = req.get_param("estimator_name")
        if name is None:
            simulation_id, titles = reads.titles(user.id, job_id)
            parts = _all(reads, simulation_id, titles)
        else:
            simulation_id, title = reads.title(user.id, job_id, name)
            parts = _one(reads, simulation_id, title, req)
        resp.content_type = falcon.MEDIA_JSON
        resp.stream = _with_first(parts)


def _one(
    reads: ReadResults, simulation_id: int, title: EstimatorTitle, req: falcon.Request
) -> Iterator[bytes]:
    several, single = req.get_param("page_numbers"), req.get_param("page_number")
    available = [page.number for page in title.pages]
    if several is not None:
        bodies = reads.bodies(simulation_id, title.name, pages_asked_for(several, available))
        return _joined(b'{"message":"Pages of the estimator","pages":[', bodies, b"]}")
    if single is not None:
        (wanted,) = pages_asked_for(single, available)[:1]
        bodies = reads.bodies(simulation_id, title.name, [wanted])
        return _joined(b'{"message":"Page of the estimator","page":', bodies, b"}")
    bodies = reads.bodies(simulation_id, title.name, available)
    return _joined(b'{"message":"Estimator",' + _head(title), bodies, b"]}")


def _all(
    reads: ReadResults, simulation_id: int, titles: Iterable[EstimatorTitle]
) -> Iterator[bytes]:
    yield b'{"message":"Results of the job","estimators":['
    for position, title in enumerate(titles):
        numbers = [page.number for page in title.pages]
        bodies = reads.bodies(simulation_id, title.name, numbers)
        yield from _joined((b",{" if position else b"{") + _head(title), bodies, b"]}")
    yield b"]}"


def _joined(start: bytes, bodies: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    separator = start
    for body in bodies:
        yield separator
        yield body
        separator = b","
    if separator is start:
        yield start
    yield end


def _with_first(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Compute the first two parts now, while an error can still become an answer."""
    first, second = next(parts, b""), next(parts, b"")

    def stream() -> Iterator[bytes]:
        yield first
        yield second
        yield from parts

    return stream()


def _head(title: EstimatorTitle) -> bytes:
    name = msgspec.json.encode(title.name)
    return b'"name":' + name + b',"metadata":' + title.metadata + b',"pages":['


def _pages(title: EstimatorTitle) -> list[answers.PageShown]:
    return [answers.PageShown(page.number, page.name, page.dimensions) for page in title.pages]
