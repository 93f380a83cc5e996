"""Merge what the completed tasks of a job scored."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from uuid import uuid4

from application.leases.renewal import renewing
from application.ports.backend import Backend, CompletedTask, MergeOrder
from application.ports.simulator import TaskOutput
from application.ports.task_files import TaskFiles
from application.ports.task_queue import MergeMessage
from application.simulators.catalog import SimulatorCatalog
from application.task_outputs.task_logs import (
    LONGEST_OF_JOB,
    LONGEST_OF_PARTIAL,
    in_portions,
    kept_logs,
)
from domain.errors import BackendRefused, BackendUnreachable, InvalidInput, SimulationFailed
from domain.estimator import Estimator

PARTIAL_LOG = "partial_merge.log"


class MergeJob:
    """Merges jobs; a merge that can't succeed ends the job with the reason in its logs."""

    def __init__(
        self, backend: Backend, simulators: SimulatorCatalog, task_files: TaskFiles
    ) -> None:
        self._backend = backend
        self._simulators = simulators
        self._task_files = task_files
        self._held: dict[int, str] = {}

    def release_held(self) -> None:
        """Hand back the merges that still go on: this worker ends."""
        for simulation_id, claim_id in list(self._held.items()):
            with suppress(BackendRefused, BackendUnreachable):
                self._backend.release_merge(simulation_id, claim_id)

    def __call__(self, message: MergeMessage) -> None:
        """Claim the merge of `message` and do it; one that is done or held is left alone."""
        simulation_id = message.simulation_id
        if message.partial:
            self._merge_partly(simulation_id)
            return
        claim_id = uuid4().hex
        order = self._backend.claim_merge(simulation_id, claim_id)
        if order is None:
            return
        self._held[simulation_id] = claim_id
        try:
            self._merge(simulation_id, claim_id, order)
        finally:
            del self._held[simulation_id]

    def _merge(self, simulation_id: int, claim_id: str, order: MergeOrder) -> None:
        logs: dict[str, str] = {}
        try:
            with renewing(
                lambda: self._backend.renew_merge(simulation_id, claim_id),
                order.lease_seconds / 3,
                "renew-merge",
            ):
                estimators = self._merged(simulation_id, order, logs)
        except FileNotFoundError as error:
            self._backend.fail_job(simulation_id, f"The outputs of a task are missing: {error}")
        except (SimulationFailed, InvalidInput, ValueError) as error:
            self._backend.fail_job(simulation_id, f"The outputs could not be merged: {error}")
        else:
            self._backend.send_results(simulation_id, estimators)
        # Last, since nobody waits for them.
        self._send_logs(simulation_id, logs)

    def _send_logs(self, simulation_id: int, logs: Mapping[str, str]) -> None:
        """Hand in logs; nobody wants them if the job is gone by now."""
        with suppress(BackendRefused):
            for portion in in_portions(logs):
                self._backend.send_logs(simulation_id, portion)

    def _merged(
        self,
        simulation_id: int,
        order: MergeOrder,
        logs: dict[str, str],
        longest: int = LONGEST_OF_JOB,
    ) -> Sequence[Estimator]:
        """Merge, and put the logs of the completed tasks into `logs`, `longest` bytes in all."""
        simulator = self._simulators.named(order.sim_type)
        with lent_outputs(self._task_files, simulation_id, order.tasks) as outputs:
            logs |= kept_logs([output.folder for output in outputs], longest)
            return simulator.merge(outputs, order.files)

    def _merge_partly(self, simulation_id: int) -> None:
        """Merge what has completed so far; a failure is told in the log, nothing depends on it.

        Done twice at once it gives the same, so that there is no claim to hold.
        """
        order = self._backend.partial_order(simulation_id)
        if order is None:
            return
        logs: dict[str, str] = {}
        try:
            estimators = self._merged(simulation_id, order, logs, LONGEST_OF_PARTIAL)
        except (FileNotFoundError, SimulationFailed, InvalidInput, ValueError) as error:
            text = f"What had completed could not be merged: {error}"
            self._backend.send_logs(simulation_id, {PARTIAL_LOG: text})
        else:
            marked = [_marked(item, order.tasks) for item in estimators]
            self._backend.send_partial(simulation_id, len(order.tasks), marked)
        # A job that was cancelled is merged no other time.
        self._send_logs(simulation_id, logs)


def _marked(estimator: Estimator, tasks: Sequence[CompletedTask]) -> Estimator:
    """Return results that say of themselves that they are partial, and what they are of."""
    marks = {
        "partial": "true",
        "completed_tasks": str(len(tasks)),
        "primaries": str(sum(task.primaries for task in tasks)),
    }
    return replace(estimator, metadata={**estimator.metadata, **marks})


@contextmanager
def lent_outputs(
    task_files: TaskFiles, simulation_id: int, tasks: Sequence[CompletedTask]
) -> Iterator[list[TaskOutput]]:
    """Lend the kept outputs of `tasks`; FileNotFoundError when those of one are gone."""
    with ExitStack() as lent:
        yield [
            TaskOutput(
                lent.enter_context(task_files.fetch(simulation_id, task.index, task.attempt)),
                task.primaries,
            )
            for task in tasks
        ]
