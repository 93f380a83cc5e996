"""ETags and compression."""

import gzip
import zlib
from typing import Any

import pytest
import zstandard

from adapters.http.jobs import job_resources
from adapters.http.jobs.shown_jobs import ShownJobs
from adapters.http.middleware.compression import best_encoding, compressed
from tests.unit.adapters.http.conftest import Browser, submission
from tests.unit.adapters.http.jobs.test_jobs import finish, page, send_results, simulation


def again(browser: Browser, path: str, tag: str, **query: Any) -> Any:
    return browser("GET", path, params=query, headers={"If-None-Match": tag})


def test_a_status_is_sent_again_only_when_something_changed(browser: Browser) -> None:
    job_id = browser.submit()
    tags = [browser("GET", "/jobs", params={"job_id": job_id}).headers["etag"]]
    key = simulation(browser.service, job_id)
    for done in (1, 2):
        known = again(browser, "/jobs", tags[-1], job_id=job_id)
        assert (known.status_code, known.text) == (304, "")
        assert known.headers["etag"] == tags[-1]
        assert known.headers["cache-control"] == "private, no-cache"
        body = {
            "simulation_id": key, "update_key": browser.service.key(key), "task_id": 1,
            "update_dict": {"task_state": "RUNNING", "simulated_primaries": done},
        }  # fmt: skip
        assert Browser(browser.service)("POST", "/tasks", body).status_code == 202
        news = again(browser, "/jobs", tags[-1], job_id=job_id)
        assert news.status_code == 200
        tags.append(news.headers["etag"])
    assert len(set(tags)) == 3


def test_an_unchanged_job_is_read_once_and_shown_to_its_owner_alone(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = browser.submit()
    first = browser("GET", "/jobs", params={"job_id": job_id})
    with monkeypatch.context() as patch:
        patch.setattr(job_resources, "status_answer", None)
        second = browser("GET", "/jobs", params={"job_id": job_id})
        stranger = Browser(browser.service).sign_in("bob")
        assert stranger("GET", "/jobs", params={"job_id": job_id}).status_code == 403
    assert (second.status_code, second.json) == (200, first.json)
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["etag"] == first.headers["etag"]
    browser("DELETE", "/jobs", params={"job_id": job_id})
    changed = browser("GET", "/jobs", params={"job_id": job_id})
    assert changed.json["job_state"] == "CANCELED"


def test_shown_jobs_keep_one_version_each_and_no_more_than_fits() -> None:
    shown = ShownJobs(most_bytes=10)
    shown.keep("a", 1, b"1111")
    shown.keep("a", 2, b"2222")
    assert (shown.at("a", 1), shown.at("a", 2)) == (None, b"2222")
    shown.keep("b", 1, b"bbbb")
    assert shown.at("a", 2) == b"2222"
    shown.keep("c", 1, b"cccc")
    assert (shown.at("a", 2), shown.at("b", 1), shown.at("c", 1)) == (b"2222", None, b"cccc")


@pytest.mark.parametrize("path", ["/inputs", "/estimators", "/user/simulations", "/logfiles"])
def test_what_is_known_is_not_sent_again(browser: Browser, path: str) -> None:
    job_id = browser.submit()
    key = finish(browser.service, job_id)
    send_results(browser.service, key, page(0))
    logs = {"simulation_id": key, "update_key": browser.service.key(key), "logfiles": {"a": "b"}}
    Browser(browser.service)("POST", "/logfiles", logs)
    tag = browser("GET", path, params={"job_id": job_id}).headers["etag"]
    assert again(browser, path, tag, job_id=job_id).status_code == 304
    for header in (f'"x", {tag}', tag.removeprefix("W/"), "*"):
        assert again(browser, path, header, job_id=job_id).status_code == 304
    for header in ('"other"', "", "nonsense,,", '"', "W/"):
        assert again(browser, path, header, job_id=job_id).status_code == 200
    stranger = Browser(browser.service).sign_in("bob")
    if path != "/user/simulations":
        assert again(stranger, path, tag, job_id=job_id).status_code == 403
    assert again(Browser(browser.service), path, tag, job_id=job_id).status_code == 401


def test_a_list_changes_with_its_jobs(browser: Browser) -> None:
    browser.submit()
    tag = browser("GET", "/user/simulations").headers["etag"]
    assert again(browser, "/user/simulations", tag).status_code == 304
    browser.submit()
    assert again(browser, "/user/simulations", tag).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "zstd"), ("GZIP;q=0.5", "gzip"),
        ("zstd;q=0.1, gzip;q=0.9", "gzip"), ("gzip;q=0", None), ("*", "zstd"), ("br", None),
        ("gzip;q=x", None), ("*;q=0", None), ("identity", None), (",;,=", None),
    ],
)  # fmt: skip
def test_the_client_chooses_the_encoding(accepted: str, encoding: str | None) -> None:
    assert best_encoding(accepted) == encoding


def test_streams_are_compressed_piece_by_piece() -> None:
    pieces = [b"a" * 1000, b"", b"b" * 1000]
    assert gzip.decompress(b"".join(compressed(pieces, "gzip"))) == b"".join(pieces)
    data = b"".join(compressed(pieces, "zstd"))
    assert zstandard.ZstdDecompressor().decompressobj().decompress(data) == b"".join(pieces)


def test_large_answers_are_compressed_and_small_ones_are_not(browser: Browser) -> None:
    job_id = browser("POST", "/jobs/direct", submission(1000, 100)).json["job_id"]

    def get(path: str, accepted: str) -> Any:
        query = {"job_id": job_id}
        return browser("GET", path, params=query, headers={"Accept-Encoding": accepted})

    plain = get("/jobs", "identity")
    small = get("/", "gzip")
    packed = get("/jobs", "gzip")
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in small.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == plain.headers["etag"]
    assert int(packed.headers["content-length"]) == len(packed.content) < len(plain.content) / 4
    assert zlib.decompress(packed.content, zlib.MAX_WBITS | 16) == plain.content
    for result in (plain, small, packed):
        assert "Accept-Encoding" in result.headers["vary"]


def test_results_are_compressed_as_they_are_streamed(browser: Browser) -> None:
    job_id = browser.submit()
    send_results(browser.service, finish(browser.service, job_id), page(0), page(1))
    query = {"job_id": job_id}
    plain = browser("GET", "/results", params=query)
    packed = browser("GET", "/results", params=query, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
