"""HEAD: the headers of a GET without its body, as RFC 9110 section 9.1 asks of every server."""

from typing import Any

import falcon


class HeadRequests:
    """Middleware that has a HEAD answered as a GET; Falcon leaves the body of a HEAD out."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask for what a GET would get."""
        del resp
        if req.method == "HEAD":
            req.method = "GET"
            req.context.is_head = True

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        """Let the answer be that of a HEAD again."""
        del resp, resource, req_succeeded
        if req.context.get("is_head"):
            req.method = "HEAD"
