"""Remove outputs that no merge will ever ask for."""

from application.ports.task_files import TaskFiles
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import UnknownSimulation


class SweepTaskFiles:
    """Finds files of jobs that are over or gone, such as those a late task left after a cleanup."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, task_files: TaskFiles) -> None:
        self._unit_of_work = unit_of_work
        self._task_files = task_files

    def __call__(self) -> None:
        """Look once at all files that are kept."""
        for simulation_id in self._task_files.simulations():
            if self._is_over(simulation_id):
                self._task_files.remove(simulation_id)

    def _is_over(self, simulation_id: int) -> bool:
        with self._unit_of_work(read_only=True) as work:
            try:
                return work.jobs.by_simulation_id(simulation_id).state.is_terminal
            except UnknownSimulation:
                return True
