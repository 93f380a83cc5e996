"""Joins what `application.reading` and `application.cancellation` need."""

from dependency_injector import providers

from application.cancellation.cancel_job import CancelJob
from application.cancellation.remove_job import RemoveJob
from application.reading.read_jobs import ReadJobs
from application.reading.read_results import ReadResults
from application.reading.watch_jobs import WatchJobs
from entrypoints.composition.foundation import Foundation


class Reading(Foundation):
    """What users see of their jobs, and how they end them."""

    read_jobs = providers.Factory(ReadJobs, Foundation.unit_of_work.provider)
    read_results = providers.Factory(
        ReadResults, Foundation.unit_of_work.provider, Foundation.compressor
    )
    watch_jobs = providers.Singleton(
        WatchJobs,
        Foundation.unit_of_work.provider,
        Foundation.settings.provided.most_waiting,
    )
    cancel_job = providers.Factory(
        CancelJob, Foundation.unit_of_work.provider, Foundation.executor, Foundation.clock
    )
    remove_job = providers.Factory(RemoveJob, Foundation.unit_of_work.provider, Foundation.queue)
