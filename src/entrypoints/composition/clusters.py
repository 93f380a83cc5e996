"""Joins what `application.clusters` needs."""

from dependency_injector import providers

from application.clusters.attend_batch_job import AttendBatchJob
from application.clusters.batch_log import BatchLog
from application.clusters.bring_in_outputs import BringInOutputs
from application.clusters.follow_batch_job import FollowBatchJob, Following
from application.clusters.poll_cluster import Pace, PollCluster
from application.clusters.start_batch_job import Reporting, StartBatchJob
from application.clusters.sweep_clusters import SweepClusters
from application.clusters.take_merged_results import TakeMergedResults
from entrypoints.composition.lazy_adapters import read_merged
from entrypoints.composition.merging_code import merging_code
from entrypoints.composition.running import Reports, SimulationWorker
from entrypoints.composition.submission import Submission


class Clusters(Submission, Reports, SimulationWorker):
    """How batch jobs are submitted, followed, brought in and swept away."""

    batch_log = providers.Singleton(BatchLog, Submission.unit_of_work.provider, Submission.clock)
    start_batch_job = providers.Factory(
        StartBatchJob,
        Submission.unit_of_work.provider,
        Submission.batch_clusters,
        Submission.accounts,
        Submission.simulators,
        Submission.recipes,
        providers.Factory(
            Reporting,
            Submission.settings.provided.external_url,
            SimulationWorker.update_keys,
            providers.Object(merging_code),
        ),
        batch_log,
        Submission.clock,
    )
    bring_in_outputs = providers.Factory(
        BringInOutputs,
        Submission.unit_of_work.provider,
        Submission.batch_clusters,
        Submission.simulators,
        Submission.task_files,
        SimulationWorker.computation,
        SimulationWorker.work_dir,
    )
    take_merged_results = providers.Factory(
        TakeMergedResults,
        Submission.unit_of_work.provider,
        Submission.batch_clusters,
        providers.Object(read_merged),
        Reports.store_results,
        Submission.clock,
    )
    follow_batch_job = providers.Singleton(
        FollowBatchJob,
        Submission.unit_of_work.provider,
        Submission.batch_clusters,
        providers.Factory(
            Following, take_merged_results, bring_in_outputs, Reports.settle_job, batch_log
        ),
        Submission.clock,
    )
    poll_cluster = providers.Singleton(
        PollCluster,
        Submission.unit_of_work.provider,
        Submission.batch_clusters,
        Submission.accounts,
        start_batch_job,
        follow_batch_job,
        batch_log,
        Submission.clock,
        providers.Singleton(Pace),
    )
    attend_batch_job = providers.Factory(
        AttendBatchJob,
        Submission.unit_of_work.provider,
        Submission.batch_clusters,
        Submission.accounts,
        start_batch_job,
        Submission.clock,
    )
    sweep_clusters = providers.Factory(
        SweepClusters,
        Submission.unit_of_work.provider,
        Submission.batch_clusters,
        Submission.accounts,
        Submission.clock,
        Submission.settings.provided.cluster_folder_days,
    )
