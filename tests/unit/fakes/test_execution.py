"""The fakes are held to the contracts of the real ones."""

import pytest

from tests.contracts.computation import ComputationContract
from tests.contracts.execution import TaskFilesContract, TaskQueueContract
from tests.fakes.execution import DirectComputation, FakeTaskQueue, InMemoryTaskFiles


class TestTaskFiles(TaskFilesContract):
    @pytest.fixture
    def files(self) -> InMemoryTaskFiles:
        return InMemoryTaskFiles()


class TestTaskQueue(TaskQueueContract):
    @pytest.fixture
    def queue(self) -> FakeTaskQueue:
        return FakeTaskQueue()

    @pytest.fixture
    def away(self) -> FakeTaskQueue:
        return FakeTaskQueue(away=True)


class TestComputation(ComputationContract):
    @pytest.fixture
    def computation(self) -> DirectComputation:
        return DirectComputation()
