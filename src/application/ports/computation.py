"""How what users shape is computed: apart from the worker, where it can be ended."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Computation(Protocol):
    """Computes outputs of simulators, whose size and content users decide."""

    def run(self, work: Callable[[], T], returns: type[T], wanted: Callable[[], bool]) -> T:
        """Return what `work` returns, a value of the type `returns`.

        `work` may be pickled and called in another process: what it changes in memory is lost.
        `wanted` is asked about once a second and at once when that takes long; when it says no,
        the computation is ended and ComputationUnwanted raised. SimulationFailed and InvalidInput
        of `work` are raised as they are, a missing file as FileNotFoundError, other trouble of the
        system as OSError. ComputationFailed, a SimulationFailed, for anything else: whatever
        `work` raises that nobody expected, too much time or memory, a process that was killed.
        """
        ...
