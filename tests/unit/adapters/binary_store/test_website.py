"""Downloads from a web server that breaks off, changes its mind, or isn't there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adapters.binary_store.website import download_page
from domain.errors import InstallationFailed, StoreUnreachable

CONTENT = bytes(range(256)) * 1000


class Site(ThreadingHTTPServer):
    """Serves CONTENT; `break_after` bytes of an answer the connection ends."""

    content = CONTENT
    tag = '"one"'
    break_after: int | None = None
    understands_ranges = True
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/demo.tar.gz"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_HEAD(self) -> None:
        self._begin(self.server.status, len(self.server.content))

    def do_GET(self) -> None:
        said = self.headers.get("Range")
        self.server.ranges.append(said)
        start = int(said.removeprefix("bytes=").rstrip("-")) if said else 0
        if not self.server.understands_ranges:
            start = 0
        body = self.server.content[start:]
        self._begin(206 if start else self.server.status, len(body))
        self.wfile.write(body[: self.server.break_after])
        self.close_connection = True

    def _begin(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if self.server.tag:
            self.send_header("ETag", self.server.tag)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(site: Site, target: Path) -> None:
    download_page(site.url, target, lambda done, total: None, timeout=5)


def test_a_file_comes_with_reports(site: Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    download_page(site.url, tmp_path / "file", lambda done, total: seen.append((done, total)))
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_is_continued(site: Site, tmp_path: Path, ranges: bool) -> None:
    site.break_after, site.understands_ranges = 100_000, ranges
    with pytest.raises((StoreUnreachable, InstallationFailed)):
        fetch(site, tmp_path / "file")
    assert not (tmp_path / "file").exists()
    site.break_after = None
    fetch(site, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert site.ranges[-1] == "bytes=100000-"


def test_a_part_of_an_older_file_is_not_continued(site: Site, tmp_path: Path) -> None:
    site.break_after = 100_000
    with pytest.raises((StoreUnreachable, InstallationFailed)):
        fetch(site, tmp_path / "file")
    site.break_after, site.content, site.tag = None, CONTENT[::-1], '"two"'
    fetch(site, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT[::-1]


def test_an_error_of_the_server_is_told(site: Site, tmp_path: Path) -> None:
    site.status = 403
    with pytest.raises(InstallationFailed, match="answers with 403"):
        fetch(site, tmp_path / "file")


def test_nobody_there_is_told_with_the_address(site: Site, tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match=r"http://127\.0\.0\.1:1/x"):
        download_page("http://127.0.0.1:1/x", tmp_path / "file", lambda done, total: None)
