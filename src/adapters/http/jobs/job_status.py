"""A job and its tasks as they are shown, and events: the same for those who wait for news."""

from typing import Annotated

import msgspec
from msgspec import Meta

from adapters.http.wire import response_bodies
from adapters.http.wire.endpoint import Call, endpoint
from adapters.http.wire.resource import Resource
from domain.job import Job, Task
from domain.users import User

LONGEST_WAIT = 60


class News(msgspec.Struct):
    """Since which version, and for how many seconds to wait for a newer one."""

    after: Annotated[int, Meta(ge=0, le=2**62)] | None = None
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 25.0


class JobEvents(Resource):
    """GET jobs/{job_id}/events."""

    @endpoint(errors=(400, 401, 403, 404, 503))
    def on_get(
        self, call: Call, user: User, query: News, job_id: str
    ) -> response_bodies.EventsAnswer:
        """Wait until a job is no longer at version `after`, and show it and its tasks."""
        del call
        job = self.use_cases.watch_jobs(user.id, job_id, query.after, query.wait)
        shown = status_answer(job)
        return response_bodies.EventsAnswer(
            shown.message,
            shown.job_state,
            shown.job_tasks_status,
            job.version,
            job.version != query.after,
        )


def status_answer(job: Job) -> response_bodies.StatusAnswer:
    """Return a job and its tasks as they are shown."""
    tasks = [_task(task) for task in job.tasks]
    return response_bodies.StatusAnswer(f"Job state: {job.state}", job.state, tasks)


def _task(task: Task) -> response_bodies.TaskStatus:
    return response_bodies.TaskStatus(
        task.index,
        task.state,
        task.requested_primaries,
        task.simulated_primaries,
        task.last_update,
        task.start_time,
        task.end_time,
        None if task.estimated_seconds is None else _duration(task.estimated_seconds),
    )


def _duration(seconds: int) -> response_bodies.Duration:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return response_bodies.Duration(hours, minutes, seconds)
