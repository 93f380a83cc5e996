"""The frontend's files, served from the same origin as the API."""

import mimetypes
import re
from email.utils import formatdate
from hashlib import blake2b
from pathlib import Path

import falcon

from adapters.http.wire.etag import unchanged

INDEX = "index.html"

HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.\w+$")
"""Names that bundlers give to files in their asset folders: another content has another name."""

ASSET_FOLDERS = ("static", "assets")
FOR_EVER = "public, max-age=31536000, immutable"
POLICY = "frame-ancestors 'self'; base-uri 'self'; object-src 'none'"


class Frontend:
    """Answers whatever the API does not: files, and the frontend's page for its own addresses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def __call__(self, req: falcon.Request, resp: falcon.Response, **named: str) -> None:
        """Answer GET with a file; for what is no file, with the page if a page is wanted."""
        del named
        if req.method not in ("GET", "HEAD"):
            raise falcon.HTTPNotFound
        path = self._file(req.path)
        if path is None and wants_page(req):
            path = self._file(f"/{INDEX}")
        if path is None:
            raise falcon.HTTPNotFound
        self._send(req, resp, path)

    def show_page(self, req: falcon.Request, resp: falcon.Response) -> bool:
        """Answer with the frontend's page; False if there is none."""
        path = self._file(f"/{INDEX}")
        if path is not None:
            self._send(req, resp, path)
        return path is not None

    def _file(self, address: str) -> Path | None:
        """Return the file at an address; None for all that lies or leads outside the folder."""
        if "\x00" in address or "\\" in address:
            return None
        parts = [part for part in address.split("/") if part]
        if any(part.startswith(".") for part in parts):
            return None
        try:
            path = self._folder.joinpath(*parts).resolve()
            return path if path.is_relative_to(self._folder) and path.is_file() else None
        except (OSError, ValueError):
            return None

    def _send(self, req: falcon.Request, resp: falcon.Response, path: Path) -> None:
        state = path.stat()
        kind, _ = mimetypes.guess_type(path.name)
        resp.content_type = _with_charset(kind or "application/octet-stream")
        resp.set_header("Content-Security-Policy", POLICY)
        mark = blake2b(f"{path}{state.st_mtime_ns}{state.st_size}".encode(), digest_size=12)
        known = unchanged(req, resp, mark.hexdigest())
        inside = path.relative_to(self._folder)
        if inside.parts[0] in ASSET_FOLDERS and HASHED.search(path.name):
            resp.set_header("Cache-Control", FOR_EVER)
        resp.set_header("Last-Modified", formatdate(state.st_mtime, usegmt=True))
        if not known:
            resp.set_stream(path.open("rb"), state.st_size)


def wants_page(req: falcon.Request) -> bool:
    """Say whether a browser goes to an address, rather than a script fetching from it."""
    return "text/html" in (req.get_header("Accept") or "")


def _with_charset(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
