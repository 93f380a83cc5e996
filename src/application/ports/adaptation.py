"""How what is run differs from the project that was sent: kept, for it never happens in silence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoringPlace:
    """An output of a project, or one quantity of it, both counted from 0 as they were sent."""

    output: int
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What was done to a project so that it could be run; false where nothing was.

    `substitution` says which simulator runs it instead of which. `left_out` tells, one sentence
    each, what is not scored, and `unscored` where that stands in the project.
    """

    substitution: str = ""
    left_out: tuple[str, ...] = ()
    unscored: tuple[ScoringPlace, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything differs."""
        return bool(self.substitution or self.left_out)


AS_SENT = Adaptation()
"""A project that is run as it was sent."""
