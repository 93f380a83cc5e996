"""What the command line needs beyond the service itself."""

from dependency_injector import providers

from adapters.auth.ssh_keys import OpenSshKeyReader
from application.administration.administer_jobs import AdministerJobs
from application.administration.administer_ssh_keys import AdministerSshKeys
from application.administration.administer_users import AdministerUsers
from application.administration.prune_jobs import PruneJobs
from application.administration.report_usage import ReportUsage
from application.administration.rotate_secrets import RotateSecrets
from application.submission.retry_job import RetryJob
from entrypoints.composition.container import Container
from entrypoints.settings import read_settings


class AdministrationContainer(Container):
    """The container of the service, with the use cases of those who run it."""

    administer_jobs = providers.Factory(
        AdministerJobs,
        Container.unit_of_work.provider,
        Container.cancel_job,
        Container.remove_job,
    )
    administer_users = providers.Factory(
        AdministerUsers,
        Container.unit_of_work.provider,
        Container.hasher,
        Container.cancel_job,
        Container.task_files,
        Container.clock,
    )
    administer_ssh_keys = providers.Factory(
        AdministerSshKeys,
        Container.unit_of_work.provider,
        administer_users,
        Container.ssh_credentials,
        providers.Singleton(OpenSshKeyReader),
        Container.certificate_reader,
    )
    prune_jobs = providers.Factory(
        PruneJobs, Container.unit_of_work.provider, Container.task_files, Container.clock
    )
    retry_job = providers.Factory(
        RetryJob, Container.unit_of_work.provider, Container.executor, Container.clock
    )
    rotate_secrets = providers.Factory(
        RotateSecrets, Container.unit_of_work.provider, Container.secret_box
    )
    report_usage = providers.Factory(ReportUsage, Container.unit_of_work.provider)


def make_administration() -> AdministrationContainer:
    """Return a container for the settings of the environment."""
    return AdministrationContainer(settings=providers.Object(read_settings()))
