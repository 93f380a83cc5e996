"""Joins what `application.upkeep` needs, and what tells how the service is."""

from functools import partial

from dependency_injector import providers

from application.administration.check_readiness import CheckReadiness
from application.administration.count_work import CountWork
from application.ports.task_queue import QueueName
from application.upkeep.recover_lost_tasks import RecoverLostTasks
from application.upkeep.sweep_task_files import SweepTaskFiles
from entrypoints.composition.running import Reports


class Upkeep(Reports):
    """What the helper does by itself, and what operators ask."""

    count_work = providers.Factory(CountWork, Reports.unit_of_work.provider, Reports.queue)
    check_readiness = providers.Factory(
        CheckReadiness,
        providers.Dict(
            database=Reports.schema.provided.ping,
            schema=Reports.schema.provided.check,
            queue=providers.Callable(partial, Reports.queue.provided.length, QueueName.SIMULATIONS),
        ),
    )
    recover_lost_tasks = providers.Singleton(
        RecoverLostTasks,
        Reports.unit_of_work.provider,
        Reports.executor,
        Reports.queue,
        Reports.settle_job,
        Reports.clock,
        Reports.settings.provided.lease_seconds,
    )
    sweep_task_files = providers.Factory(
        SweepTaskFiles, Reports.unit_of_work.provider, Reports.task_files, Reports.clock
    )
