"""Twenty users submit five hundred jobs at once: none is lost, and none waits for a greedy one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from tests.integration.faults.conftest import WORKERS
from tests.integration.faults.jobs import PatientBrowser
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.process import wait_until

USERS = 20
JOBS_EACH = 25
LONGEST_CROWD = 900.0


def test_five_hundred_jobs_of_twenty_users(
    deployment: Deployment, behave: Any, undisturbed: Any
) -> None:
    behave(seconds=0)
    deployment.stop(*WORKERS)
    with ThreadPoolExecutor(USERS) as crowd:
        submitted = [
            job for jobs in crowd.map(submit_all(deployment), range(USERS)) for job in jobs
        ]
    assert len(set(submitted)) == USERS * JOBS_EACH
    deployment.start(*WORKERS)
    wait_until(
        lambda: ended(deployment) == {"COMPLETED": USERS * JOBS_EACH},
        "all jobs",
        progress=lambda: ended(deployment),
        longest=LONGEST_CROWD,
    )
    served: Counter[str] = Counter()
    for position, name in enumerate(order_of_starts(deployment), start=1):
        served[name] += 1
        # Nobody is ever much ahead of an equal share.
        assert abs(served[name] - position / USERS) <= 2, (position, served)
    assert set(served.values()) == {JOBS_EACH}


def submit_all(deployment: Deployment) -> Any:
    def submit(number: int) -> list[str]:
        browser = PatientBrowser(deployment)  # type: ignore[arg-type]
        browser.sign_in(f"user-{number}")
        return [browser.start(ntasks=1, primaries=20) for _ in range(JOBS_EACH)]

    return submit


def ended(deployment: Deployment) -> dict[str, int]:
    """Return how many jobs of the crowd are in each state."""
    return dict(
        rows(
            deployment,
            'SELECT state, count(*) FROM job JOIN "user" u ON u.id = user_id'
            " WHERE u.username LIKE 'user-%' GROUP BY state",
        )
    )


def order_of_starts(deployment: Deployment) -> list[str]:
    """Return whose jobs were begun, in the order in which they were."""
    found = rows(
        deployment,
        "SELECT u.username, t.start_time FROM task t JOIN job j ON j.id = t.job_id"
        " JOIN \"user\" u ON u.id = j.user_id WHERE u.username LIKE 'user-%'"
        " ORDER BY t.start_time",
    )
    return [row[0] for row in found]


def rows(deployment: Deployment, statement: str) -> list[Any]:
    with psycopg.connect(deployment.settings["DATABASE_URL"]) as connection:
        return connection.execute(statement.encode()).fetchall()
