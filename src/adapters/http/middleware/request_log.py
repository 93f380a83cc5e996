"""Request ids, one log line for each request, and the counting of requests."""

import re
import time
from uuid import uuid4

import falcon
import structlog

from adapters.http.middleware.metrics import count_request, note_callback_failures

log = structlog.get_logger(__name__)

ID_HEADER = "X-Request-ID"
SANE_ID = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")
"""Ids of others are taken when they can't be anything but an id."""

FAILURES_HEADER = "X-Callback-Failures"
"""How many deliveries of a worker never came here, since the last that succeeded."""

WORKER_ROUTES = ("/tasks", "/merges", "/workers", "/results", "/logfiles", "/jobs")
"""What workers POST to begins with one of these."""

USER_ROUTES = frozenset({"/jobs/direct", "/jobs/batch"})

QUIET = frozenset({"/", "/health/live", "/health/ready", "/metrics"})
"""Asked for all the time: a line each would hide the others."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class RequestLog:
    """Middleware, the outermost: whatever is logged meanwhile carries the id of the request."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take over the id of the request or give it one."""
        req.context.started = time.perf_counter()
        given = req.get_header(ID_HEADER) or ""
        request_id = given if SANE_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        resp.set_header(ID_HEADER, request_id)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        """Log and count the request."""
        del resource, succeeded
        seconds = time.perf_counter() - req.context.started
        method = req.method if req.method in METHODS else "OTHER"
        route = req.uri_template or "unmatched"
        status = resp.status_code
        count_request(method, route, status, seconds)
        _count_failures(req, route, status)
        write = log.debug if route in QUIET and status < 400 else log.info
        write(
            "request",
            method=method,
            path=req.path,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )
        if resp.stream is None:
            # Nothing of this request is to come; what the server says next is about another one.
            structlog.contextvars.clear_contextvars()


def _count_failures(req: falcon.Request, route: str, status: int) -> None:
    """Count reports that were refused, and those that the worker says never arrived."""
    said = req.get_header(FAILURES_HEADER) or ""
    if said.isdecimal() and len(said) < 6 and status < 400:
        note_callback_failures(route, "undelivered", int(said))
    worker_route = route.startswith(WORKER_ROUTES) and route not in USER_ROUTES
    if req.method == "POST" and worker_route and status >= 400:
        note_callback_failures(route, "refused" if status < 500 else "failed", 1)
