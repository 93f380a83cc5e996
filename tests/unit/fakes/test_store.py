"""The fake is held to the contract of the databases."""

import pytest

from tests.contracts.administration import (
    JobOverviewContract,
    UsageReportContract,
    UserDirectoryContract,
)
from tests.contracts.clusters import BatchesContract, ClustersContract
from tests.contracts.jobs import JobsContract
from tests.contracts.login_attempts import LoginAttemptsContract
from tests.contracts.numbers import NumbersContract
from tests.contracts.results import ResultsContract
from tests.contracts.tasks import TasksContract
from tests.contracts.users import UsersContract
from tests.contracts.worker_registry import WorkerRegistryContract
from tests.fakes.persistence import FakeStore


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


class TestUsers(UsersContract): ...


class TestJobs(JobsContract): ...


class TestNumbers(NumbersContract): ...


class TestTasks(TasksContract): ...


class TestLoginAttempts(LoginAttemptsContract): ...


class TestWorkers(WorkerRegistryContract): ...


class TestResults(ResultsContract): ...


class TestJobOverview(JobOverviewContract): ...


class TestUserDirectory(UserDirectoryContract): ...


class TestUsageReport(UsageReportContract): ...


class TestClusters(ClustersContract): ...


class TestBatches(BatchesContract): ...
