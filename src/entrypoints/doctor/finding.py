"""What a check of the installation found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended; what isn't used is skipped."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a check, and what to do about it if it isn't good."""

    check: str
    verdict: Verdict
    message: str
    remedy: str = ""


class Trouble(Exception):
    """Raised by a check: something is wrong, or worth a look if `serious` is not set."""

    def __init__(self, message: str, remedy: str, serious: bool = True) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.serious = serious


class NotUsed(Exception):
    """Raised by a check of something that this installation does without."""


def examine(name: str, check: Callable[[], str], remedy: str) -> Finding:
    """Run a check, which returns what is good or raises; `remedy` is for unforeseen errors."""
    try:
        return Finding(name, Verdict.OK, check())
    except NotUsed as error:
        return Finding(name, Verdict.SKIPPED, str(error))
    except Trouble as error:
        verdict = Verdict.FAILED if error.serious else Verdict.WARNING
        return Finding(name, verdict, str(error), error.remedy)
    except Exception as error:  # whatever it is, the other checks go on
        return Finding(name, Verdict.FAILED, str(error) or type(error).__name__, remedy)
