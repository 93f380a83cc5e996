"""openapi.json and docs: the API described, for programs and for people."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

import falcon
import msgspec

from adapters.http.wire.etag import unchanged

PAGES = {
    "docs": ("docs.html", "text/html; charset=utf-8"),
    "docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "docs.css": ("docs.css", "text/css; charset=utf-8"),
}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing of another host, nothing inline: the page needs neither."""


class Description:
    """GET openapi.json."""

    def __init__(self, describe: Callable[[], Mapping[str, object]]) -> None:
        self._describe = cache(describe)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the description, with the prefix below which this API was reached."""
        prefix = req.context.prefix or "/"
        shown = {**self._describe(), "servers": [{"url": prefix}]}
        resp.content_type = falcon.MEDIA_JSON
        data = msgspec.json.encode(shown)
        if not unchanged(req, resp, data):
            resp.data = data


class Page:
    """GET docs, and the script and style that it needs."""

    def __init__(self, name: str) -> None:
        self._name = name
        file, self._content_type = PAGES[name]
        self._content = (resources.files("adapters.http") / "pages" / file).read_bytes()

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the page; `docs/` leads to `docs`, from where its script and style are found."""
        if req.env["PATH_INFO"].endswith("/"):
            # Relative, so that it holds below whatever prefix a proxy puts in front.
            resp.status = falcon.HTTP_308
            resp.set_header("Location", f"../{self._name}")
            return
        resp.content_type = self._content_type
        resp.set_header("Content-Security-Policy", POLICY)
        if not unchanged(req, resp, self._content):
            resp.data = self._content
