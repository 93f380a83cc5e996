"""What every unit of work must do with clusters and batch jobs. Subclasses give `store`."""

from datetime import timedelta

import pytest

from application.ports.batch_repository import ClusterUser
from application.ports.job_repository import JobInput
from domain.cluster import BatchOptions, Cluster
from domain.errors import ClusterExists, ClusterInUse
from domain.job import Platform
from domain.states import EntityState
from tests.contracts.persistence import LATER, NOW, Store, add_user, new_job

OPTIONS = BatchOptions({"time": "0:15:00", "exclusive": ""}, {"account": "grant"})
ARES = Cluster(
    "ares", "login.example", 2222, "x{user}", "ssh-ed25519 AAAA", "/w", "module load x", 5, OPTIONS
)
UNTIL = LATER + timedelta(minutes=5)


def add_cluster(store: Store, cluster: Cluster = ARES) -> Cluster:
    with store() as work:
        added: Cluster = work.clusters.add(cluster)
        work.commit()
    return added


def add_batch_job(
    store: Store, whose: ClusterUser, job_id: str = "job-1", ended: bool = False
) -> int:
    end = NOW if ended else None
    state = EntityState.FAILED if ended else EntityState.PENDING
    job = new_job(whose.user_id, job_id, platform=Platform.BATCH, state=state, end_time=end)
    with store() as work:
        stored = work.jobs.add(job, JobInput({}, 100))
        work.batches.add(stored.simulation_id, whose.cluster_id, OPTIONS)
        work.commit()
    return int(stored.simulation_id)


class ClustersContract:
    def test_clusters_come_back_as_they_were_added(self, store: Store) -> None:
        added = [add_cluster(store), add_cluster(store, Cluster("prometheus", "other.example"))]
        with store(read_only=True) as work:
            assert list(work.clusters.all()) == added

    def test_a_name_is_taken_once(self, store: Store) -> None:
        add_cluster(store)
        with store() as work, pytest.raises(ClusterExists):
            work.clusters.add(ARES)

    def test_a_cluster_is_removed_unless_jobs_refer_to_it(self, store: Store) -> None:
        whose = ClusterUser(add_user(store), add_cluster(store).id)
        key = add_batch_job(store, whose)
        with store() as work, pytest.raises(ClusterInUse):
            work.clusters.remove("ares")
        with store() as work:
            work.jobs.remove(key)
            assert work.clusters.remove("ares")
            assert not work.clusters.remove("ares")
            assert not work.clusters.all()


class BatchesContract:
    @pytest.fixture
    def whose(self, store: Store) -> ClusterUser:
        return ClusterUser(add_user(store), add_cluster(store).id)

    def test_a_new_job_is_claimed_once(self, store: Store, whose: ClusterUser) -> None:
        key = add_batch_job(store, whose)
        with store() as work:
            found = work.batches.claim_new(key, NOW, UNTIL)
            assert work.batches.claim_new(key, NOW, UNTIL) is None
            assert work.batches.claim_new(key, UNTIL, UNTIL) is not None
            assert work.batches.claim_new(key + 1, NOW, UNTIL) is None
        assert (found.job.job_id, found.cluster.name) == ("job-1", "ares")
        assert (found.options, found.cluster.options, found.attempts) == (OPTIONS, OPTIONS, 0)
        assert [task.index for task in found.job.tasks] == [1, 2, 3]

    def test_what_the_cluster_calls_it_is_kept(self, store: Store, whose: ClusterUser) -> None:
        key = add_batch_job(store, whose)
        with store() as work:
            work.batches.attempted(key)
            work.batches.submitted(key, "/w/job-1", 17, 18)
            work.batches.asked([key], LATER)
            work.commit()
        with store() as work:
            found = work.batches.get(key)
            assert work.batches.claim_new(key, NOW, UNTIL) is None
        assert (found.job_dir, found.array_id, found.collect_id) == ("/w/job-1", 17, 18)
        assert (found.attempts, found.asked) == (1, LATER)

    def test_all_jobs_of_a_user_are_claimed_together(
        self, store: Store, whose: ClusterUser
    ) -> None:
        keys = [add_batch_job(store, whose, name) for name in ("a", "b")]
        other = ClusterUser(add_user(store, "bob"), whose.cluster_id)
        add_batch_job(store, other, "c")
        with store() as work:
            assert not work.batches.due(NOW - timedelta(seconds=1))
            assert list(work.batches.due(NOW)) == [whose, other]
            found = work.batches.claim(whose, NOW, UNTIL)
            assert [item.job.simulation_id for item in found] == keys
            assert not work.batches.claim(whose, NOW, UNTIL)
            assert list(work.batches.due(NOW)) == [other]

    def test_a_job_that_is_being_submitted_is_left_alone(
        self, store: Store, whose: ClusterUser
    ) -> None:
        submitted, leased = (add_batch_job(store, whose, name) for name in ("a", "b"))
        with store() as work:
            work.batches.submitted(submitted, "/w/a", 17, 18)
            assert work.batches.claim_new(leased, NOW, UNTIL) is not None
            found = work.batches.claim(whose, NOW, UNTIL)
            assert [item.job.simulation_id for item in found] == [submitted]
            work.batches.schedule(whose, NOW)
            assert work.batches.claim_new(leased, NOW, UNTIL) is None
            work.batches.put_off(leased, NOW)
            assert work.batches.claim_new(leased, NOW, UNTIL) is not None

    def test_times_move_together_until_a_job_is_closed(
        self, store: Store, whose: ClusterUser
    ) -> None:
        first, second = (add_batch_job(store, whose, name) for name in ("a", "b"))
        with store() as work:
            assert work.batches.last_asked(whose) is None
            for key in (first, second):
                work.batches.submitted(key, f"/w/{key}", key, key)
            work.batches.schedule(whose, UNTIL)
            assert not work.batches.due(LATER)
            work.batches.asked([first], LATER)
            assert work.batches.last_asked(whose) == LATER
            assert work.batches.is_open(first)
            work.batches.close(first)
            work.batches.put_off(first, NOW)
            assert not work.batches.is_open(first)
            assert not work.batches.due(LATER)
            found = work.batches.claim(whose, UNTIL, UNTIL)
            assert [item.job.simulation_id for item in found] == [second]
            assert list(work.batches.open_job_ids(whose)) == ["b"]

    def test_old_folders_are_found_until_they_are_swept(
        self, store: Store, whose: ClusterUser
    ) -> None:
        key = add_batch_job(store, whose, ended=True)
        with store() as work:
            work.batches.submitted(key, "/w/job-1", 17, 18)
            assert not work.batches.expired(LATER)
            work.batches.close(key)
            assert not work.batches.expired(NOW)
            assert list(work.batches.expired(LATER)) == [whose]
            work.batches.swept(whose, LATER)
            assert not work.batches.expired(LATER)
