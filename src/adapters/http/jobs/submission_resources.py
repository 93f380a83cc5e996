"""POST jobs/direct and jobs/batch."""

import hashlib
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.wire.endpoint import Call, endpoint
from adapters.http.wire.json_media import MIB, decode, encode
from adapters.http.wire.resource import Resource
from adapters.http.wire.response_bodies import SubmittedAnswer
from application.ports.job_repository import SubmissionKey
from application.submission.announce_adaptation import in_one_line
from application.submission.input_files import file_bytes
from application.submission.submit_batch_job import BatchWish, only_keycloak
from application.submission.submit_job import Submission, SubmittedJob
from domain.cluster import DEFAULT_CLUSTER
from domain.errors import InvalidInput
from domain.job import InputType, Platform
from domain.users import User

LIMIT = 64 * MIB
KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255
ERRORS = (400, 401, 403, 409, 413, 422)
"""How a submission may be refused."""
STARTED = "Task started"
BATCH = "Job is being submitted to its cluster"
WAITING = "Job stored; its tasks start as soon as the queue can be reached again"


class SubmissionBody(msgspec.Struct):
    """A submission as the frontend sends it; `input_json` stays as it was sent."""

    sim_type: str
    ntasks: int
    input_type: str
    title: str = ""
    input_json: msgspec.Raw | UnsetType = UNSET
    input_files: dict[str, str] | None = None
    skip_unsupported: bool = False


class BatchOptionsBody(msgspec.Struct):
    """What a user asks of a cluster: `#SBATCH` lines as text, and options by name."""

    cluster_name: str = DEFAULT_CLUSTER
    array_header: str = ""
    array_options: dict[str, str | int | bool | None] = {}
    collect_header: str = ""
    collect_options: dict[str, str | int | bool | None] = {}


class BatchSubmissionBody(SubmissionBody):
    """A submission to a cluster."""

    batch_options: BatchOptionsBody | None = None


class DirectJobs(Resource):
    """POST jobs/direct; the other methods are those of JobStatus."""

    @endpoint(status=202, limit=LIMIT, errors=ERRORS)
    def on_post(self, call: Call, user: User, body: SubmissionBody) -> SubmittedAnswer:
        """Submit a job to our own workers."""
        key = submission_key(call, Platform.DIRECT, body)
        submitted = self.use_cases.submit_job(user.id, submission_of(body), key)
        return _answer(STARTED if submitted.started else WAITING, submitted)


class BatchJobs(Resource):
    """POST jobs/batch."""

    @endpoint(status=202, limit=LIMIT, errors=ERRORS)
    def on_post(self, call: Call, user: User, body: BatchSubmissionBody) -> SubmittedAnswer:
        """Submit a job to a cluster; the answer comes before the cluster was asked."""
        only_keycloak(user)
        key = submission_key(call, Platform.BATCH, body)
        submission, wish = submission_of(body), wish_of(body.batch_options)
        return _answer(BATCH, self.use_cases.submit_batch_job(user, submission, wish, key))


def _answer(message: str, submitted: SubmittedJob) -> SubmittedAnswer:
    """Return what is said of a job, and all that was done to its project."""
    told = in_one_line(submitted.adaptation)
    return SubmittedAnswer(
        f"{message}; {told}" if told else message, submitted.job.job_id, list(submitted.left_out)
    )


def wish_of(body: BatchOptionsBody | None) -> BatchWish:
    """Return what a body asks of a cluster."""
    said = body or BatchOptionsBody()
    return BatchWish(
        said.cluster_name or DEFAULT_CLUSTER,
        said.array_header,
        said.array_options,
        said.collect_header,
        said.collect_options,
    )


def submission_key(call: Call, platform: Platform, body: msgspec.Struct) -> SubmissionKey | None:
    """Return what an Idempotency-Key stands for, None without one; InvalidInput for a bad one."""
    text = call.req.get_header(KEY_HEADER)
    if text is None:
        return None
    if not 1 <= len(text) <= LONGEST_KEY or not text.isascii() or not text.isprintable():
        raise InvalidInput(KEY_HEADER, f"must have 1 to {LONGEST_KEY} printable ASCII characters")
    digest = hashlib.sha256(platform.value.encode() + encode(body)).hexdigest()
    return SubmissionKey(text, digest)


def submission_of(body: SubmissionBody) -> Submission:
    """Return the submission that a body asks for; InvalidInput names the field that is wrong."""
    kind = body.input_type.lower()
    if kind == InputType.EDITOR:
        return _editor(body)
    if kind != InputType.FILES:
        raise InvalidInput("input_type", f"must be editor or files, not {body.input_type[:40]!r}")
    if body.input_files is None:
        raise InvalidInput("input_files", "is missing")
    files = {
        name: file_bytes(text, f"input_files[{name[:80]!r}]")
        for name, text in body.input_files.items()
    }
    return Submission(body.sim_type, body.ntasks, body.title, files=files)


def _editor(body: SubmissionBody) -> Submission:
    if isinstance(body.input_json, UnsetType):
        raise InvalidInput("input_json", "is missing")
    text = bytes(body.input_json)
    project = decode(text, object)
    if not isinstance(project, dict):
        raise InvalidInput("input_json", "must be a project of the editor, a JSON object")
    known: dict[str, Any] = project
    return Submission(
        body.sim_type,
        body.ntasks,
        body.title,
        project=known,
        project_text=text,
        skip_unsupported=body.skip_unsupported,
    )
