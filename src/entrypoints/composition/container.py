"""Joins the adapters to the ports; the only place that knows them all."""

import os
import threading
from functools import partial
from pathlib import Path

from dependency_injector import containers, providers

from adapters.auth.fernet_box import FernetSecretBox
from adapters.auth.jwt_tokens import JwtTokenIssuer
from adapters.auth.passwords import Argon2PasswordHasher
from adapters.auth.ssh_certificates import OpenSshCertificateReader
from adapters.callbacks.http import HttpBackend
from adapters.clock.system import SystemClock
from adapters.compression.gzip import GzipCompressor
from adapters.compression.zstd import ZstdCompressor
from adapters.database.connections.engine import make_engine
from adapters.database.schema.revisions import Schema
from adapters.database.unit_of_work import SqlUnitOfWork
from adapters.executors.local_process.executor import LocalProcessExecutor
from adapters.executors.slurm_ssh.executor import SlurmExecutor
from adapters.files.disk_room import DiskRoom
from application.accounts.change_password import ChangePassword
from application.accounts.cluster_accounts import ClusterAccounts
from application.accounts.sign_in import RegisterUser, Sessions
from application.accounts.sign_in_with_keycloak import CertifyUser, SignInWithKeycloak
from application.accounts.ssh_credentials import StoredSshCredentials
from application.administration.check_readiness import CheckReadiness
from application.administration.count_work import CountWork
from application.administration.rotate_secrets import RotateSecrets
from application.cancellation.cancel_job import CancelJob
from application.cancellation.remove_job import RemoveJob
from application.clusters.attend_batch_job import AttendBatchJob
from application.clusters.batch_log import BatchLog
from application.clusters.bring_in_outputs import BringInOutputs
from application.clusters.follow_batch_job import FollowBatchJob, Following
from application.clusters.poll_cluster import Pace, PollCluster
from application.clusters.start_batch_job import Reporting, StartBatchJob
from application.clusters.sweep_clusters import SweepClusters
from application.clusters.take_merged_results import TakeMergedResults
from application.merging.claim_merge import ClaimMerge
from application.merging.merge_job import MergeJob
from application.merging.partial_results import AskForPartialResults, PartialMerges
from application.merging.settle_job import SettleJob
from application.merging.store_results import AddLogs, FailJob, StoreResults
from application.ports.task_queue import QueueName
from application.reading.read_jobs import ReadJobs
from application.reading.read_results import ReadResults
from application.reading.watch_jobs import WatchJobs
from application.running.claim_task import ClaimTask
from application.running.release_work import ReleaseWork
from application.running.report_progress import ReportProgress
from application.running.run_task import RunTask, Worker
from application.simulators.worker_notes import LATELY, WorkerNotes
from application.submission.platform_executors import PlatformExecutors
from application.submission.submit_batch_job import SubmitBatchJob
from application.submission.submit_job import SubmitJob
from application.upkeep.recover_lost_tasks import RecoverLostTasks
from application.upkeep.sweep_task_files import SweepTaskFiles
from domain.job import Platform
from entrypoints.composition.lazy_adapters import (
    make_clusters,
    make_queue,
    make_recipes,
    read_merged,
)
from entrypoints.composition.merging_code import merging_code
from entrypoints.composition.process_runner import make_runner
from entrypoints.composition.sign_in import make_certificate_service, make_identity_provider
from entrypoints.composition.simulators import make_simulators
from entrypoints.composition.task_files import make_task_files
from entrypoints.composition.worker_keys import UpdateKeys, WorkerKeys
from entrypoints.settings import Settings, read_settings


