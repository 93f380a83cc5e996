"""The API over real use cases and kept-in-memory neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from falcon import testing

from adapters.auth.fernet_box import FernetSecretBox
from adapters.auth.ssh_certificates import OpenSshCertificateReader
from adapters.compression.gzip import GzipCompressor
from adapters.executors.local_process.executor import LocalProcessExecutor
from adapters.executors.slurm_ssh.executor import SlurmExecutor
from adapters.http.application import make_application
from adapters.http.wire.settings import HttpSettings
from adapters.http.wire.use_cases import UseCases
from application.accounts.change_password import ChangePassword
from application.accounts.cluster_accounts import ClusterAccounts
from application.accounts.session_terms import SessionTerms
from application.accounts.sign_in import RegisterUser, Sessions
from application.accounts.sign_in_with_keycloak import CertifyUser, SignInWithKeycloak
from application.accounts.ssh_credentials import StoredSshCredentials
from application.administration.check_readiness import CheckReadiness
from application.administration.count_work import CountWork
from application.cancellation.cancel_job import CancelJob
from application.cancellation.remove_job import RemoveJob
from application.merging.claim_merge import ClaimMerge
from application.merging.partial_results import AskForPartialResults, PartialMerges
from application.merging.settle_job import SettleJob
from application.merging.store_results import AddLogs, FailJob, StoreResults
from application.ports.task_queue import QueueName
from application.reading.read_jobs import ReadJobs
from application.reading.read_results import ReadResults
from application.reading.watch_jobs import WatchJobs
from application.running.claim_task import ClaimTask
from application.running.release_work import ReleaseWork
from application.running.report_progress import ReportProgress
from application.running.update_keys import UpdateKeys
from application.simulators.catalog import SimulatorCatalog
from application.simulators.worker_notes import WorkerNotes
from application.submission.platform_executors import PlatformExecutors
from application.submission.submit_batch_job import SubmitBatchJob
from application.submission.submit_job import SubmitJob
from domain.job import Platform
from tests.fakes.clusters import FakeClusters
from tests.fakes.execution import FakeTaskQueue, FixedClock
from tests.fakes.persistence import FakeStore
from tests.fakes.security import (
    FakeCertificateService,
    FakeIdentityProvider,
    PlainPasswordHasher,
    PlainTokenIssuer,
)
from tests.fakes.simulator import ScriptedSimulator
from tests.job_refs import job_ref


@dataclass
class Service:
    """The application and what stands behind it."""

    use_cases: UseCases
    store: FakeStore
    queue: FakeTaskQueue
    clock: FixedClock
    simulator: ScriptedSimulator
    identities: FakeIdentityProvider
    certificates: FakeCertificateService
    credentials: StoredSshCredentials

    def client(self, **settings: Any) -> testing.TestClient:
        return testing.TestClient(make_application(self.use_cases, HttpSettings(**settings)))

    def worker_key(self) -> str:
        return self.use_cases.tokens.issue_worker_key().text

    def key(self, simulation_id: int) -> str:
        """Return the key of a job's workers; for one that is not there it names another."""
        job = self.store.state.jobs.get(simulation_id)
        ref = job.ref if job else job_ref(simulation_id)
        return self.use_cases.tokens.issue_update_key(ref).text


@pytest.fixture
def service() -> Service:
    return make_service()


def make_service() -> Service:
    """Return the application over fakes."""
    store, queue, clock = FakeStore(), FakeTaskQueue(), FixedClock()
    simulator, hasher = ScriptedSimulator(), PlainPasswordHasher()
    tokens = PlainTokenIssuer(clock)
    identities = FakeIdentityProvider()
    sessions = Sessions(store, hasher, tokens, clock, SessionTerms())
    certificates = FakeCertificateService()
    credentials = StoredSshCredentials(
        store, FernetSecretBox("a secret key of a test"), OpenSshCertificateReader(), clock
    )
    notes = WorkerNotes(store, clock)
    executor = PlatformExecutors(
        {Platform.DIRECT: LocalProcessExecutor(queue), Platform.BATCH: SlurmExecutor(queue)}
    )
    submit_job = SubmitJob(
        store, SimulatorCatalog([simulator], "mcsquare", notes.installed), executor, clock
    )
    settle = SettleJob(store, queue, clock)
    use_cases = UseCases(
        register_user=RegisterUser(store, hasher, clock),
        sessions=sessions,
        change_password=ChangePassword(store, hasher, sessions, clock),
        sign_in_with_keycloak=SignInWithKeycloak(
            store, identities, sessions, CertifyUser(certificates, credentials)
        ),
        submit_job=submit_job,
        submit_batch_job=SubmitBatchJob(
            store, submit_job, FakeClusters(), ClusterAccounts(store, credentials), ["mcsquare"]
        ),
        cancel_job=CancelJob(store, executor, clock),
        remove_job=RemoveJob(store, queue),
        read_jobs=ReadJobs(store),
        read_results=ReadResults(store, GzipCompressor()),
        claim_task=ClaimTask(store, clock, 60),
        claim_merge=ClaimMerge(store, clock, 60),
        partial_merges=PartialMerges(store, GzipCompressor(), queue),
        partial_results=AskForPartialResults(store, queue, clock),
        release_work=ReleaseWork(store, queue, clock),
        report_progress=ReportProgress(store, settle, clock, 60),
        store_results=StoreResults(store, GzipCompressor(), queue, clock),
        fail_job=FailJob(store, queue, clock),
        add_logs=AddLogs(store),
        tokens=tokens,
        update_keys=UpdateKeys(store, tokens, clock),
        check_readiness=CheckReadiness({"queue": lambda: queue.length(QueueName.HELPER)}),
        count_work=CountWork(store, queue),
        worker_notes=notes,
        watch_jobs=WatchJobs(store, most_waiting=4, look_seconds=0.01),
    )
    return Service(use_cases, store, queue, clock, simulator, identities, certificates, credentials)


class Browser:
    """A client that keeps its cookies."""

    def __init__(self, service: Service, **settings: Any) -> None:
        self.service = service
        self._client = service.client(**settings)
        self.cookies: dict[str, str] = {}

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> testing.Result:
        if body is not None:
            options["json"] = body
        result = self._client.simulate_request(method, path, cookies=self.cookies, **options)
        for name, cookie in result.cookies.items():
            if cookie.value:
                self.cookies[name] = cookie.value
            else:
                self.cookies.pop(name, None)
        return result

    def sign_in(self, name: str) -> "Browser":
        credentials = {"username": name, "password": "a good password"}
        self("PUT", "/auth/register", credentials)
        assert self("POST", "/auth/login", credentials).status_code == 202
        return self

    def submit(self, primaries: int = 10, ntasks: int = 2) -> str:
        body = submission(primaries, ntasks)
        result = self("POST", "/jobs/direct", body)
        assert result.status_code == 202, result.json
        return str(result.json["job_id"])


def submission(primaries: object = 10, ntasks: object = 2, **changes: object) -> dict[str, Any]:
    body = {
        "sim_type": "mcsquare",
        "ntasks": ntasks,
        "title": "A title",
        "input_type": "editor",
        "input_json": {"primaries": primaries},
    }
    return {**body, **changes}


@pytest.fixture
def browser(service: Service) -> Iterator[Browser]:
    yield Browser(service).sign_in("ann")
