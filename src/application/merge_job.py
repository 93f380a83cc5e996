"""Merge what the completed tasks of a job scored."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from uuid import uuid4

from application.ports.backend import Backend, CompletedTask, MergeOrder
from application.ports.simulator import InputFiles, Simulator, TaskOutput
from application.ports.task_files import TaskFiles
from application.ports.task_queue import MergeMessage
from application.simulators import SimulatorCatalog
from domain.errors import BackendRefused, BackendUnreachable, InvalidInput, SimulationFailed
from domain.estimator import Estimator


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
        claim_id = uuid4().hex
        simulation_id = message.simulation_id
        order = self._backend.claim_merge(simulation_id, claim_id)
        if order is None:
            return
        self._held[simulation_id] = claim_id
        try:
            self._merge(simulation_id, claim_id, order)
        finally:
            del self._held[simulation_id]

    def _merge(self, simulation_id: int, claim_id: str, order: MergeOrder) -> None:
        try:
            with self._holding(simulation_id, claim_id, order.lease_seconds):
                estimators = merge_outputs(
                    self._simulators.named(order.sim_type),
                    self._task_files,
                    simulation_id,
                    order.tasks,
                    order.files,
                )
        except FileNotFoundError as error:
            self._backend.fail_job(simulation_id, f"The outputs of a task are missing: {error}")
        except (SimulationFailed, InvalidInput, ValueError) as error:
            self._backend.fail_job(simulation_id, f"The outputs could not be merged: {error}")
        else:
            self._backend.send_results(simulation_id, estimators)

    @contextmanager
    def _holding(self, simulation_id: int, claim_id: str, lease_seconds: float) -> Iterator[None]:
        """Renew the claim while the merge goes on, however long it takes."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(lease_seconds / 3):
                try:
                    self._backend.renew_merge(simulation_id, claim_id)
                except (BackendRefused, BackendUnreachable):
                    # A second merge would give the same results: going on harms nobody.
                    continue

        thread = threading.Thread(target=renew, name="renew-merge", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def merge_outputs(
    simulator: Simulator,
    task_files: TaskFiles,
    simulation_id: int,
    tasks: Sequence[CompletedTask],
    files: InputFiles,
) -> Sequence[Estimator]:
    """Merge the kept outputs of `tasks`; FileNotFoundError when those of one are gone."""
    with ExitStack() as lent:
        outputs = [
            TaskOutput(
                lent.enter_context(task_files.fetch(simulation_id, task.index, task.attempt)),
                task.primaries,
            )
            for task in tasks
        ]
        return simulator.merge(outputs, files)
