"""One job in this process: the same use cases, threads for a queue, and nothing left over."""

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from dependency_injector import providers

from adapters.callbacks.direct import DirectBackend
from adapters.callbacks.result_json import stored_estimators
from application.merging.merge_job import lent_outputs, merged
from application.ports.backend import CompletedTask
from application.ports.result_repository import (
    EstimatorTitle,
    MergedEstimator,
    StoredEstimator,
    StoredPage,
)
from application.submission.submit_job import Submission, SubmittedJob
from domain.errors import NotFound
from domain.job import Job
from domain.states import EntityState
from entrypoints.composition.container import make_container
from entrypoints.processes.database_ready import ready_database
from entrypoints.processes.thread_queue import ThreadQueue
from entrypoints.settings import Settings

NO_PASSWORD = "!"  # noqa: S105 - no password has this hash


class ForegroundRun(AbstractContextManager["ForegroundRun"]):
    """Runs one job on the cores of this machine, keeping its files in `folder` meanwhile.

    `confinement` is what keeps its simulators to their own files; ConfinementUnavailable where that
    is required and can't be had.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        own = replace(settings, data_dir=folder, database_url=f"sqlite:///{folder / 'job.sqlite'}")
        self._stopping = threading.Event()
        self._queue = ThreadQueue(settings.max_cores)
        self._container = make_container(own)
        self._container.queue.override(providers.Object(self._queue))
        self._container.stopping.override(providers.Object(self._stopping))
        self._container.backend.override(
            providers.Singleton(
                DirectBackend,
                claim_task=self._container.claim_task,
                report_task=self._container.report_progress,
                claim_merge=self._container.claim_merge,
                renew_merge=self._container.claim_merge.provided.renew,
                release_task=self._container.release_work.provided.task,
                lose_task=self._container.release_work.provided.lost_task,
                release_merge=self._container.release_work.provided.merge,
                partial_order=self._container.partial_merges.provided.order,
                keep_partial=self._container.partial_merges.provided.keep,
                store_results=self._container.store_results,
                fail_job=self._container.fail_job,
                add_logs=self._container.add_logs,
                take_note=self._container.worker_notes.provided.take,
            )
        )
        self.confinement = self._container.runner().coverage()
        self._queue.connect(self._container.run_task(), self._container.merge_job())
        # Ready when the first engine ends.
        self._container.computation().start(1)
        ready_database(self._container)
        self._user_id = self._add_user()

    def submit(self, submission: Submission) -> SubmittedJob:
        """Check, store and start a job."""
        return self._container.submit_job()(self._user_id, submission)

    def status(self, job_id: str) -> Job:
        """Return the job as it is now; raises what a thread failed with."""
        self._queue.raise_failures()
        return self._container.read_jobs().status(self._user_id, job_id)

    def stop(self, job_id: str) -> Job:
        """Cancel the job, end the simulators, and return what it came to."""
        self._stopping.set()
        self._queue.close()
        return self._container.cancel_job()(self._user_id, job_id)

    def results(self, job: Job) -> Sequence[StoredEstimator]:
        """Return what was stored, for a job that was stopped what its completed tasks scored."""
        if job.state is EntityState.CANCELED:
            return self._results_of_completed(job)
        reads = self._container.read_results()
        try:
            found = reads.titles(self._user_id, job.job_id)
        except NotFound:
            return []
        return [
            StoredEstimator(title.name, title.metadata, self._pages(found.simulation_id, title))
            for title in found.titles
        ]

    def _pages(self, simulation_id: int, title: EstimatorTitle) -> list[StoredPage]:
        numbers = [page.number for page in title.pages]
        reads = self._container.read_results()
        bodies = reads.texts(reads.blobs(simulation_id, title, numbers))
        return [
            StoredPage(page.number, page.name, page.dimensions, body)
            for page, body in zip(title.pages, bodies, strict=True)
        ]

    def _results_of_completed(self, job: Job) -> list[MergedEstimator]:
        _, job_input = self._container.read_jobs().input(self._user_id, job.job_id)
        completed = [
            CompletedTask(task.index, task.attempt, task.simulated_primaries)
            for task in job.tasks
            if task.state is EntityState.COMPLETED
        ]
        if not completed:
            return []
        simulator = self._container.simulators().named(job.sim_type)
        files = self._container.task_files()
        with lent_outputs(files, job.ref, completed) as outputs:
            merge = partial(merged, stored_estimators, simulator, outputs, job_input.files, {})
            computation = self._container.computation()
            return computation.run(merge, list[MergedEstimator], lambda: True)

    def logs(self, job_id: str) -> dict[str, str]:
        """Return the logs of the job by name."""
        with self._container.unit_of_work() as work:
            return dict(work.results.logs(work.jobs.by_job_id(job_id).simulation_id))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End whatever still runs and let go of the database."""
        self._stopping.set()
        self._queue.close()
        self._container.computation().close()
        self._container.runner().close()
        self._container.engine().dispose()

    def _add_user(self) -> int:
        with self._container.unit_of_work() as work:
            user = work.users.add_local("terminal", NO_PASSWORD)
            work.commit()
        return user.id
