"""Merge what the completed tasks of a job scored."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from uuid import uuid4

from application.leases.renewal import holding
from application.ports.backend import Backend, CompletedTask, MergeOrder
from application.ports.computation import Computation
from application.ports.result_repository import MergedEstimator
from application.ports.simulator import InputFiles, Simulator, TaskOutput
from application.ports.task_files import TaskFiles
from application.ports.task_queue import MergeMessage
from application.simulators.catalog import SimulatorCatalog
from application.task_outputs.task_logs import (
    LONGEST_OF_JOB,
    LONGEST_OF_PARTIAL,
    in_portions,
    kept_logs,
)
from domain.errors import (
    BackendRefused,
    BackendUnreachable,
    ComputationLost,
    ComputationUnwanted,
    Unavailable,
)
from domain.estimator import Estimator
from domain.job import JobRef

PARTIAL_LOG = "partial_merge.log"

PARTIAL_SECONDS = 120.0
"""How long a partial merge may take: nothing depends on it, and others wait behind it."""

MOST_LOSSES = 3
"""So often a merge is tried whose process is killed, as the system does where memory ends."""

PASSING = (BackendRefused, BackendUnreachable, Unavailable)
"""What has nothing to do with the outputs, and may be better when the merge is tried again."""

Encode = Callable[[Sequence[Estimator]], list[MergedEstimator]]
"""Makes of estimators what is stored."""


class MergeJob:
    """Merges jobs; a merge that can't succeed ends the job with the reason in its logs."""

    def __init__(
        self,
        backend: Backend,
        simulators: SimulatorCatalog,
        task_files: TaskFiles,
        computation: Computation,
        encode: Encode,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._backend = backend
        self._simulators = simulators
        self._task_files = task_files
        self._computation = computation
        self._encode = encode
        self._stopping = stopping
        self._held: dict[JobRef, str] = {}

    def release_held(self) -> None:
        """Hand back the merges that still go on: this worker ends."""
        for job, claim_id in list(self._held.items()):
            with suppress(BackendRefused, BackendUnreachable):
                self._backend.release_merge(job, claim_id)

    def __call__(self, message: MergeMessage) -> None:
        """Claim the merge of `message` and do it; one that is done or held is left alone."""
        job = message.job
        if message.partial:
            self._merge_partly(job)
            return
        claim_id = uuid4().hex
        order = self._backend.claim_merge(job, claim_id)
        if order is None:
            return
        self._held[job] = claim_id
        try:
            self._merge(job, claim_id, order)
        finally:
            del self._held[job]

    def _merge(self, job: JobRef, claim_id: str, order: MergeOrder) -> None:
        logs: dict[str, str] = {}
        try:
            with holding(
                lambda: self._backend.renew_merge(job, claim_id),
                order.lease_seconds,
                "renew-merge",
            ) as held:
                estimators = self._merged(job, order, logs, lambda: held() and not self._stopping())
        except ComputationUnwanted:
            return
        except FileNotFoundError as error:
            self._backend.fail_job(job, f"The outputs of a task are missing: {error}")
        except PASSING:
            raise
        except Exception as error:
            # Whatever it is would come again, and stand before the work of others.
            self._backend.fail_job(job, f"The outputs could not be merged: {error}")
        else:
            self._hand_in(job, estimators)
        # Last, since nobody waits for them.
        self._send_logs(job, logs)

    def _hand_in(self, job: JobRef, estimators: Sequence[MergedEstimator]) -> None:
        """Hand results in; those that are refused would be so again, and fail the job."""
        try:
            self._backend.send_results(job, estimators)
        except BackendRefused as error:
            # Refused as well when the job was removed meanwhile: nobody waits for it.
            with suppress(BackendRefused):
                self._backend.fail_job(job, f"The merged results were refused: {error}")

    def _send_logs(self, job: JobRef, logs: Mapping[str, str]) -> None:
        """Hand in logs; nobody wants them if the job is gone by now."""
        with suppress(BackendRefused):
            for portion in in_portions(logs):
                self._backend.send_logs(job, portion)

    def _merged(
        self,
        job: JobRef,
        order: MergeOrder,
        logs: dict[str, str],
        wanted: Callable[[], bool],
        marks: Mapping[str, str] | None = None,
    ) -> Sequence[MergedEstimator]:
        """Merge, and put the logs of the completed tasks into `logs`."""
        simulator = self._simulators.named(order.sim_type)
        longest = LONGEST_OF_PARTIAL if marks else LONGEST_OF_JOB
        with lent_outputs(self._task_files, job, order.tasks) as outputs:
            logs |= kept_logs([output.folder for output in outputs], longest)
            merge = partial(merged, self._encode, simulator, outputs, order.files, marks or {})
            for _ in range(MOST_LOSSES - 1):
                with suppress(ComputationLost):
                    return self._computation.run(merge, list[MergedEstimator], wanted)
            return self._computation.run(merge, list[MergedEstimator], wanted)

    def _merge_partly(self, job: JobRef) -> None:
        """Merge what has completed so far; a failure is told in the log, nothing depends on it.

        Done twice at once it gives the same, so that there is no claim to hold.
        """
        order = self._backend.partial_order(job)
        if order is None:
            return
        logs: dict[str, str] = {}
        deadline = time.monotonic() + PARTIAL_SECONDS

        def wanted() -> bool:
            return not self._stopping() and time.monotonic() < deadline

        try:
            marks = _marks(order.tasks)
            estimators = self._merged(job, order, logs, wanted, marks)
        except PASSING:
            raise
        except Exception as error:
            text = f"What had completed could not be merged: {error}"
            self._backend.send_logs(job, {PARTIAL_LOG: text})
        else:
            self._backend.send_partial(job, len(order.tasks), estimators)
        # A job that was cancelled is merged no other time.
        self._send_logs(job, logs)


def merged(
    encode: Encode,
    simulator: Simulator,
    outputs: Sequence[TaskOutput],
    files: InputFiles,
    marks: Mapping[str, str],
) -> list[MergedEstimator]:
    """Return what outputs give, as it is stored, with `marks` in the metadata of each estimator.

    What the simulator itself tells goes before: some run whole batches and know how many.
    """
    found = simulator.merge(outputs, files)
    return encode([replace(item, metadata={**marks, **item.metadata}) for item in found])


def _marks(tasks: Sequence[CompletedTask]) -> Mapping[str, str]:
    """Return by what results say of themselves that they are partial, and what they are of."""
    return {
        "partial": "true",
        "completed_tasks": str(len(tasks)),
        "primaries": str(sum(task.primaries for task in tasks)),
    }


@contextmanager
def lent_outputs(
    task_files: TaskFiles, job: JobRef, tasks: Sequence[CompletedTask]
) -> Iterator[list[TaskOutput]]:
    """Lend the kept outputs of `tasks`; FileNotFoundError when those of one are gone."""
    with ExitStack() as lent:
        yield [
            TaskOutput(
                lent.enter_context(task_files.fetch(job, task.index, task.attempt)),
                task.primaries,
            )
            for task in tasks
        ]
