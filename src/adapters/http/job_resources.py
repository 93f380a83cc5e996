"""jobs, user/simulations, inputs and logfiles: what users see of their jobs."""

import html

import falcon
import msgspec

from adapters.http.json_media import KIB, answer, read_body
from adapters.http.resource import Resource, choice, number, required
from adapters.http.submission_resources import BatchJobs, DirectJobs
from application.input_files import file_text
from application.ports.job_repository import JobOutline, JobQuery
from domain.errors import InvalidInput, NotAllowed
from domain.job import Job, Task
from domain.states import EntityState
from domain.users import UserSource

SERVER = "Yaptide"


class JobStatus(Resource):
    """GET and DELETE jobs, jobs/direct, jobs/batch."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show a job and its tasks."""
        user = self.user(req)
        job = self.use_cases.read_jobs.status(user.id, required(req, "job_id"))
        answer(resp, falcon.HTTP_200, {"message": f"Job state: {job.state}", **_status(job)})

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Cancel a job; one that is over stays as it is."""
        user = self.user(req)
        job = self.use_cases.cancel_job(user.id, required(req, "job_id"))
        canceled = job.state is EntityState.CANCELED
        message = "Job canceled" if canceled else f"Job is already over: {job.state}"
        answer(resp, falcon.HTTP_200, {"message": message, "job_state": job.state})


class DirectJobStatus(DirectJobs, JobStatus):
    """jobs/direct."""


class BatchJobStatus(BatchJobs, JobStatus):
    """jobs/batch."""


class Simulations(Resource):
    """user/simulations."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List a user's jobs, a page at a time."""
        user = self.user(req)
        query = _query(req)
        outlines, count = self.use_cases.read_jobs.outlines(user.id, query)
        document = {
            "message": "User simulations",
            "simulations": [_outline(item) for item in outlines],
            "page_count": -(-count // query.page_size),
            "simulations_count": count,
        }
        answer(resp, falcon.HTTP_200, document)

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Remove a job that is over."""
        user = self.user(req)
        self.use_cases.remove_job(user.id, required(req, "job_id"))
        answer(resp, falcon.HTTP_200, {"message": "Simulation removed"})


class UserUpdate(Resource):
    """POST user/update."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take what the frontend sends; there is nothing to change yet."""
        self.user(req)
        read_body(req, dict, 16 * KIB)
        answer(resp, falcon.HTTP_202, {"message": "User updated"})


class Clusters(Resource):
    """GET clusters."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the clusters a user may compute on."""
        if self.user(req).source is UserSource.LOCAL:
            raise NotAllowed("Clusters are for users who sign in with Keycloak")
        answer(resp, falcon.HTTP_200, {"message": "Clusters", "clusters": []})


class Inputs(Resource):
    """GET inputs."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what a job was submitted with, the project exactly as it was sent."""
        user = self.user(req)
        job, job_input = self.use_cases.read_jobs.input(user.id, required(req, "job_id"))
        document: dict[str, object] = {
            "input_type": job.input_type,
            "input_files": {name: file_text(data) for name, data in job_input.files.items()},
            "number_of_all_primaries": job.primaries,
        }
        if job_input.project is not None:
            document["input_json"] = msgspec.Raw(job_input.project)
        answer(resp, falcon.HTTP_200, {"message": "Input of the job", "input": document})


class Logfiles(Resource):
    """GET logfiles; the worker's POST is in worker_resources."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the logs; the frontend writes them into a page, so no markup passes."""
        user = self.user(req)
        logs = self.use_cases.read_jobs.logs(user.id, required(req, "job_id"))
        texts = {html.escape(name): html.escape(text) for name, text in logs.items()}
        answer(resp, falcon.HTTP_200, {"message": "Logs of the job", "logfiles": texts})


def _query(req: falcon.Request) -> JobQuery:
    states = req.get_param("job_state") or ""
    return JobQuery(
        page=number(req, "page_idx", 1, 10**9),
        page_size=number(req, "page_size", 6, 1000),
        order_by=choice(req, "order_by", ("start_time", "end_time")),
        descending=choice(req, "order_type", ("descend", "ascend")) == "descend",
        states=frozenset(_state(name) for name in states.split(",") if name),
    )


def _state(name: str) -> EntityState:
    try:
        return EntityState(name.strip())
    except ValueError:
        known = ", ".join(EntityState)
        raise InvalidInput("job_state", f"{name[:40]!r} is not one of {known}") from None


def _outline(item: JobOutline) -> dict[str, object]:
    return {
        "job_id": item.job_id,
        "title": item.title,
        "start_time": item.start_time,
        "end_time": item.end_time,
        "job_state": item.state,
        "metadata": {
            "platform": item.platform,
            "server": SERVER,
            "input_type": item.input_type,
            "sim_type": item.sim_type,
        },
    }


def _status(job: Job) -> dict[str, object]:
    return {"job_state": job.state, "job_tasks_status": [_task(task) for task in job.tasks]}


def _task(task: Task) -> dict[str, object]:
    shown: dict[str, object | None] = {
        "task_id": task.index,
        "task_state": task.state,
        "requested_primaries": task.requested_primaries,
        "simulated_primaries": task.simulated_primaries,
        "start_time": task.start_time,
        "end_time": task.end_time,
        "last_update_time": task.last_update,
        "estimated_time": _duration(task.estimated_seconds),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _duration(seconds: int | None) -> dict[str, int] | None:
    if seconds is None:
        return None
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return {"hours": hours, "minutes": minutes, "seconds": seconds}
