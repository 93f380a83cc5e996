"""Files fetched from a web site."""

from collections.abc import Iterator
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError

from adapters.binary_store.resuming import Partial
from application.ports.binary_store import Report
from domain.errors import InstallationFailed, StoreUnreachable

PIECE = 1 << 20
# Some makers' servers turn away programs that don't call themselves a browser.
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; yaptide)", "Accept-Encoding": "identity"}


def download_page(url: str, target: Path, report: Report, timeout: float = 30.0) -> None:
    """Fetch a file, from where an earlier attempt ended if the server says it is the same file.

    StoreUnreachable when nobody answers, InstallationFailed for any other trouble.
    """
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10.0, read=timeout), retries=2)
    try:
        _download(pool, url, target, report)
    except HTTPError as error:
        raise StoreUnreachable(url, str(error)) from error
    finally:
        pool.clear()


def _download(pool: urllib3.PoolManager, url: str, target: Path, report: Report) -> None:
    head = pool.request("HEAD", url, headers=HEADERS)
    if head.status != 200:
        raise InstallationFailed(f"{url} answers with {head.status}")
    size = int(head.headers.get("Content-Length", "0"))
    tag = head.headers.get("ETag") or head.headers.get("Last-Modified") or ""
    partial = Partial(target, f"{url} {tag} {size}")
    if not tag or partial.size > size > 0:
        # Nothing tells whether a part belongs to this file.
        partial.discard()
        partial = Partial(target, f"{url} {tag} {size}")
    if not size or partial.size < size:
        _fetch_rest(pool, url, partial, size, report)
    if size and partial.size != size:
        raise InstallationFailed(
            f"{url}: {partial.size} of {size} bytes came; run it again to go on from there"
        )
    partial.complete()


def _fetch_rest(
    pool: urllib3.PoolManager, url: str, partial: Partial, size: int, report: Report
) -> None:
    start = partial.size
    headers = {**HEADERS, **({"Range": f"bytes={start}-"} if start else {})}
    answer = pool.request("GET", url, headers=headers, preload_content=False)
    try:
        if answer.status not in (200, 206):
            raise InstallationFailed(f"{url} answers with {answer.status}")
        if start and answer.status == 200:
            # The server sends everything again.
            partial.restart()
        partial.append(_pieces(answer), lambda done: report(done, size))
    finally:
        answer.release_conn()
        answer.close()


def _pieces(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    # What came before the line broke is worth keeping: whole pieces only would lose it.
    while piece := answer.read1(PIECE):
        yield piece
