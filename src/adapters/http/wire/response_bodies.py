"""What the API answers; the names and types are those of the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.job import InputType, Platform
from domain.states import EntityState
from domain.users import UserSource


class Answer(msgspec.Struct):
    """Every answer says something that may be shown to a user."""

    message: str


class ErrorAnswer(Answer, omit_defaults=True):
    """Why something was refused or failed; `error_id` is what the log calls the failure."""

    error_id: str = ""


class LoginAnswer(Answer):
    """When the new tokens of a session expire, in milliseconds since the epoch."""

    access_exp: int
    refresh_exp: int


class AccessAnswer(Answer):
    """When a new access token expires, in milliseconds since the epoch."""

    access_exp: int


class UserAnswer(Answer):
    """Who is signed in, and who vouches for it."""

    username: str
    source: UserSource


class SubmittedAnswer(Answer, omit_defaults=True):
    """A job that was stored and started; `left_out` is what the simulator can't score.

    The message says so too, and which simulator runs it where that is not the one asked for.
    """

    job_id: str
    left_out: list[str] = []


class Duration(msgspec.Struct):
    """A span of time."""

    hours: int
    minutes: int
    seconds: int


class TaskStatus(msgspec.Struct, omit_defaults=True):
    """One task of a job."""

    task_id: int
    task_state: EntityState
    requested_primaries: int
    simulated_primaries: int
    last_update_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    estimated_time: Duration | None = None


class StatusAnswer(Answer):
    """A job and its tasks."""

    job_state: EntityState
    job_tasks_status: list[TaskStatus]


class EventsAnswer(StatusAnswer):
    """A job and its tasks; `version` is what to ask with next, `changed` whether it is new."""

    version: int
    changed: bool


class CanceledAnswer(Answer):
    """The state of a job after it was to be cancelled."""

    job_state: EntityState


class OutlineMetadata(msgspec.Struct):
    """What kind of job it is."""

    platform: Platform
    server: str
    input_type: InputType
    sim_type: str


class Outline(msgspec.Struct):
    """What a list shows of a job: nothing that its status tells too.

    The frontend lays an entry over each later status of the job.
    """

    job_id: str
    title: str
    start_time: datetime
    end_time: datetime | None
    metadata: OutlineMetadata


class SimulationsAnswer(Answer):
    """One page of a user's jobs, and how many pages and jobs there are."""

    simulations: list[Outline]
    page_count: int
    simulations_count: int


class ClusterShown(msgspec.Struct):
    """A cluster that jobs may be sent to."""

    cluster_name: str


class ClustersAnswer(Answer):
    """The clusters that a user may compute on."""

    clusters: list[ClusterShown]


class InputShown(msgspec.Struct):
    """What a job was submitted with; `input_json` is there for projects.

    It is exactly what was sent, less what is not scored: the frontend titles the pages of an
    estimator after the quantities it finds there.
    """

    input_type: InputType
    input_files: dict[str, str]
    number_of_all_primaries: int
    input_json: msgspec.Raw | UnsetType = UNSET


class InputAnswer(Answer):
    """What a job was submitted with."""

    input: InputShown


class LogfilesAnswer(Answer):
    """Logs by name, free of markup."""

    logfiles: dict[str, str]


class PageShown(msgspec.Struct):
    """What a list of pages shows of one."""

    page_number: int
    page_name: str
    page_dimension: int


class EstimatorShown(msgspec.Struct):
    """What a list of estimators shows of one."""

    name: str
    pages_metadata: list[PageShown]


class EstimatorsAnswer(Answer):
    """The estimators of a job, in the order of the project's outputs."""

    estimators_metadata: list[EstimatorShown]


class ResultAxis(msgspec.Struct):
    """The bin centres of one dimension of a page."""

    name: str
    unit: str
    values: list[float | None]


class ResultData(msgspec.Struct, omit_defaults=True):
    """The values of a page, flat with the first axis running fastest, and their errors."""

    name: str
    unit: str
    values: list[float | None]
    errors: list[float | None] | None = None


class ResultPage(msgspec.Struct, omit_defaults=True):
    """One quantity scored on 0 to 3 axes."""

    dimensions: Annotated[int, Meta(ge=0, le=3)]
    data: ResultData
    metadata: dict[str, Any]
    axis_dim1: ResultAxis | None = None
    axis_dim2: ResultAxis | None = None
    axis_dim3: ResultAxis | None = None
    name: str = ""


class EstimatorResults(msgspec.Struct):
    """An estimator with all its pages."""

    name: str
    metadata: dict[str, Any]
    pages: list[ResultPage]
