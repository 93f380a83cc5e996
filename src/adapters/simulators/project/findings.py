"""All that a simulator would refuse in a project, not only the first of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.simulators.project.mending import MADE, Mender
from application.ports.simulator import Simulator
from domain.errors import InvalidInput, Unsupported

MOST = 200
"""Faults after which no more are looked for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: the field as it stands in the JSON, and what would be right.

    `unsupported` says that the field is right as such, and only this simulator can't do it.
    """

    field: str
    reason: str
    unsupported: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """The faults, by field in the order in which the simulator meets them.

    `complete` is false where the last one can't be looked behind.
    """

    faults: tuple[Finding, ...]
    complete: bool


def findings(simulator: Simulator, project: Mapping[str, object]) -> Findings:
    """Return what a simulator refuses: each fault is replaced by something harmless for the next.

    A project is not changed.
    """
    mender = Mender(project)
    faults: dict[Finding, None] = {}
    complete = False
    for _ in range(MOST):
        try:
            simulator.convert(mender.project)
        except InvalidInput as error:
            if MADE in error.message:
                # That is about what stands in for a fault, not about the project.
                break
            unsupported = isinstance(error, Unsupported)
            field = mender.origin(error.field)
            faults[Finding(field, mender.told(error.message), unsupported)] = None
            if not mender.mend(error.field):
                break
        else:
            complete = True
            break
    order = {fault.field: index for index, fault in reversed(list(enumerate(faults)))}
    return Findings(tuple(sorted(faults, key=lambda fault: order[fault.field])), complete)
