"""The application: which resource answers at which address."""

import falcon

from adapters.http.jobs import job_resources, job_status
from adapters.http.middleware.compression import Compression
from adapters.http.middleware.cross_origin import CrossOrigin
from adapters.http.middleware.cross_site import CrossSiteWrites
from adapters.http.middleware.head_requests import HeadRequests
from adapters.http.middleware.proxy import PathPrefix
from adapters.http.middleware.request_log import RequestLog
from adapters.http.middleware.security_headers import SecurityHeaders
from adapters.http.operation import health_resources
from adapters.http.operation.description_resources import PAGES, Description, Page
from adapters.http.operation.frontend import Frontend, wants_page
from adapters.http.operation.openapi import describe
from adapters.http.results import result_resources
from adapters.http.sessions import session_resources
from adapters.http.wire.endpoint import Access, Call, endpoint
from adapters.http.wire.errors import handle_errors
from adapters.http.wire.resource import Resource, body_rooms
from adapters.http.wire.response_bodies import Answer
from adapters.http.wire.settings import HttpSettings
from adapters.http.wire.use_cases import UseCases
from adapters.http.workers import release_resources, worker_note_resources, worker_resources

App = falcon.App[falcon.Request, falcon.Response]


class Root(Resource):
    """GET /: the frontend asks often whether we are there."""

    frontend: Frontend | None = None

    @endpoint(access=Access.OPEN)
    def on_get(self, call: Call) -> Answer | None:
        """Greet; a browser that goes there gets the frontend, if it is served from here."""
        if self.frontend is not None:
            call.resp.append_header("Vary", "Accept")
            if wants_page(call.req) and self.frontend.show_page(call.req, call.resp):
                return None
        return Answer("Hello World!")


class JobsAddress(worker_resources.JobReports, job_resources.JobStatus):
    """jobs: users ask, workers report."""


class ResultsAddress(worker_resources.ResultReports, result_resources.Results):
    """results: users read, workers write."""


class LogfilesAddress(worker_resources.LogReports, job_resources.Logfiles):
    """logfiles: users read, workers write."""


ADDRESSES: dict[str, type[Resource]] = {
    "/": Root,
    "/auth/register": session_resources.Register,
    "/auth/login": session_resources.Login,
    "/auth/refresh": session_resources.Refresh,
    "/auth/status": session_resources.Status,
    "/auth/logout": session_resources.Logout,
    "/auth/keycloak": session_resources.Keycloak,
    "/user/simulations": job_resources.Simulations,
    "/user/update": session_resources.UserUpdate,
    "/clusters": job_resources.Clusters,
    "/jobs": JobsAddress,
    "/jobs/direct": job_resources.DirectJobStatus,
    "/jobs/batch": job_resources.BatchJobStatus,
    "/jobs/{job_id}/events": job_status.JobEvents,
    "/health/live": health_resources.Live,
    "/health/ready": health_resources.Ready,
    "/metrics": health_resources.Metrics,
    "/inputs": job_resources.Inputs,
    "/estimators": result_resources.Estimators,
    "/results": ResultsAddress,
    "/logfiles": LogfilesAddress,
    "/tasks": worker_resources.TaskReports,
    "/tasks/claim": worker_resources.TaskClaims,
    "/tasks/release": release_resources.TaskReleases,
    "/tasks/lose": release_resources.TaskLosses,
    "/merges/claim": worker_resources.MergeClaims,
    "/merges/partial": worker_resources.PartialMergeOrders,
    "/merges/renew": worker_resources.MergeRenewals,
    "/merges/release": release_resources.MergeReleases,
    "/workers": worker_note_resources.Workers,
}


def make_application(use_cases: UseCases, settings: HttpSettings) -> App:
    """Return the WSGI application."""
    app: App = falcon.App(
        middleware=[
            HeadRequests(),
            RequestLog(),
            PathPrefix(settings.path_prefix, settings.trust_proxy),
            CrossOrigin(settings.cors_origins),
            CrossSiteWrites((*settings.cors_origins, *settings.own_origins), settings.trust_proxy),
            SecurityHeaders(),
            Compression(),
        ]
    )
    app.req_options.strip_url_path_trailing_slash = True
    # Commas separate states and page numbers inside one parameter.
    app.req_options.auto_parse_qs_csv = False
    app.resp_options.secure_cookies_by_default = False
    handle_errors(app)
    rooms = body_rooms(settings)
    resources = {address: made(use_cases, settings, rooms) for address, made in ADDRESSES.items()}
    for address, resource in resources.items():
        app.add_route(address, resource)
    app.add_route("/openapi.json", Description(lambda: describe(ADDRESSES)))
    for name in PAGES:
        app.add_route(f"/{name}", Page(name))
    if settings.frontend_dir is not None:
        frontend = Frontend(settings.frontend_dir)
        resources["/"].frontend = frontend  # type: ignore[attr-defined]
        app.add_sink(frontend, prefix="/")
    return app
