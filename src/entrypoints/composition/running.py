"""Joins what `application.running` and `application.merging` need: at the API and at a worker."""

import os
from pathlib import Path

from dependency_injector import providers

from adapters.callbacks.http import HttpBackend
from adapters.callbacks.result_json import stored_estimators
from adapters.files.disk_room import DiskRoom
from application.merging.claim_merge import ClaimMerge
from application.merging.merge_job import MergeJob
from application.merging.partial_results import AskForPartialResults, PartialMerges
from application.merging.settle_job import SettleJob
from application.merging.store_results import AddLogs, FailJob, StoreResults
from application.running.claim_task import ClaimTask
from application.running.release_work import ReleaseWork
from application.running.report_progress import ReportProgress
from application.running.run_task import RunTask, Worker
from application.running.update_keys import UpdateKeys
from application.simulators.worker_notes import LATELY
from entrypoints.composition.foundation import Foundation
from entrypoints.composition.process_runner import make_computation
from entrypoints.composition.worker_keys import UpdateKeyMaker, WorkerKeyMaker


class Reports(Foundation):
    """What the API makes of what workers ask and report."""

    lease_seconds = Foundation.settings.provided.lease_seconds
    settle_job = providers.Factory(
        SettleJob, Foundation.unit_of_work.provider, Foundation.queue, Foundation.clock
    )
    claim_task = providers.Factory(
        ClaimTask, Foundation.unit_of_work.provider, Foundation.clock, lease_seconds
    )
    claim_merge = providers.Factory(
        ClaimMerge, Foundation.unit_of_work.provider, Foundation.clock, lease_seconds
    )
    report_progress = providers.Factory(
        ReportProgress,
        Foundation.unit_of_work.provider,
        settle_job,
        Foundation.clock,
        lease_seconds,
    )
    check_update_keys = providers.Factory(
        UpdateKeys, Foundation.unit_of_work.provider, Foundation.tokens, Foundation.clock
    )
    release_work = providers.Factory(
        ReleaseWork, Foundation.unit_of_work.provider, Foundation.queue, Foundation.clock
    )
    store_results = providers.Factory(
        StoreResults,
        Foundation.unit_of_work.provider,
        Foundation.compressor,
        Foundation.queue,
        Foundation.clock,
    )
    partial_merges = providers.Factory(
        PartialMerges,
        Foundation.unit_of_work.provider,
        Foundation.compressor,
        Foundation.queue,
    )
    partial_results = providers.Factory(
        AskForPartialResults,
        Foundation.unit_of_work.provider,
        Foundation.queue,
        Foundation.clock,
    )
    fail_job = providers.Factory(
        FailJob, Foundation.unit_of_work.provider, Foundation.queue, Foundation.clock
    )
    add_logs = providers.Factory(AddLogs, Foundation.unit_of_work.provider)


class SimulationWorker(Foundation):
    """What runs tasks and merges them, and knows the API only by its address."""

    update_keys = providers.Factory(UpdateKeyMaker, Foundation.tokens)
    work_dir = providers.Factory(
        Path, Foundation.settings.provided.data_dir, "work", str(os.getpid())
    )
    backend = providers.Singleton(
        HttpBackend,
        Foundation.settings.provided.internal_url,
        update_keys,
        providers.Factory(WorkerKeyMaker, Foundation.tokens),
        Foundation.stopping,
    )
    computation = providers.Singleton(make_computation, Foundation.settings)
    worker = providers.Factory(
        Worker,
        work_dir,
        Foundation.stopping.provided.is_set,
        providers.Factory(
            DiskRoom,
            Foundation.settings.provided.data_dir,
            Foundation.settings.provided.least_disk_mib,
        ),
    )
    run_task = providers.Factory(
        RunTask,
        backend,
        Foundation.simulators,
        Foundation.runner,
        Foundation.task_files,
        computation,
        worker,
        others_expected_seconds=LATELY.total_seconds(),
    )
    merge_job = providers.Singleton(
        MergeJob,
        backend,
        Foundation.simulators,
        Foundation.task_files,
        computation,
        providers.Object(stored_estimators),
        Foundation.stopping.provided.is_set,
    )
