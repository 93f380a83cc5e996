"""Writes that a page of another site had a browser send: refused, cookies or not."""

from urllib.parse import urlsplit

import falcon

from domain.errors import NotAllowed

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OWN = frozenset({"same-origin", "none"})


class CrossSiteWrites:
    """Middleware that lets browsers write only from pages of ours or of configured origins.

    Browsers say where a write comes from, and pages can't make them lie; workers and scripts send
    neither header and have no cookies of somebody else.
    """

    def __init__(self, origins: tuple[str, ...], trust_proxy: bool) -> None:
        self._origins = frozenset(origins)
        self._trust_proxy = trust_proxy

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Raise NotAllowed for a write from elsewhere."""
        del resp
        if req.method not in WRITES or req.get_header("Sec-Fetch-Site") in OWN:
            return
        origin = req.get_header("Origin")
        if origin is None and req.get_header("Sec-Fetch-Site") is None:
            return
        if origin in self._origins or (origin and urlsplit(origin).netloc in self._hosts(req)):
            return
        raise NotAllowed("This was sent by a page of another site, which may not do that")

    def _hosts(self, req: falcon.Request) -> set[str]:
        hosts = {req.get_header("Host") or ""}
        if self._trust_proxy:
            hosts.add(req.forwarded_host)
        return hosts - {""}
