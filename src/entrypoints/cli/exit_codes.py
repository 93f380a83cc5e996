"""What the exit code of the command says, for scripts."""

from enum import IntEnum

import click

from adapters.database.schema.revisions import SchemaOutOfDate
from application.administration.administer_users import AmbiguousUser, NoPasswordHere, UserHasJobs
from application.submission.retry_job import NothingToRetry
from domain.errors import (
    BackendUnreachable,
    ClusterInUse,
    ClusterNotFound,
    ClusterUnreachable,
    CredentialsUnusable,
    InvalidInput,
    JobStillRunning,
    NotAllowed,
    NotFound,
    SimulatorNotInstalled,
    Unavailable,
    YaptideError,
)
from entrypoints.settings import InvalidSetting


class ExitCode(IntEnum):
    """Exit codes; 130 after Ctrl-C is the shell's own."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    NOT_FOUND = 3
    REFUSED = 4
    CHECK_FAILED = 5
    UNREACHABLE = 6
    STOPPED = 130


MEANINGS = {
    ExitCode.DONE: "it is done",
    ExitCode.FAILED: "it was tried and failed",
    ExitCode.WRONG_USE: "the command, an option, a setting or a value is wrong",
    ExitCode.NOT_FOUND: "the job, user or other thing named does not exist",
    ExitCode.REFUSED: "refused: not confirmed, not allowed, or not possible in this state",
    ExitCode.CHECK_FAILED: "a check (doctor, verify, the schema) found something wrong",
    ExitCode.UNREACHABLE: "a server that is needed can't be reached",
    ExitCode.STOPPED: "stopped by Ctrl-C",
}
"""One sentence for each code: the help and the documentation print them."""

# The first class that fits decides: special ones stand before general ones.
_CODES: tuple[tuple[type[YaptideError], ExitCode], ...] = (
    (NotFound, ExitCode.NOT_FOUND),
    (ClusterNotFound, ExitCode.NOT_FOUND),
    (ClusterInUse, ExitCode.REFUSED),
    (CredentialsUnusable, ExitCode.REFUSED),
    (ClusterUnreachable, ExitCode.UNREACHABLE),
    (SimulatorNotInstalled, ExitCode.FAILED),
    (InvalidInput, ExitCode.WRONG_USE),
    (InvalidSetting, ExitCode.WRONG_USE),
    (NotAllowed, ExitCode.REFUSED),
    (JobStillRunning, ExitCode.REFUSED),
    (UserHasJobs, ExitCode.REFUSED),
    (NoPasswordHere, ExitCode.REFUSED),
    (NothingToRetry, ExitCode.REFUSED),
    (AmbiguousUser, ExitCode.WRONG_USE),
    (SchemaOutOfDate, ExitCode.CHECK_FAILED),
    (Unavailable, ExitCode.UNREACHABLE),
    (BackendUnreachable, ExitCode.UNREACHABLE),
)


class CommandFailed(click.ClickException):
    """Ends the command with one line on standard error and an exit code."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        # click reads it from the instance, though it declares it on the class.
        self.exit_code = int(code)  # type: ignore[misc]


def command_failed(error: YaptideError) -> CommandFailed:
    """Return how an error of ours ends the command."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return CommandFailed(str(error), code)
    return CommandFailed(str(error))
