"""Huey on SQLite with a real worker process, and task files in a real folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.files.directory import DirectoryTaskFiles
from adapters.queue.task_queue import HueyTaskQueue
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage
from tests.contracts.execution import TaskFilesContract, TaskQueueContract

WORKER = """
import sys, time
from pathlib import Path
from adapters.queue.consumer import consume_simulations
folder = Path(sys.argv[1])
def note(text):
    with open(folder / "done", "a") as f: f.write(text + "\\n")
def run_task(message):
    note(f"start {message.index}")
    if message.index == 13: raise RuntimeError("bad luck")
    time.sleep(float(sys.argv[2]))
    note(f"task {message.simulation_id}.{message.index}.{message.attempt}")
def run_merge(message): note(f"merge {message.simulation_id}")
consume_simulations(folder / "queue", 1, run_task, run_merge, lambda: note("stopping"))
note("ended")
"""


class TestDirectory(TaskFilesContract):
    @pytest.fixture
    def files(self, tmp_path: Path) -> DirectoryTaskFiles:
        return DirectoryTaskFiles(tmp_path / "task-files")


class TestHuey(TaskQueueContract):
    @pytest.fixture
    def queue(self, tmp_path: Path) -> HueyTaskQueue:
        return HueyTaskQueue(tmp_path / "queue")


def start(folder: Path, seconds: float) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WORKER, str(folder), str(seconds)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def lines(folder: Path, wanted: str) -> list[str]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        seen = (folder / "done").read_text().splitlines() if (folder / "done").exists() else []
        if wanted in seen:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"{wanted!r} did not come, only {seen}")


@pytest.fixture
def queue(tmp_path: Path) -> HueyTaskQueue:
    return HueyTaskQueue(tmp_path / "queue")


def test_merges_come_before_waiting_tasks(queue: HueyTaskQueue, tmp_path: Path) -> None:
    queue.enqueue_tasks([TaskMessage(1, 1, 1), TaskMessage(1, 2, 3)])
    queue.enqueue_merge(MergeMessage(9))
    with start(tmp_path, 0) as worker:
        seen = lines(tmp_path, "task 1.2.3")
        worker.terminate()
    assert [line for line in seen if not line.startswith("start")] == [
        "merge 9", "task 1.1.1", "task 1.2.3",
    ]  # fmt: skip


def test_an_error_does_not_end_the_worker(queue: HueyTaskQueue, tmp_path: Path) -> None:
    queue.enqueue_tasks([TaskMessage(1, 13, 1), TaskMessage(1, 2, 1)])
    with start(tmp_path, 0) as worker:
        lines(tmp_path, "task 1.2.1")
        worker.terminate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_work_end_and_keeps_the_rest(
    queue: HueyTaskQueue, tmp_path: Path, number: int
) -> None:
    queue.enqueue_tasks([TaskMessage(1, 1, 1), TaskMessage(1, 2, 1)])
    with start(tmp_path, 1) as worker:
        lines(tmp_path, "start 1")
        worker.send_signal(number)
        seen = lines(tmp_path, "ended")
    assert seen == ["start 1", "stopping", "task 1.1.1", "ended"]
    assert queue.length(QueueName.SIMULATIONS) == 1


def test_a_second_signal_ends_at_once(queue: HueyTaskQueue, tmp_path: Path) -> None:
    queue.enqueue_tasks([TaskMessage(1, 1, 1)])
    with start(tmp_path, 60) as worker:
        lines(tmp_path, "start 1")
        worker.terminate()
        lines(tmp_path, "stopping")
        worker.terminate()
        assert worker.wait(5) == 128 + signal.SIGTERM


def test_a_killed_worker_takes_only_its_own_message_along(
    queue: HueyTaskQueue, tmp_path: Path
) -> None:
    queue.enqueue_tasks([TaskMessage(1, 1, 1), TaskMessage(1, 2, 1)])
    with start(tmp_path, 60) as worker:
        lines(tmp_path, "start 1")
        worker.kill()
    with start(tmp_path, 0) as worker:
        seen = lines(tmp_path, "task 1.2.1")
        worker.terminate()
    assert "task 1.1.1" not in seen
