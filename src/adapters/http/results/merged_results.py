"""What a cluster's collect job has merged, checked like the results that come over HTTP."""

import msgspec

from adapters.http.results.stored_pages import ReceivedEstimator, received_pages
from adapters.http.wire.json_media import decode
from application.clusters.take_merged_results import MergedThere
from domain.errors import InvalidInput


class _Merged(msgspec.Struct):
    """The body of POST results with what became of each task."""

    estimators: list[ReceivedEstimator]
    merged: list[int]
    rejected: dict[int, dict[str, str]] = {}
    logs: dict[str, str] = {}


def read_merged(text: bytes) -> MergedThere:
    """Return results as they are to be stored; InvalidInput names what is wrong with them."""
    found = decode(text, _Merged)
    if not found.estimators:
        raise InvalidInput("estimators", "must hold at least one")
    estimators = list(received_pages(found.estimators))
    return MergedThere(found.merged, found.rejected, found.logs, estimators)
