"""health and metrics: for those who keep the service running."""

from typing import Literal

import falcon
import structlog

from adapters.http.middleware.metrics import CONTENT_TYPE, render_metrics
from adapters.http.wire.endpoint import Access, Call, Operation, described, endpoint
from adapters.http.wire.json_media import answer
from adapters.http.wire.resource import Resource
from adapters.http.wire.response_bodies import Answer
from domain.errors import YaptideError

log = structlog.get_logger(__name__)


PASSED_ON = ("X-Forwarded-For", "Forwarded", "Via")
"""Headers that proxies add."""


class ReadyAnswer(Answer):
    """What the service needs, and whether it is there."""

    checks: dict[str, Literal["ok", "failed"]]


class Live(Resource):
    """GET health/live."""

    @endpoint(access=Access.OPEN)
    def on_get(self, call: Call) -> Answer:
        """Say that this process answers."""
        del call
        return Answer("Alive")


class Ready(Resource):
    """GET health/ready."""

    @endpoint(access=Access.OPEN, errors=(503,))
    def on_get(self, call: Call) -> ReadyAnswer | None:
        """Say whether database, queue and schema are there; 503 names what is not."""
        found = self.use_cases.check_readiness()
        errors = {name: error for name, error in found.items() if error is not None}
        shown = ReadyAnswer("Ready", {name: "failed" if name in errors else "ok" for name in found})
        if not errors:
            return shown
        shown.message = "Not ready: " + "; ".join(
            _said(name, error) for name, error in errors.items()
        )
        answer(call.resp, falcon.HTTP_503, shown)
        return None


class Metrics(Resource):
    """GET metrics."""

    @described(
        Operation(
            "Show metrics in the format of Prometheus.",
            Access.OPEN,
            200,
            str,
            media="text/plain",
        )
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show metrics in the format of Prometheus, to whoever watches the processes from inside.

        However its address is spelled, what came through a proxy came from outside.
        """
        if any(req.get_header(name) for name in PASSED_ON):
            raise falcon.HTTPNotFound
        resp.content_type = CONTENT_TYPE
        resp.data = render_metrics(self.use_cases.count_work)


def _said(name: str, error: Exception) -> str:
    """Return what may be shown of an error; the log has all of it."""
    log.warning("not ready", check=name, exc_info=error)
    return f"{name}: {error}" if isinstance(error, YaptideError) else f"{name} can't be reached"
