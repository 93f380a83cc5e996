"""Say whether everything that the API needs is there."""

from collections.abc import Callable, Mapping

Check = Callable[[], object]
"""Returns whatever it likes when all is well and raises when it isn't."""


class CheckReadiness:
    """Runs named checks, such as of the database and the queue."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def __call__(self) -> Mapping[str, Exception | None]:
        """Return for each check the error that it ended with, None for those that passed."""
        return {name: _error_of(check) for name, check in self._checks.items()}


def _error_of(check: Check) -> Exception | None:
    try:
        check()
    except Exception as error:  # whatever it is, the answer is: not ready, and why
        return error
    return None
