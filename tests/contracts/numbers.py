"""No number that leaves a store is ever given to another. Subclasses give `store`."""

import pytest

from domain.errors import UnknownSimulation
from tests.contracts.clusters import ARES, add_cluster
from tests.contracts.persistence import Store, add_job, add_user


class NumbersContract:
    def test_the_number_of_a_removed_job_is_never_used_again(self, store: Store) -> None:
        user_id = add_user(store)
        given = []
        for number in range(3):
            job = add_job(store, user_id, f"job-{number}")
            given.append(job.simulation_id)
            with store() as work:
                work.jobs.remove(job.simulation_id)
                work.commit()
        assert len(set(given)) == 3
        with store() as work, pytest.raises(UnknownSimulation):
            work.jobs.numbered(given[-1])

    def test_the_number_of_a_removed_user_is_never_used_again(self, store: Store) -> None:
        given = []
        for _ in range(3):
            given.append(add_user(store))
            with store() as work:
                work.directory.remove(given[-1])
                work.commit()
        assert len(set(given)) == 3

    def test_the_number_of_a_removed_cluster_is_never_used_again(self, store: Store) -> None:
        given = []
        for _ in range(3):
            given.append(add_cluster(store).id)
            with store() as work:
                assert work.clusters.remove(ARES.name)
                work.commit()
        assert len(set(given)) == 3

    def test_a_job_is_found_by_its_number(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store() as work:
            found = work.jobs.numbered(job.simulation_id)
        assert (found.ref, found.state, found.user_id) == (job.ref, job.state, job.user_id)
