"""Errors as JSON with a `message`, which the frontend shows to the user as it is."""

from uuid import uuid4

import falcon
import structlog

from adapters.http.wire.json_media import answer
from adapters.http.wire.response_bodies import ErrorAnswer
from application.accounts.sign_in import NO_TOKEN
from domain.errors import (
    CredentialsUnusable,
    InputTooLarge,
    InvalidInput,
    JobStillRunning,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RefreshTokenReplayed,
    SubmissionKeyReused,
    SubmissionKeyTaken,
    TooManyAttempts,
    TooManyBodies,
    TooManyWaiting,
    Unavailable,
    YaptideError,
)

log = structlog.get_logger(__name__)

STATUSES: tuple[tuple[type[YaptideError], str], ...] = (
    (InputTooLarge, falcon.HTTP_413),
    (InvalidInput, falcon.HTTP_400),
    (NotAuthenticated, falcon.HTTP_401),
    (NotAllowed, falcon.HTTP_403),
    (CredentialsUnusable, falcon.HTTP_403),
    (NotFound, falcon.HTTP_404),
    (JobStillRunning, falcon.HTTP_409),
    (Unavailable, falcon.HTTP_503),
    (SubmissionKeyTaken, falcon.HTTP_409),
    (SubmissionKeyReused, falcon.HTTP_422),
    (TooManyAttempts, falcon.HTTP_429),
    (TooManyWaiting, falcon.HTTP_503),
    (TooManyBodies, falcon.HTTP_503),
)
"""What each kind of error is in HTTP; the first that fits counts."""

SENTENCES = {
    404: "There is nothing at this address",
    405: "This address does not take this method",
}

WAITING_SECONDS = 2


def handle_errors(app: "falcon.App[falcon.Request, falcon.Response]") -> None:
    """Have every error of an application answered as JSON."""
    app.add_error_handler(Exception, _unforeseen)
    app.add_error_handler(YaptideError, _ours)
    app.add_error_handler(falcon.HTTPError, _of_falcon)


def status_of(error: YaptideError) -> str | None:
    """Return what an error is in HTTP, None for one that is our own fault."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), None)


def _ours(
    req: falcon.Request, resp: falcon.Response, error: YaptideError, params: dict[str, object]
) -> None:
    status = status_of(error)
    if status is None:
        _unforeseen(req, resp, error, params)
        return
    if isinstance(error, RefreshTokenReplayed):
        log.warning("session ended: an old refresh token came back", user_id=error.user_id)
    if isinstance(error, TooManyAttempts):
        resp.set_header("Retry-After", str(error.wait_seconds))
    if isinstance(error, TooManyWaiting | TooManyBodies):
        resp.set_header("Retry-After", str(WAITING_SECONDS))
    # Said once a second the sentence would still pop up long after the user has signed in again.
    hidden = isinstance(error, NotAuthenticated) and req.context.get("polled")
    answer(resp, status, ErrorAnswer(NO_TOKEN if hidden else str(error)))


def _of_falcon(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: dict[str, object]
) -> None:
    del req, params
    if error.headers:
        resp.set_headers(error.headers)
    message = SENTENCES.get(error.status_code) or error.description or error.title
    answer(resp, str(error.status), ErrorAnswer(str(message)))


def _unforeseen(
    req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, object]
) -> None:
    del params
    error_id = uuid4().hex[:12]
    log.error("unforeseen error", error_id=error_id, path=req.path, exc_info=error)
    text = f"Something went wrong on our side; tell your administrator this number: {error_id}"
    answer(resp, falcon.HTTP_500, ErrorAnswer(text, error_id))
