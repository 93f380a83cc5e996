"""Answers put together from stored pages, sent compressed as they are kept if the client likes."""

from collections.abc import Iterable, Iterator

import falcon
import msgspec

from adapters.http.middleware.compression import accepts_gzip
from application.ports.compressor import Blob
from application.ports.result_repository import EstimatorTitle
from application.reading.read_results import Part, ReadResults, ResultsOfJob


def stream(
    req: falcon.Request, resp: falcon.Response, reads: ReadResults, parts: Iterable[Part]
) -> None:
    """Answer with texts and stored pages in their order, holding a few pages at a time."""
    resp.content_type = falcon.MEDIA_JSON
    ready = _with_first_page(parts)
    if accepts_gzip(req.get_header("Accept-Encoding") or ""):
        resp.set_header("Content-Encoding", "gzip")
        resp.append_header("Vary", "Accept-Encoding")
        resp.stream = reads.gzipped(ready)
    else:
        resp.stream = reads.texts(ready)


def all_results(reads: ReadResults, found: ResultsOfJob) -> Iterator[Part]:
    """Yield all estimators of a job."""
    yield b'{"message":"Results of the job","estimators":['
    for position, title in enumerate(found.titles):
        yield from _joined(
            (b",{" if position else b"{") + _head(title), _pages(reads, found, title), b"]}"
        )
    yield b"]}"


def one_estimator(reads: ReadResults, found: ResultsOfJob, title: EstimatorTitle) -> Iterator[Part]:
    """Yield one estimator with all its pages."""
    start = b'{"message":"Estimator",' + _head(title)
    return _joined(start, _pages(reads, found, title), b"]}")


def some_pages(
    reads: ReadResults, found: ResultsOfJob, title: EstimatorTitle, numbers: Iterable[int]
) -> Iterator[Part]:
    """Yield some pages of an estimator."""
    blobs = reads.blobs(found.simulation_id, title, numbers)
    return _joined(b'{"message":"Pages of the estimator","pages":[', blobs, b"]}")


def one_page(
    reads: ReadResults, found: ResultsOfJob, title: EstimatorTitle, number: int
) -> Iterator[Part]:
    """Yield one page of an estimator."""
    blobs = reads.blobs(found.simulation_id, title, [number])
    return _joined(b'{"message":"Page of the estimator","page":', blobs, b"}")


def _pages(reads: ReadResults, found: ResultsOfJob, title: EstimatorTitle) -> Iterator[Blob]:
    numbers = [page.number for page in title.pages]
    return reads.blobs(found.simulation_id, title, numbers)


def _joined(start: bytes, blobs: Iterable[Blob], end: bytes) -> Iterator[Part]:
    separator = start
    for blob in blobs:
        yield separator
        yield blob
        separator = b","
    if separator is start:
        yield start
    yield end


def _with_first_page(parts: Iterable[Part]) -> Iterator[Part]:
    """Read up to the first page now, while an error can still become an answer."""
    rest = iter(parts)
    first: list[Part] = []
    for part in rest:
        first.append(part)
        if isinstance(part, Blob):
            break

    def again() -> Iterator[Part]:
        yield from first
        first.clear()
        yield from rest

    return again()


def _head(title: EstimatorTitle) -> bytes:
    name = msgspec.json.encode(title.name)
    return b'"name":' + name + b',"metadata":' + title.metadata + b',"pages":['
