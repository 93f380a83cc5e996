"""The use cases that the resources call."""

from dataclasses import dataclass

from application.accounts.change_password import ChangePassword
from application.accounts.sign_in import RegisterUser, Sessions
from application.accounts.sign_in_with_keycloak import SignInWithKeycloak
from application.administration.check_readiness import CheckReadiness
from application.administration.count_work import CountWork
from application.cancellation.cancel_job import CancelJob
from application.cancellation.remove_job import RemoveJob
from application.merging.claim_merge import ClaimMerge
from application.merging.partial_results import AskForPartialResults, PartialMerges
from application.merging.store_results import AddLogs, FailJob, StoreResults
from application.ports.security import TokenIssuer
from application.reading.read_jobs import ReadJobs
from application.reading.read_results import ReadResults
from application.reading.watch_jobs import WatchJobs
from application.running.claim_task import ClaimTask
from application.running.release_work import ReleaseWork
from application.running.report_progress import ReportProgress
from application.running.update_keys import UpdateKeys
from application.simulators.worker_notes import WorkerNotes
from application.submission.submit_batch_job import SubmitBatchJob
from application.submission.submit_job import SubmitJob


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything the API can do, and the issuer whose keys of workers it checks."""

    register_user: RegisterUser
    sessions: Sessions
    change_password: ChangePassword
    sign_in_with_keycloak: SignInWithKeycloak
    submit_job: SubmitJob
    submit_batch_job: SubmitBatchJob
    cancel_job: CancelJob
    remove_job: RemoveJob
    read_jobs: ReadJobs
    read_results: ReadResults
    claim_task: ClaimTask
    claim_merge: ClaimMerge
    partial_merges: PartialMerges
    partial_results: AskForPartialResults
    report_progress: ReportProgress
    release_work: ReleaseWork
    store_results: StoreResults
    fail_job: FailJob
    add_logs: AddLogs
    tokens: TokenIssuer
    update_keys: UpdateKeys
    watch_jobs: WatchJobs
    check_readiness: CheckReadiness
    count_work: CountWork
    worker_notes: WorkerNotes
