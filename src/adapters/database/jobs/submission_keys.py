"""Jobs stored under a key that stands for one submission."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from adapters.database.schema.tables import job
from application.ports.job_repository import SubmissionKey
from domain.errors import SubmissionKeyTaken


def insert_job(
    connection: Connection, values: Mapping[str, object], submitted: SubmissionKey | None
) -> int:
    """Insert a job's row and return its number; SubmissionKeyTaken when the key has a job.

    Of two that come at once the unique index lets one in; the other waits for it and fails.
    """
    if submitted is None:
        return _insert(connection, values)
    keyed = {**values, "submission_key": submitted.text, "submission_digest": submitted.digest}
    try:
        with connection.begin_nested():
            return _insert(connection, keyed)
    except IntegrityError as error:
        raise SubmissionKeyTaken(submitted.text) from error


def _insert(connection: Connection, values: Mapping[str, object]) -> int:
    added = insert(job).values(dict(values)).returning(job.c.id)
    key: int = connection.execute(added).scalar_one()
    return key
