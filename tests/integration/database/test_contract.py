"""The databases are held to the contract of the port, as the fake is."""

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


class TestUsers(UsersContract): ...


class TestJobs(JobsContract): ...


class TestNumbers(NumbersContract): ...


class TestTasks(TasksContract): ...


class TestResults(ResultsContract): ...


class TestLoginAttempts(LoginAttemptsContract): ...


class TestWorkers(WorkerRegistryContract): ...


class TestJobOverview(JobOverviewContract): ...


class TestUserDirectory(UserDirectoryContract): ...


class TestUsageReport(UsageReportContract): ...


class TestClusters(ClustersContract): ...


class TestBatches(BatchesContract): ...
