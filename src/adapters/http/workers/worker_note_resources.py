"""workers: what workers say they have installed."""

from adapters.http.wire.endpoint import Access, Call, endpoint
from adapters.http.wire.resource import AnyWorkerBody, Resource
from adapters.http.wire.response_bodies import Answer
from application.ports.worker_registry import WorkerNote
from domain.errors import InvalidInput

LONGEST_NAME = 255
MOST_CORES = 100_000


class WorkerNoteBody(AnyWorkerBody):
    """A worker's name, its cores, and the version of each simulator it has."""

    worker: str
    cores: int
    simulators: dict[str, str]


class Workers(Resource):
    """POST workers."""

    @endpoint(access=Access.ANY_WORKER, status=202, errors=(400, 403, 413))
    def on_post(self, call: Call, body: WorkerNoteBody) -> Answer:
        """Take the note of a worker, which shows the key of workers."""
        del call
        if not 0 < len(body.worker) <= LONGEST_NAME or not body.worker.isprintable():
            raise InvalidInput("worker", f"must be a name of 1 to {LONGEST_NAME} characters")
        if not 1 <= body.cores <= MOST_CORES:
            raise InvalidInput("cores", "must be from 1")
        self.use_cases.worker_notes.take(WorkerNote(body.worker, body.cores, body.simulators))
        return Answer("Worker noted")
