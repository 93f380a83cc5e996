"""What a proxy in front tells about the client; believed only where the settings say so."""

import falcon

PREFIX_HEADER = "X-Forwarded-Prefix"


def client_address(req: falcon.Request, trust_proxy: bool) -> str:
    """Return the address of the client: what the nearest proxy saw, not what came with it."""
    if trust_proxy:
        route = (req.get_header("X-Forwarded-For") or "").split(",")
        if route[-1].strip():
            return route[-1].strip()
    return req.remote_addr or ""


class PathPrefix:
    """Middleware that takes a path prefix off, so that the API may live below any path.

    The prefix is `prefix`, or what a trusted proxy names. One that a proxy took off already, or
    that a WSGI server keeps in SCRIPT_NAME, is noted and nothing is taken off.
    """

    def __init__(self, prefix: str, trust_proxy: bool) -> None:
        self._prefix = prefix.rstrip("/")
        self._trust_proxy = trust_proxy

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take the prefix off the path."""
        del resp
        prefix = self._prefix
        if self._trust_proxy:
            named = (req.get_header(PREFIX_HEADER) or "").strip().rstrip("/")
            prefix = named if named.startswith("/") and "//" not in named else prefix
        req.context.prefix = prefix or req.root_path
        if prefix and (req.path == prefix or req.path.startswith(f"{prefix}/")):
            req.path = req.path[len(prefix) :] or "/"
