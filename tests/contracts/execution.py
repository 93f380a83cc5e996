"""What every store of task files and every queue must do."""

from pathlib import Path

import pytest

from application.ports.task_files import TaskFiles
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage, TaskQueue
from domain.errors import QueueUnavailable
from domain.job import JobRef
from tests.job_refs import job_ref


class TaskFilesContract:
    """Subclasses give `files`."""

    def _put(self, files: TaskFiles, folder: Path, attempt: int, content: str) -> None:
        (folder / "out.bin").write_text(content)
        files.put(job_ref(5), 1, attempt, [folder / "out.bin"])

    def test_attempts_are_kept_apart(self, files: TaskFiles, tmp_path: Path) -> None:
        for attempt in (1, 2):
            self._put(files, tmp_path, attempt, f"attempt {attempt}")
        (tmp_path / "out.bin").unlink()
        with files.fetch(job_ref(5), 1, 1) as folder:
            assert (folder / "out.bin").read_text() == "attempt 1"

    def test_a_second_put_replaces_the_first(self, files: TaskFiles, tmp_path: Path) -> None:
        self._put(files, tmp_path, 1, "first")
        (tmp_path / "out.bin").unlink()
        self._put(files, tmp_path, 1, "second")
        with files.fetch(job_ref(5), 1, 1) as folder:
            assert (folder / "out.bin").read_text() == "second"

    def test_what_is_not_there_is_an_error(self, files: TaskFiles) -> None:
        with pytest.raises(FileNotFoundError), files.fetch(job_ref(5), 1, 1):
            pass

    def test_outputs_are_of_one_job_whatever_its_number(
        self, files: TaskFiles, tmp_path: Path
    ) -> None:
        self._put(files, tmp_path, 1, "x")
        other = JobRef(5, job_ref(6).job_id)
        with pytest.raises(FileNotFoundError), files.fetch(other, 1, 1):
            pass
        files.remove(other.job_id)
        with files.fetch(job_ref(5), 1, 1):
            pass

    @pytest.mark.parametrize("job_id", ["", "..", "a/b", "5", "job-5"])
    def test_nothing_is_put_under_what_is_no_id(
        self, files: TaskFiles, tmp_path: Path, job_id: str
    ) -> None:
        (tmp_path / "out.bin").write_text("x")
        with pytest.raises(ValueError, match="no id of a job"):
            files.put(JobRef(5, job_id), 1, 1, [tmp_path / "out.bin"])
        assert not files.kept()

    def test_removal_forgets_a_simulation(self, files: TaskFiles, tmp_path: Path) -> None:
        self._put(files, tmp_path, 1, "x")
        assert list(files.kept()) == [job_ref(5).job_id]
        files.remove(job_ref(5).job_id)
        files.remove(job_ref(5).job_id)
        assert list(files.kept()) == []
        with pytest.raises(FileNotFoundError), files.fetch(job_ref(5), 1, 1):
            pass


class TaskQueueContract:
    """Subclasses give `queue`, and `away`: a queue that can't be reached."""

    def test_messages_wait_in_their_queues(self, queue: TaskQueue) -> None:
        assert queue.enqueue_tasks([TaskMessage(job_ref(1), index, 1) for index in range(1, 4)])
        assert queue.enqueue_merge(MergeMessage(job_ref(1)))
        assert queue.enqueue_cleanup(job_ref(1))
        assert queue.length(QueueName.SIMULATIONS) == 4
        assert queue.length(QueueName.HELPER_SHORT) == 1
        assert queue.length(QueueName.HELPER) == 0
        assert queue.enqueue_batch(job_ref(1))
        assert queue.length(QueueName.HELPER) == 1

    def test_what_waits_is_told(self, queue: TaskQueue) -> None:
        assert not queue.waiting_work()
        assert queue.enqueue_tasks([])
        queue.enqueue_tasks([TaskMessage(job_ref(1), 2, 3), TaskMessage(job_ref(1), 3, 1, turn=9)])
        queue.enqueue_tasks([TaskMessage(job_ref(1), 2, 3)])
        queue.enqueue_merge(MergeMessage(job_ref(7)))
        queue.enqueue_cleanup(job_ref(5))
        expected = {
            TaskMessage(job_ref(1), 2, 3),
            TaskMessage(job_ref(1), 3, 1),
            MergeMessage(job_ref(7)),
        }
        assert set(queue.waiting_work()) == expected

    def test_a_queue_that_is_away_says_no(self, away: TaskQueue) -> None:
        assert not away.enqueue_tasks([TaskMessage(job_ref(1), 1, 1)])
        assert not away.enqueue_merge(MergeMessage(job_ref(1)))
        assert not away.enqueue_cleanup(job_ref(1))
        assert not away.enqueue_batch(job_ref(1))
        with pytest.raises(QueueUnavailable):
            away.length(QueueName.SIMULATIONS)
        with pytest.raises(QueueUnavailable):
            away.waiting_work()
