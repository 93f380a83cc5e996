"""Results on their way in and out: what is refused, and how they are sent."""

import gzip
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.middleware.compression import accepts_gzip
from adapters.http.results.stored_pages import ReceivedEstimator, received_pages
from domain.errors import InvalidInput
from tests.unit.adapters.http.conftest import Browser
from tests.unit.adapters.http.jobs.test_jobs import finish, page, send_results


@pytest.fixture
def results(browser: Browser) -> Iterator[Any]:
    """Return how to ask for the results of a job that has three pages."""
    job_id = browser.submit()
    key = finish(browser.service, job_id)
    assert send_results(browser.service, key, *map(page, range(3))).status_code == 202

    def get(accept: str = "", **query: Any) -> Any:
        tag = query.pop("tag", None)
        headers = {"Accept-Encoding": accept, **({"If-None-Match": tag} if tag else {})}
        return browser("GET", "/results", params={"job_id": job_id, **query}, headers=headers)

    yield get


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"estimator_name": "out"},
        {"estimator_name": "out", "page_numbers": "0,2"},
        {"estimator_name": "out", "page_number": 1},
    ],
)
def test_compressed_answers_are_one_gzip_member_with_the_same_text(
    results: Any, query: dict[str, Any]
) -> None:
    plain, packed = results(**query), results("deflate, gzip;q=0.5", **query)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(packed.content) == plain.content
    assert reader.eof
    assert reader.unused_data == b""
    assert gzip.decompress(packed.content) == plain.content


def test_results_that_a_client_has_are_not_sent_again(results: Any) -> None:
    first = results()
    assert first.headers["cache-control"] == "private, no-cache"
    again = results(tag=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert results(tag='"other"').status_code == 200


def test_errors_come_before_anything_is_sent(results: Any) -> None:
    for query in ({"estimator_name": "in"}, {"estimator_name": "out", "page_number": 9}):
        answer = results("gzip", **query)
        assert answer.status_code == 404
        assert answer.json["message"]
    refused = results("gzip", estimator_name="out", page_numbers="0-x")
    assert (refused.status_code, "page_numbers" in refused.json["message"]) == (400, True)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", False),
        ("gzip", True),
        ("br, GZIP", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("*", True),
        ("br;q=1.0, *;q=0", False),
        ("identity", False),
    ],
)
def test_who_accepts_gzip(header: str, wanted: bool) -> None:
    assert accepts_gzip(header) is wanted


def received(values: bytes, **more: bytes) -> list[Any]:
    """Put one page through, its values as JSON text."""
    data = b'{"name":"DOSE","unit":"Gy","values":' + values
    data += b"".join(b',"%s":%s' % (name.encode(), text) for name, text in more.items()) + b"}"
    text = b'{"dimensions":0,"data":' + data + b"}"
    return list(received_pages([ReceivedEstimator("e", [msgspec.Raw(text)])]))


numbers = st.none() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False)


@given(st.lists(numbers))
def test_numbers_and_nulls_pass_as_they_are(values: list[float | None]) -> None:
    finite = [None if value in (float("inf"), float("-inf")) else value for value in values]
    text = msgspec.json.encode(finite)
    (estimator,) = received(text, errors=b"[ null ,1.5e-3 ]")
    assert text in bytes(estimator.pages[0].body)


@pytest.mark.parametrize(
    "values",
    [
        b'["1"]',
        b"[[1]]",
        b"[true]",
        b"[{}]",
        b'"1"',
        b"1",
        b"{}",
        b"null",
        b"[1,[2],3]",
        b'["null"]',
    ],
)
def test_other_values_are_refused(values: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"estimators\['e'\]\.pages\[0\]"):
        received(values)
    if values != b"null":
        with pytest.raises(InvalidInput, match="errors"):
            received(b"[1]", errors=values)


def test_values_beyond_the_first_slice_are_looked_at_too() -> None:
    many = b"[" + b"0.123456789," * 100_000
    assert received(many + b"1]")
    with pytest.raises(InvalidInput):
        received(many + b"[1]]")


@pytest.mark.parametrize(
    ("estimators", "message"),
    [
        ([("e", [1]), ("e", [2])], "same name"),
        ([("", [1])], "must have a name"),
        ([("a\0", [1])], "must have a name"),
        ([("e", [1, 1])], "page_number of its own"),
        ([("e", [2**31])], "page_number of its own"),
    ],
)
def test_what_would_overwrite_or_break_is_refused(
    estimators: list[tuple[str, list[int]]], message: str
) -> None:
    given_ones = [
        ReceivedEstimator(name, [msgspec.Raw(msgspec.json.encode(page(n))) for n in pages])
        for name, pages in estimators
    ]
    with pytest.raises(InvalidInput, match=message):
        list(received_pages(given_ones))
