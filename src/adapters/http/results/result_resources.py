"""estimators and results, as users read them."""

from collections.abc import Iterator
from typing import Any

import falcon
from msgspec import UNSET, UnsetType

from adapters.http.jobs.job_resources import OF_A_JOB, OneJob
from adapters.http.results import results_stream
from adapters.http.wire import response_bodies
from adapters.http.wire.endpoint import Access, Call, Operation, described, endpoint
from adapters.http.wire.etag import unchanged
from adapters.http.wire.json_media import answer
from adapters.http.wire.query import read_query
from adapters.http.wire.resource import Resource
from application.merging.partial_results import Standing
from application.ports.result_repository import EstimatorTitle
from application.reading.read_results import Part, ReadResults, ResultsOfJob, pages_asked_for
from domain.users import User


class WhichResults(OneJob):
    """Which results are meant: all, one estimator, some pages such as `0-3,5`, or one page."""

    estimator_name: str | None = None
    page_numbers: str | None = None
    page_number: str | None = None
    partial: bool = False


class ResultsAnswer(response_bodies.Answer):
    """The results asked for; which of the fields are there depends on the question."""

    estimators: list[response_bodies.EstimatorResults] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    pages: list[response_bodies.ResultPage] | UnsetType = UNSET
    page: response_bodies.ResultPage | UnsetType = UNSET


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
    def on_get(self, call: Call, user: User, query: OneJob) -> response_bodies.EstimatorsAnswer:
        """List the estimators of a job and their pages."""
        del call
        titles = self.use_cases.read_results.titles(user.id, query.job_id).titles
        shown = [response_bodies.EstimatorShown(title.name, _pages(title)) for title in titles]
        return response_bodies.EstimatorsAnswer("Estimators of the job", shown)


class Results(Resource):
    """GET results, in its four forms."""

    @described(READ_RESULTS)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show all results, one estimator, some of its pages or one of them."""
        user, query = self.user(req, resp), read_query(req, WhichResults)
        reads = self.use_cases.read_results
        if query.partial:
            standing = self.use_cases.partial_results(user.id, query.job_id)
            state = f"partial-{standing.covered}-{standing.over}"
            if not standing.covered and not standing.over:
                answer(resp, falcon.HTTP_202, response_bodies.Answer(_being_merged(standing)))
                return
        else:
            state = str(reads.version(user.id, query.job_id))
        if unchanged(req, resp, f"{query.job_id}-{state}"):
            return
        found = reads.titles(user.id, query.job_id, query.partial)
        results_stream.stream(req, resp, reads, _parts(reads, found, query))


def _being_merged(standing: Standing) -> str:
    done, tasks = standing.completed, standing.tasks
    return f"The results of {done} of {tasks} tasks are being put together: ask again shortly"


def _parts(reads: ReadResults, found: ResultsOfJob, query: WhichResults) -> Iterator[Part]:
    if query.estimator_name is None:
        return results_stream.all_results(reads, found)
    title = found.named(query.estimator_name)
    available = [page.number for page in title.pages]
    if query.page_numbers is not None:
        numbers = pages_asked_for(query.page_numbers, available)
        return results_stream.some_pages(reads, found, title, numbers)
    if query.page_number is not None:
        (wanted,) = pages_asked_for(query.page_number, available)[:1]
        return results_stream.one_page(reads, found, title, wanted)
    return results_stream.one_estimator(reads, found, title)


def _pages(title: EstimatorTitle) -> list[response_bodies.PageShown]:
    return [
        response_bodies.PageShown(page.number, page.name, page.dimensions) for page in title.pages
    ]
