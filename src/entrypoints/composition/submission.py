"""Joins what `application.submission` needs, and the simulators that it offers."""

from dependency_injector import providers

from application.simulators.worker_notes import WorkerNotes
from application.submission.submit_batch_job import SubmitBatchJob
from application.submission.submit_job import SubmitJob
from entrypoints.composition.accounts import Accounts
from entrypoints.composition.lazy_adapters import make_clusters, make_recipes
from entrypoints.composition.simulators import make_simulators


class Submission(Accounts):
    """What users may ask for, and how a job comes about."""

    worker_notes = providers.Factory(WorkerNotes, Accounts.unit_of_work.provider, Accounts.clock)
    # What users may ask for is what the workers have, not what lies on this machine.
    offered_simulators = providers.Singleton(
        make_simulators,
        Accounts.settings.provided.simulators_dir,
        installed=worker_notes.provided.installed,
        geant4_command=Accounts.settings.provided.geant4_command,
    )
    submit_job = providers.Factory(
        SubmitJob,
        Accounts.unit_of_work.provider,
        offered_simulators,
        Accounts.executor,
        Accounts.clock,
        substitutes=Accounts.settings.provided.substitutes,
    )
    batch_clusters = providers.Singleton(
        make_clusters,
        Accounts.settings.provided.ssh_known_hosts,
        Accounts.certificate_reader,
        Accounts.clock,
    )
    recipes = providers.Singleton(make_recipes)
    submit_batch_job = providers.Factory(
        SubmitBatchJob,
        Accounts.unit_of_work.provider,
        submit_job,
        batch_clusters,
        Accounts.accounts,
        recipes,
    )
