"""jobs, user/simulations, inputs and logfiles: what users see of their jobs."""

import html
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import falcon
import msgspec
from msgspec import Meta

from adapters.http.jobs.job_status import status_answer
from adapters.http.jobs.shown_jobs import ShownJobs
from adapters.http.jobs.submission_resources import BatchJobs, DirectJobs
from adapters.http.wire import response_bodies
from adapters.http.wire.body_room import BodyRooms
from adapters.http.wire.endpoint import Call, endpoint
from adapters.http.wire.json_media import decode, encode
from adapters.http.wire.resource import Resource
from adapters.http.wire.settings import HttpSettings
from adapters.http.wire.use_cases import UseCases
from application.ports.adaptation import ScoringPlace
from application.ports.job_repository import JobOutline, JobQuery
from application.submission.input_files import file_text
from application.submission.project_scoring import without
from domain.errors import InvalidInput
from domain.states import EntityState
from domain.users import User

SERVER = "Yaptide"
OF_A_JOB = (400, 401, 403, 404)
"""How a request about one job may be refused."""


class OneJob(msgspec.Struct):
    """Which job is meant."""

    job_id: str


class JobList(msgspec.Struct):
    """Which jobs to list: `job_state` names states, separated by commas."""

    page_idx: Annotated[int, Meta(ge=1, le=10**9)] = 1
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 6
    order_by: Literal["start_time", "end_time"] = "start_time"
    order_type: Literal["ascend", "descend"] = "descend"
    job_state: str = ""


class JobStatus(Resource):
    """GET and DELETE jobs, jobs/direct, jobs/batch."""

    def __init__(
        self, use_cases: UseCases, settings: HttpSettings, bodies: BodyRooms | None = None
    ) -> None:
        super().__init__(use_cases, settings, bodies)
        self.shown_jobs = ShownJobs()

    @endpoint(errors=OF_A_JOB, polled=True)
    def on_get(self, call: Call, user: User, query: OneJob) -> response_bodies.StatusAnswer | None:
        """Show a job and its tasks."""
        shown: bytes | None = None

        def is_known(version: int) -> bool:
            nonlocal shown
            if call.unchanged(version):
                return True
            shown = self.shown_jobs.at(query.job_id, version)
            return shown is not None

        job = self.use_cases.read_jobs.news(user.id, query.job_id, is_known)
        if job is not None:
            shown = encode(status_answer(job))
            self.shown_jobs.keep(query.job_id, job.version, shown)
        if shown is not None:
            call.resp.content_type = falcon.MEDIA_JSON
            call.resp.data = shown
        return None

    @endpoint(errors=OF_A_JOB)
    def on_delete(self, call: Call, user: User, query: OneJob) -> response_bodies.CanceledAnswer:
        """Cancel a job; one that is over stays as it is."""
        del call
        job = self.use_cases.cancel_job(user.id, query.job_id)
        canceled = job.state is EntityState.CANCELED
        message = "Job canceled" if canceled else f"Job is already over: {job.state}"
        return response_bodies.CanceledAnswer(message, job.state)


class DirectJobStatus(DirectJobs, JobStatus):
    """jobs/direct."""


class BatchJobStatus(BatchJobs, JobStatus):
    """jobs/batch."""


class Simulations(Resource):
    """user/simulations."""

    @endpoint(errors=(400, 401), etag=True)
    def on_get(self, call: Call, user: User, query: JobList) -> response_bodies.SimulationsAnswer:
        """List a user's jobs, a page at a time."""
        del call
        outlines, count = self.use_cases.read_jobs.outlines(user.id, _query(query))
        return response_bodies.SimulationsAnswer(
            "User simulations",
            [_outline(item) for item in outlines],
            -(-count // query.page_size),
            count,
        )

    @endpoint(errors=(*OF_A_JOB, 409))
    def on_delete(self, call: Call, user: User, query: OneJob) -> response_bodies.Answer:
        """Remove a job that is over."""
        del call
        self.use_cases.remove_job(user.id, query.job_id)
        return response_bodies.Answer("Simulation removed")


class Clusters(Resource):
    """GET clusters."""

    @endpoint(errors=(401, 403), etag=True)
    def on_get(self, call: Call, user: User) -> response_bodies.ClustersAnswer:
        """List the clusters a user may compute on."""
        del call
        known = self.use_cases.submit_batch_job.known_clusters(user)
        shown = [response_bodies.ClusterShown(cluster.name) for cluster in known]
        return response_bodies.ClustersAnswer("Clusters", shown)


class Inputs(Resource):
    """GET inputs."""

    @endpoint(errors=OF_A_JOB)
    def on_get(self, call: Call, user: User, query: OneJob) -> response_bodies.InputAnswer | None:
        """Show what a job was submitted with, of the project what is scored."""
        reads = self.use_cases.read_jobs
        # What a job was submitted with never changes.
        job = reads.head(user.id, query.job_id)
        if call.unchanged(f"input-{job.job_id}"):
            return None
        job, kept = reads.input(user.id, query.job_id)
        files = {name: file_text(data) for name, data in kept.files.items()}
        shown = response_bodies.InputShown(job.input_type, files, kept.primaries)
        if kept.project is not None:
            shown.input_json = _scored_part(kept.project, kept.adaptation.unscored)
        return response_bodies.InputAnswer("Input of the job", shown)


class Logfiles(Resource):
    """GET logfiles; the worker's POST is in worker_resources."""

    @endpoint(errors=OF_A_JOB, etag=True)
    def on_get(self, call: Call, user: User, query: OneJob) -> response_bodies.LogfilesAnswer:
        """Show the logs; the frontend writes them into a page, so no markup passes."""
        del call
        logs = self.use_cases.read_jobs.logs(user.id, query.job_id)
        texts = {html.escape(name): html.escape(text) for name, text in logs.items()}
        return response_bodies.LogfilesAnswer("Logs of the job", texts)


def _scored_part(text: bytes, unscored: Sequence[ScoringPlace]) -> msgspec.Raw:
    """Return a project without what is not scored; byte for byte as it was sent if all of it is."""
    if not unscored:
        return msgspec.Raw(text)
    project = decode(text, dict[str, Any])
    return msgspec.Raw(encode(without(project, unscored)))


def _query(asked: JobList) -> JobQuery:
    return JobQuery(
        page=asked.page_idx,
        page_size=asked.page_size,
        order_by=asked.order_by,
        descending=asked.order_type == "descend",
        states=frozenset(_state(name) for name in asked.job_state.split(",") if name),
    )


def _state(name: str) -> EntityState:
    try:
        return EntityState(name.strip())
    except ValueError:
        known = ", ".join(EntityState)
        raise InvalidInput("job_state", f"{name[:40]!r} is not one of {known}") from None


def _outline(item: JobOutline) -> response_bodies.Outline:
    kind = response_bodies.OutlineMetadata(item.platform, SERVER, item.input_type, item.sim_type)
    return response_bodies.Outline(item.job_id, item.title, item.start_time, item.end_time, kind)
