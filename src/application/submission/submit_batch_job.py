"""Take a job for a cluster: choose the cluster, check the options and the user's key."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from application.accounts.cluster_accounts import ClusterAccounts
from application.ports.batch_clusters import BatchClusters
from application.ports.job_repository import SubmissionKey
from application.ports.unit_of_work import UnitOfWorkFactory
from application.submission.submit_job import BatchPlace, Submission, SubmitJob, SubmittedJob
from domain.cluster import DEFAULT_CLUSTER, BatchOptions, Cluster
from domain.errors import ClusterNotFound, InvalidInput, NotAllowed
from domain.users import KeycloakUser, User


@dataclass(frozen=True, slots=True)
class BatchWish:
    """What a user asks of a cluster: headers are text of a script, options a table."""

    cluster_name: str = DEFAULT_CLUSTER
    array_header: str = ""
    array_options: Mapping[str, object] = field(default_factory=dict)
    collect_header: str = ""
    collect_options: Mapping[str, object] = field(default_factory=dict)


def only_keycloak(user: User) -> KeycloakUser:
    """Return a user whom clusters may know; NotAllowed for one with a password of ours."""
    if not isinstance(user, KeycloakUser):
        raise NotAllowed("Clusters are for users who sign in with Keycloak")
    return user


class SubmitBatchJob:
    """Checks everything that can be checked without asking the cluster, then stores the job."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        submit_job: SubmitJob,
        clusters: BatchClusters,
        accounts: ClusterAccounts,
        sim_types: Collection[str],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._submit_job = submit_job
        self._clusters = clusters
        self._accounts = accounts
        self._sim_types = sim_types

    def __call__(
        self,
        user: User,
        submission: Submission,
        wish: BatchWish,
        key: SubmissionKey | None = None,
    ) -> SubmittedJob:
        """Store a batch job, which the helper submits; InvalidInput names whatever is wrong.

        CredentialsUnusable if the user's certificate has expired or the key can't be used.
        """
        only_keycloak(user)
        cluster = _chosen(self.known_clusters(user), wish.cluster_name)
        options = self._options(wish).over(cluster.options)
        self._clusters.check(self._accounts.of(user.id, cluster))
        place = BatchPlace(cluster.id, options, self._sim_types)
        return self._submit_job(user.id, submission, key, place)

    def known_clusters(self, user: User) -> Sequence[Cluster]:
        """Return the clusters a user may compute on; NotAllowed for local users."""
        only_keycloak(user)
        with self._unit_of_work(read_only=True) as work:
            return work.clusters.all()

    def _options(self, wish: BatchWish) -> BatchOptions:
        read = self._clusters.options
        return BatchOptions(
            read("batch_options.array", wish.array_header, wish.array_options),
            read("batch_options.collect", wish.collect_header, wish.collect_options),
        )


def _chosen(clusters: Sequence[Cluster], name: str) -> Cluster:
    if not clusters:
        raise InvalidInput("batch_options", "no cluster is registered")
    if name == DEFAULT_CLUSTER:
        return clusters[0]
    for cluster in clusters:
        if cluster.name == name:
            return cluster
    raise ClusterNotFound(name[:80], ", ".join(cluster.name for cluster in clusters))
