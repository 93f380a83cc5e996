"""Submit a batch job to its cluster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from application.accounts.cluster_accounts import ClusterAccounts
from application.clusters.batch_log import BatchLog
from application.ports.batch_clusters import BatchClusters, BatchOrder
from application.ports.batch_recipe import BatchRecipes
from application.ports.batch_repository import BatchJob, ClusterUser
from application.ports.clock import Clock
from application.ports.simulator import InputFiles
from application.ports.unit_of_work import UnitOfWorkFactory
from application.simulators.catalog import SimulatorCatalog
from domain.errors import (
    ClusterRefused,
    ClusterUnreachable,
    CredentialsUnusable,
    InvalidInput,
    SimulationFailed,
)
from domain.job import JobRef

RETRY_SECONDS = 15.0
"""How long a submission whose end is unknown is left alone: sbatch gives up after ten seconds, and
the cluster may take the job after that."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """How nodes report to us: the address, keys by simulation, and the code to merge with there."""

    backend_url: str
    update_key: Callable[[JobRef], str]
    merging: Callable[[], bytes] = bytes


class StartBatchJob:
    """Submits a job that was claimed; a cluster that can't be asked is asked again later."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clusters: BatchClusters,
        accounts: ClusterAccounts,
        simulators: SimulatorCatalog,
        recipes: Mapping[str, BatchRecipes],
        reporting: Reporting,
        log: BatchLog,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clusters = clusters
        self._accounts = accounts
        self._simulators = simulators
        self._recipes = recipes
        self._reporting = reporting
        self._log = log
        self._clock = clock

    def __call__(self, batch: BatchJob) -> None:
        """Submit `batch`, which the caller has claimed, and note what the cluster calls it."""
        simulation_id = batch.job.simulation_id
        try:
            self._submit(batch)
        except (ClusterRefused, InvalidInput, SimulationFailed) as error:
            self._end(batch, f"The job was not submitted to {batch.cluster.name}: {error}")
        except CredentialsUnusable as error:
            if batch.attempts:
                # An earlier try may have been taken: it is not given up before we can look.
                self._wait(batch, error)
            else:
                self._end(batch, f"The job was not submitted to {batch.cluster.name}: {error}")
        except ClusterUnreachable as error:
            self._wait(batch, error)
        else:
            self._log.note(simulation_id, f"Submitted to {batch.cluster.name}.")

    def _submit(self, batch: BatchJob) -> None:
        account = self._accounts.of(batch.job.user_id, batch.cluster)
        self._clusters.check(account)
        order = self._order(batch)
        simulation_id = batch.job.simulation_id
        with self._unit_of_work() as work:
            work.batches.attempted(simulation_id)
            work.commit()
        remote = self._clusters.submit(account, order, again=batch.attempts > 0)
        whose = ClusterUser(batch.job.user_id, batch.cluster.id)
        with self._unit_of_work() as work:
            work.batches.submitted(
                simulation_id, remote.job_dir, remote.array_id, remote.collect_id
            )
            now = self._clock.now()
            asked = work.batches.last_asked(whose) or now
            # It joins the user's other jobs, which are asked about together.
            soon = asked + timedelta(seconds=batch.cluster.poll_seconds)
            work.batches.schedule(whose, max(now, soon))
            work.commit()

    def _order(self, batch: BatchJob) -> BatchOrder:
        job = batch.job
        with self._unit_of_work(read_only=True) as work:
            files = work.jobs.input_of(job.simulation_id).files
        simulator = self._simulators.named(job.sim_type)
        each = {
            task.index: simulator.task_files(files, task.requested_primaries, task.seed)
            for task in job.tasks
        }
        shared, own = shared_files(each)
        return BatchOrder(
            job_id=job.job_id,
            simulation_id=job.simulation_id,
            shares=[task.requested_primaries for task in job.tasks],
            shared=shared,
            own=own,
            recipe=self._recipes[job.sim_type](files),
            options=batch.options,
            backend_url=self._reporting.backend_url,
            update_key=self._reporting.update_key(job.ref),
            sim_type=job.sim_type,
            files=files,
            merging=self._reporting.merging(),
        )

    def _wait(self, batch: BatchJob, error: Exception) -> None:
        text = f"{batch.cluster.name} could not be asked; it will be asked again: {error}"
        self._log.note(batch.job.simulation_id, text)
        when = self._clock.now() + timedelta(seconds=RETRY_SECONDS)
        with self._unit_of_work() as work:
            work.batches.put_off(batch.job.simulation_id, when)
            work.commit()

    def _end(self, batch: BatchJob, text: str) -> None:
        self._log.fail(batch.job, text)
        with self._unit_of_work() as work:
            work.batches.close(batch.job.simulation_id)
            work.commit()


def shared_files(each: Mapping[int, InputFiles]) -> tuple[InputFiles, Mapping[int, InputFiles]]:
    """Return the files that are the same for all tasks, and for each task the others."""
    first = next(iter(each.values()))
    shared = {
        name: content
        for name, content in first.items()
        if all(files.get(name) == content for files in each.values())
    }
    own = {
        index: {name: content for name, content in files.items() if name not in shared}
        for index, files in each.items()
    }
    return shared, own