class Container(containers.DeclarativeContainer):
    """Every object of a process; a process makes only those it uses, after it was forked."""

    settings = providers.Dependency(instance_of=Settings)
    stopping = providers.Singleton(threading.Event)

    clock = providers.Singleton(SystemClock)
    compressor = providers.Selector(
        settings.provided.compression,
        gzip=providers.Singleton(GzipCompressor),
        zstd=providers.Singleton(ZstdCompressor),
    )
    engine = providers.Singleton(make_engine, settings.provided.database_url)
    schema = providers.Singleton(Schema, engine)
    unit_of_work = providers.Factory(SqlUnitOfWork, engine, compressor)
    queue = providers.Singleton(make_queue, settings.provided.queue_address)
    executor = providers.Singleton(
        PlatformExecutors,
        providers.Dict(
            {
                Platform.DIRECT: providers.Singleton(LocalProcessExecutor, queue),
                Platform.BATCH: providers.Singleton(SlurmExecutor, queue),
            }
        ),
    )
    task_files = providers.Singleton(make_task_files, settings)
    hasher = providers.Singleton(Argon2PasswordHasher)
    secret_keys = (settings.provided.secret_key, settings.provided.secret_key_previous)
    tokens = providers.Singleton(JwtTokenIssuer, clock, *secret_keys)
    secret_box = providers.Singleton(FernetSecretBox, *secret_keys)
    certificate_reader = providers.Singleton(OpenSshCertificateReader)
    ssh_credentials = providers.Factory(
        StoredSshCredentials,
        unit_of_work.provider,
        secret_box,
        certificate_reader,
        clock,
    )

    simulators = providers.Singleton(
        make_simulators,
        settings.provided.simulators_dir,
        geant4_command=settings.provided.geant4_command,
    )

    register_user = providers.Factory(RegisterUser, unit_of_work.provider, hasher)
    sessions = providers.Factory(Sessions, unit_of_work.provider, hasher, tokens, clock)
    rotate_secrets = providers.Factory(RotateSecrets, unit_of_work.provider, secret_box)
    change_password = providers.Factory(
        ChangePassword, unit_of_work.provider, hasher, sessions, clock
    )
    sign_in_with_keycloak = providers.Singleton(
        SignInWithKeycloak,
        unit_of_work.provider,
        providers.Singleton(make_identity_provider, settings, clock),
        sessions,
        providers.Factory(
            CertifyUser, providers.Singleton(make_certificate_service, settings), ssh_credentials
        ),
    )
    worker_notes = providers.Factory(WorkerNotes, unit_of_work.provider, clock)
    # What users may ask for is what the workers have, not what lies on this machine.
    offered_simulators = providers.Singleton(
        make_simulators,
        settings.provided.simulators_dir,
        installed=worker_notes.provided.installed,
        geant4_command=settings.provided.geant4_command,
    )
    submit_job = providers.Factory(
        SubmitJob,
        unit_of_work.provider,
        offered_simulators,
        executor,
        clock,
        substitutes=settings.provided.substitutes,
    )
    cancel_job = providers.Factory(CancelJob, unit_of_work.provider, executor, clock)
    remove_job = providers.Factory(RemoveJob, unit_of_work.provider, queue)
    read_jobs = providers.Factory(ReadJobs, unit_of_work.provider)
    watch_jobs = providers.Singleton(
        WatchJobs, unit_of_work.provider, settings.provided.most_waiting
    )
    read_results = providers.Factory(ReadResults, unit_of_work.provider, compressor)

    count_work = providers.Factory(CountWork, unit_of_work.provider, queue)
    check_readiness = providers.Factory(
        CheckReadiness,
        providers.Dict(
            database=schema.provided.ping,
            schema=schema.provided.check,
            queue=providers.Callable(partial, queue.provided.length, QueueName.SIMULATIONS),
        ),
    )

    lease_seconds = settings.provided.lease_seconds
    settle_job = providers.Factory(SettleJob, unit_of_work.provider, queue, clock)
    claim_task = providers.Factory(ClaimTask, unit_of_work.provider, clock, lease_seconds)
    claim_merge = providers.Factory(ClaimMerge, unit_of_work.provider, clock, lease_seconds)
    report_progress = providers.Factory(
        ReportProgress, unit_of_work.provider, settle_job, clock, lease_seconds
    )
    release_work = providers.Factory(ReleaseWork, unit_of_work.provider, queue, clock)
    store_results = providers.Factory(StoreResults, unit_of_work.provider, compressor, queue, clock)
    partial_merges = providers.Factory(PartialMerges, unit_of_work.provider, compressor, queue)
    partial_results = providers.Factory(AskForPartialResults, unit_of_work.provider, queue, clock)
    fail_job = providers.Factory(FailJob, unit_of_work.provider, queue, clock)
    add_logs = providers.Factory(AddLogs, unit_of_work.provider)
    recover_lost_tasks = providers.Singleton(
        RecoverLostTasks,
        unit_of_work.provider,
        executor,
        queue,
        settle_job,
        clock,
        settings.provided.lease_seconds,
    )

    sweep_task_files = providers.Factory(SweepTaskFiles, unit_of_work.provider, task_files, clock)

    batch_clusters = providers.Singleton(
        make_clusters, settings.provided.ssh_known_hosts, certificate_reader, clock
    )
    accounts = providers.Factory(ClusterAccounts, unit_of_work.provider, ssh_credentials)
    recipes = providers.Singleton(make_recipes)
    submit_batch_job = providers.Factory(
        SubmitBatchJob, unit_of_work.provider, submit_job, batch_clusters, accounts, recipes
    )
    batch_log = providers.Singleton(BatchLog, unit_of_work.provider, clock)
    start_batch_job = providers.Factory(
        StartBatchJob,
        unit_of_work.provider,
        batch_clusters,
        accounts,
        simulators,
        recipes,
        providers.Factory(
            Reporting,
            settings.provided.external_url,
            providers.Factory(UpdateKeys, tokens),
            providers.Object(merging_code),
        ),
        batch_log,
        clock,
    )
    bring_in_outputs = providers.Factory(
        BringInOutputs,
        unit_of_work.provider,
        batch_clusters,
        simulators,
        task_files,
        providers.Factory(Path, settings.provided.data_dir, "work", str(os.getpid())),
    )
    follow_batch_job = providers.Singleton(
        FollowBatchJob,
        unit_of_work.provider,
        batch_clusters,
        providers.Factory(
            Following,
            providers.Factory(
                TakeMergedResults,
                unit_of_work.provider,
                batch_clusters,
                providers.Object(read_merged),
                store_results,
                clock,
            ),
            bring_in_outputs,
            settle_job,
            batch_log,
        ),
        clock,
    )
    poll_cluster = providers.Singleton(
        PollCluster,
        unit_of_work.provider,
        batch_clusters,
        accounts,
        start_batch_job,
        follow_batch_job,
        batch_log,
        clock,
        providers.Singleton(Pace),
    )
    attend_batch_job = providers.Factory(
        AttendBatchJob, unit_of_work.provider, batch_clusters, accounts, start_batch_job, clock
    )
    sweep_clusters = providers.Factory(
        SweepClusters,
        unit_of_work.provider,
        batch_clusters,
        accounts,
        clock,
        settings.provided.cluster_folder_days,
    )

    backend = providers.Singleton(
        HttpBackend,
        settings.provided.internal_url,
        providers.Factory(UpdateKeys, tokens),
        providers.Factory(WorkerKeys, tokens),
        stopping,
    )
    runner = providers.Singleton(make_runner, settings)
    worker = providers.Factory(
        Worker,
        providers.Factory(Path, settings.provided.data_dir, "work", str(os.getpid())),
        stopping.provided.is_set,
        providers.Factory(DiskRoom, settings.provided.data_dir, settings.provided.least_disk_mib),
    )
    run_task = providers.Factory(
        RunTask,
        backend,
        simulators,
        runner,
        task_files,
        worker,
        others_expected_seconds=LATELY.total_seconds(),
    )
    merge_job = providers.Singleton(MergeJob, backend, simulators, task_files)


def make_container(settings: Settings | None = None) -> Container:
    """Return a container for `settings`, by default those of the environment."""
    return Container(settings=providers.Object(settings or read_settings()))
