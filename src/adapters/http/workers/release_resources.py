"""tasks/release, tasks/lose and merges/release: what workers could not finish."""

from adapters.http.wire.endpoint import Access, Call, endpoint
from adapters.http.wire.resource import Resource
from adapters.http.wire.response_bodies import Answer
from adapters.http.workers.worker_resources import ERRORS, SMALL, ClaimBody, TaskReleaseBody
from application.ports.task_queue import TaskMessage
from domain.job import JobRef


class AgainAnswer(Answer):
    """Whether a task is run again; if not, the worker reports how it ended."""

    again: bool


class TaskReleases(Resource):
    """POST tasks/release."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS)
    def on_post(self, call: Call, job: JobRef, body: TaskReleaseBody) -> Answer:
        """Take back a task from a worker that stops."""
        del call
        message = TaskMessage(job, body.task_id, body.attempt)
        self.use_cases.release_work.task(message, body.claim_id)
        return Answer("Task released")


class TaskLosses(Resource):
    """POST tasks/lose."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS)
    def on_post(self, call: Call, job: JobRef, body: TaskReleaseBody) -> AgainAnswer:
        """Take back a task whose simulator something else has ended, such as lack of memory."""
        del call
        message = TaskMessage(job, body.task_id, body.attempt)
        again = self.use_cases.release_work.lost_task(message, body.claim_id)
        return AgainAnswer("Task lost", again)


class MergeReleases(Resource):
    """POST merges/release."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS)
    def on_post(self, call: Call, job: JobRef, body: ClaimBody) -> Answer:
        """Take back a merge from a worker that stops."""
        del call
        self.use_cases.release_work.merge(job, body.claim_id)
        return Answer("Merge released")
