"""Headers that keep browsers from doing more with an answer than it is meant for."""

import falcon

API_POLICY = "default-src 'none'; frame-ancestors 'none'"


class SecurityHeaders:
    """Middleware: no guessing of types, no framing, and no answer kept unless it says so."""

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        """Add what is not said yet."""
        del req, resource, succeeded
        resp.set_header("X-Content-Type-Options", "nosniff")
        if not resp.get_header("Cache-Control"):
            resp.set_header("Cache-Control", "no-store")
        if not resp.get_header("Content-Security-Policy"):
            resp.set_header("Content-Security-Policy", API_POLICY)
