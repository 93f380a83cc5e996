"""Cross-origin requests: exactly the origins that were configured."""

import falcon

METHODS = "GET, POST, PUT, DELETE, OPTIONS"
HEADERS = "Content-Type, Authorization, Idempotency-Key, X-Request-ID"
SHOWN = "ETag, Retry-After, X-Request-ID"
"""What a script of another origin may read besides the body."""


class CrossOrigin:
    """Middleware that also answers preflight requests, before anybody asks who is there."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origins)

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer OPTIONS at once, for any address."""
        if req.method == "OPTIONS":
            resp.status = falcon.HTTP_204
            resp.complete = True

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        """Name the origin on every answer, errors included, if it is one of ours."""
        del resource, succeeded
        if not self._origins:
            return
        resp.append_header("Vary", "Origin")
        origin = req.get_header("Origin")
        if origin not in self._origins:
            return
        resp.set_header("Access-Control-Allow-Origin", origin)
        resp.set_header("Access-Control-Allow-Credentials", "true")
        resp.set_header("Access-Control-Expose-Headers", SHOWN)
        if req.method == "OPTIONS":
            resp.set_header("Access-Control-Allow-Methods", METHODS)
            resp.set_header("Access-Control-Allow-Headers", HEADERS)
