"""What every store of task files and every queue must do."""

from pathlib import Path

import pytest

from application.ports.task_files import TaskFiles
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage, TaskQueue
from domain.errors import QueueUnavailable


class TaskFilesContract:
    """Subclasses give `files`."""

    def _put(self, files: TaskFiles, folder: Path, attempt: int, content: str) -> None:
        (folder / "out.bin").write_text(content)
        files.put(5, 1, attempt, [folder / "out.bin"])

    def test_attempts_are_kept_apart(self, files: TaskFiles, tmp_path: Path) -> None:
        for attempt in (1, 2):
            self._put(files, tmp_path, attempt, f"attempt {attempt}")
        (tmp_path / "out.bin").unlink()
        with files.fetch(5, 1, 1) as folder:
            assert (folder / "out.bin").read_text() == "attempt 1"

    def test_a_second_put_replaces_the_first(self, files: TaskFiles, tmp_path: Path) -> None:
        self._put(files, tmp_path, 1, "first")
        (tmp_path / "out.bin").unlink()
        self._put(files, tmp_path, 1, "second")
        with files.fetch(5, 1, 1) as folder:
            assert (folder / "out.bin").read_text() == "second"

    def test_what_is_not_there_is_an_error(self, files: TaskFiles) -> None:
        with pytest.raises(FileNotFoundError), files.fetch(5, 1, 1):
            pass

    def test_removal_forgets_a_simulation(self, files: TaskFiles, tmp_path: Path) -> None:
        self._put(files, tmp_path, 1, "x")
        assert list(files.simulations()) == [5]
        files.remove(5)
        files.remove(5)
        assert list(files.simulations()) == []
        with pytest.raises(FileNotFoundError), files.fetch(5, 1, 1):
            pass


class TaskQueueContract:
    """Subclasses give `queue`, and `away`: a queue that can't be reached."""

    def test_messages_wait_in_their_queues(self, queue: TaskQueue) -> None:
        assert queue.enqueue_tasks([TaskMessage(1, index, 1) for index in range(1, 4)])
        assert queue.enqueue_merge(MergeMessage(1))
        assert queue.enqueue_cleanup(1)
        assert queue.length(QueueName.SIMULATIONS) == 4
        assert queue.length(QueueName.HELPER_SHORT) == 1
        assert queue.length(QueueName.HELPER) == 0
        assert queue.enqueue_batch(1)
        assert queue.length(QueueName.HELPER) == 1

    def test_what_waits_is_told(self, queue: TaskQueue) -> None:
        assert not queue.waiting_work()
        assert queue.enqueue_tasks([])
        queue.enqueue_tasks([TaskMessage(1, 2, 3), TaskMessage(1, 3, 1, turn=9)])
        queue.enqueue_tasks([TaskMessage(1, 2, 3)])
        queue.enqueue_merge(MergeMessage(7))
        queue.enqueue_cleanup(5)
        expected = {TaskMessage(1, 2, 3), TaskMessage(1, 3, 1), MergeMessage(7)}
        assert set(queue.waiting_work()) == expected

    def test_a_queue_that_is_away_says_no(self, away: TaskQueue) -> None:
        assert not away.enqueue_tasks([TaskMessage(1, 1, 1)])
        assert not away.enqueue_merge(MergeMessage(1))
        assert not away.enqueue_cleanup(1)
        assert not away.enqueue_batch(1)
        with pytest.raises(QueueUnavailable):
            away.length(QueueName.SIMULATIONS)
        with pytest.raises(QueueUnavailable):
            away.waiting_work()
