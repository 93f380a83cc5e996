"""The users' ways into clusters."""

from application.ports.batch_clusters import Account
from application.ports.ssh_credentials import SshCredentialSource
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.cluster import Cluster
from domain.errors import CredentialsUnusable, SshCredentialsMissing


class ClusterAccounts:
    """Puts a user, the user's key and a cluster together."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, credentials: SshCredentialSource) -> None:
        self._unit_of_work = unit_of_work
        self._credentials = credentials

    def of(self, user_id: int, cluster: Cluster) -> Account:
        """Return a user's account; CredentialsUnusable says, for the user, what lacks."""
        with self._unit_of_work(read_only=True) as work:
            user = work.users.by_id(user_id)
        if user is None:
            raise CredentialsUnusable("The user of this job is gone")
        try:
            key = self._credentials.for_user(user_id)
        except SshCredentialsMissing as error:
            raise CredentialsUnusable(str(error)) from None
        return Account(user_id, user.username, cluster, key)
