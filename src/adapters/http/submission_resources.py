"""POST jobs/direct and jobs/batch."""

from typing import Any

import falcon
import msgspec

from adapters.http.json_media import MIB, answer, decode, read_body
from adapters.http.resource import Resource
from application.input_files import file_bytes
from application.submit_job import Submission
from domain.errors import InvalidInput, NotAllowed
from domain.job import InputType
from domain.users import UserSource

LIMIT = 64 * MIB


class SubmissionBody(msgspec.Struct):
    """A submission as the frontend sends it; `input_json` stays as it was sent."""

    sim_type: str
    ntasks: int
    input_type: str
    title: str = ""
    input_json: msgspec.Raw = msgspec.Raw()
    input_files: dict[str, str] | None = None
    skip_unsupported: bool = False


class DirectJobs(Resource):
    """POST jobs/direct; the other methods are those of JobStatus."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Submit a job to our own workers."""
        user = self.user(req)
        submission = submission_of(read_body(req, SubmissionBody, LIMIT))
        submitted = self.use_cases.submit_job(user.id, submission)
        document: dict[str, object] = {
            "message": "Task started",
            "job_id": submitted.job.job_id,
        }
        if submitted.left_out:
            document["left_out"] = list(submitted.left_out)
        answer(resp, falcon.HTTP_202, document)


class BatchJobs(Resource):
    """POST jobs/batch."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Refuse: local users have no cluster, and no cluster is registered."""
        del resp
        if self.user(req).source is UserSource.LOCAL:
            raise NotAllowed("Batch jobs are for users who sign in with Keycloak")
        raise InvalidInput("batch_options", "no cluster is registered")


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
    text = bytes(body.input_json)
    if not text:
        raise InvalidInput("input_json", "is missing")
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
