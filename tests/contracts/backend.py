"""What a worker may rely on, whichever way its reports take. Subclasses give `backend`."""

import pytest

from adapters.callbacks.result_json import stored_estimators
from application.ports.backend import Backend, Lacking
from application.ports.task_queue import MergeMessage, TaskMessage
from application.ports.worker_registry import WorkerNote
from application.simulators.worker_notes import LATELY
from application.submission.submit_job import Submission
from domain.errors import BackendRefused, RunsElsewhere
from domain.estimator import Axis, Estimator, Page
from domain.job import Job, TaskReport
from domain.states import EntityState
from tests.job_refs import job_ref
from tests.unit.adapters.http.conftest import Service

S = EntityState
FILES = {"in.txt": b"11", "image.raw": bytes(range(256))}
PAGE = Page(0, "Dose", "DOSE", "Gy", [1.0, 2.0], [Axis("Z", "cm", [0.0, 1.0])], [0.1, 0.2])


class BackendContract:
    @pytest.fixture
    def job(self, service: Service) -> Job:
        user = service.use_cases.register_user("ann", "a good password")
        submission = Submission("mcsquare", 2, "A job", files=FILES)
        return service.use_cases.submit_job(user.id, submission).job

    def state(self, service: Service, job: Job) -> EntityState:
        with service.store() as work:
            return work.jobs.by_job_id(job.job_id).state

    def finish(self, backend: Backend, job: Job) -> None:
        for index in (1, 2):
            backend.report_task(job.ref, TaskReport(index, 1, S.COMPLETED))

    def test_a_claim_brings_the_input(self, service: Service, backend: Backend, job: Job) -> None:
        order = backend.claim_task(TaskMessage(job.ref, 2, 1), "c")
        assert order is not None
        assert (order.sim_type, order.primaries, order.seed) == ("mcsquare", 5, 2)
        assert order.files == FILES
        assert backend.claim_task(TaskMessage(job.ref, 2, 1), "c") == order
        assert backend.claim_task(TaskMessage(job.ref, 2, 1), "d") is None
        assert backend.claim_task(TaskMessage(job.ref, 1, 2), "c") is None
        assert self.state(service, job) is S.RUNNING

    def test_a_task_is_left_to_a_worker_that_has_its_simulator(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        message, lacking = TaskMessage(job.ref, 1, 1), Lacking(["fluka", "mcsquare"])
        backend.announce(WorkerNote("host:1", 8, {"mcsquare": "1", "topas": "2"}))
        with pytest.raises(RunsElsewhere, match="mcsquare"):
            backend.claim_task(message, "c", lacking)
        assert self.state(service, job) is S.PENDING
        assert backend.claim_task(message, "d", Lacking(["fluka"])) is not None
        assert backend.claim_task(message, "c", lacking) is None

    def test_a_task_whose_simulator_nobody_has_is_granted_so_that_it_fails(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        backend.announce(WorkerNote("host:1", 8, {"topas": "2"}))
        backend.announce(WorkerNote("host:2", 8, {"mcsquare": "1"}))
        message = TaskMessage(job.ref, 1, 1)
        service.clock.advance(LATELY.total_seconds() + 1)
        with pytest.raises(RunsElsewhere):
            backend.claim_task(message, "c", Lacking(["mcsquare"], others_expected=True))
        assert backend.claim_task(message, "c", Lacking(["mcsquare"])) is not None

    def test_what_is_handed_back_waits_as_the_next_attempt(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        key = job.ref
        service.queue.tasks.clear()
        backend.claim_task(TaskMessage(key, 1, 1), "c")
        backend.release_task(TaskMessage(key, 1, 1), "another's")
        assert not service.queue.tasks
        backend.release_task(TaskMessage(key, 1, 1), "c")
        backend.release_task(TaskMessage(key, 1, 1), "c")
        assert service.queue.tasks == [TaskMessage(key, 1, 2)]
        assert backend.claim_task(TaskMessage(key, 1, 2), "d") is not None

    def test_what_was_killed_is_tried_once_more(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        key = job.ref
        service.queue.tasks.clear()
        backend.claim_task(TaskMessage(key, 1, 1), "c")
        assert not backend.lose_task(TaskMessage(key, 1, 1), "another's")
        assert backend.lose_task(TaskMessage(key, 1, 1), "c")
        assert not backend.lose_task(TaskMessage(key, 1, 1), "c")
        assert service.queue.tasks == [TaskMessage(key, 1, 2)]
        assert backend.claim_task(TaskMessage(key, 1, 2), "d") is not None
        assert not backend.lose_task(TaskMessage(key, 1, 2), "d")
        assert service.queue.tasks == [TaskMessage(key, 1, 2)]
        # It still holds its claim, and says itself what became of it.
        assert backend.report_task(key, TaskReport(1, 2, S.RUNNING, 3))

    def test_a_merge_that_is_handed_back_is_claimed_by_another(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        key = job.ref
        self.finish(backend, job)
        backend.claim_merge(key, "m")
        service.queue.merges.clear()
        backend.release_merge(key, "other")
        assert not service.queue.merges
        backend.release_merge(key, "m")
        assert service.queue.merges == [MergeMessage(key)]
        assert backend.claim_merge(key, "other") is not None

    def test_reports_tell_whether_the_task_is_wanted(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        key = job.ref
        backend.claim_task(TaskMessage(key, 1, 1), "c")
        assert backend.report_task(key, TaskReport(1, 1, S.RUNNING, 3, 60))
        assert not backend.report_task(key, TaskReport(1, 7, S.RUNNING, 4))
        service.use_cases.cancel_job(job.user_id, job.job_id)
        assert not backend.report_task(key, TaskReport(1, 1, S.COMPLETED))
        assert self.state(service, job) is S.CANCELED

    def test_results_end_the_job(self, service: Service, backend: Backend, job: Job) -> None:
        key = job.ref
        assert backend.claim_merge(key, "m") is None
        self.finish(backend, job)
        order = backend.claim_merge(key, "m")
        assert order is not None
        assert [(task.index, task.primaries) for task in order.tasks] == [(1, 6), (2, 5)]
        assert order.files == FILES
        assert backend.claim_merge(key, "other") is None
        assert backend.renew_merge(key, "m")
        assert not backend.renew_merge(key, "other")
        backend.send_results(key, stored_estimators([Estimator("e", [PAGE], {"a": "b"})]))
        backend.send_results(key, stored_estimators([Estimator("e", [PAGE], {"a": "b"})]))
        assert self.state(service, job) is S.COMPLETED
        reads = service.use_cases.read_results
        (title,) = reads.titles(job.user_id, job.job_id).titles
        assert (title.name, title.pages[0].name, title.pages[0].dimensions) == ("e", "Dose", 1)
        (body,) = reads.texts(reads.blobs(key.simulation_id, title, [0]))
        assert b'"errors":[0.1,0.2]' in body

    def test_what_has_completed_is_merged_before_the_job_is_over(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        key = job.ref
        assert backend.partial_order(key) is None
        backend.report_task(key, TaskReport(1, 1, S.COMPLETED))
        order = backend.partial_order(key)
        assert order is not None
        assert [(task.index, task.primaries) for task in order.tasks] == [(1, 6)]
        backend.send_partial(
            key, 1, stored_estimators([Estimator("e", [PAGE], {"partial": "true"})])
        )
        assert backend.partial_order(key) is None
        reads = service.use_cases.read_results
        (title,) = reads.titles(job.user_id, job.job_id, partial=True).titles
        assert title.metadata == b'{"partial":"true"}'

    def test_a_merge_that_can_not_be_done_fails_the_job(
        self, service: Service, backend: Backend, job: Job
    ) -> None:
        self.finish(backend, job)
        backend.claim_merge(job.ref, "m")
        backend.fail_job(job.ref, "why")
        assert self.state(service, job) is S.FAILED
        assert service.use_cases.read_jobs.logs(job.user_id, job.job_id) == {"merge.log": "why"}

    def test_logs_add_up(self, service: Service, backend: Backend, job: Job) -> None:
        backend.send_logs(job.ref, {"a": "1"})
        backend.send_logs(job.ref, {"b": "2"})
        logs = service.use_cases.read_jobs.logs(job.user_id, job.job_id)
        assert logs == {"a": "1", "b": "2"}

    def test_a_note_makes_a_worker_seen(self, service: Service, backend: Backend) -> None:
        backend.announce(WorkerNote("host:1", 8, {"shieldhit": "v1.0"}))
        backend.announce(WorkerNote("host:1", 4, {"shieldhit": "v1.1"}))
        (seen,) = service.use_cases.worker_notes.lately()
        assert seen.note == WorkerNote("host:1", 4, {"shieldhit": "v1.1"})

    def test_what_is_gone_is_refused_for_good(self, backend: Backend) -> None:
        assert backend.claim_task(TaskMessage(job_ref(99), 1, 1), "c") is None
        assert backend.claim_merge(job_ref(99), "m") is None
        assert not backend.renew_merge(job_ref(99), "m")
        with pytest.raises(BackendRefused):
            backend.report_task(job_ref(99), TaskReport(1, 1, S.COMPLETED))
        with pytest.raises(BackendRefused):
            backend.send_results(job_ref(99), [])
        with pytest.raises(BackendRefused):
            backend.send_logs(job_ref(99), {"a": "1"})
