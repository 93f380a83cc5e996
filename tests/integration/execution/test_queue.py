"""Huey on SQLite and on Redis with real worker processes."""

import os
import signal
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from adapters.queue.messages import declare_simulations
from adapters.queue.queues import make_queue
from adapters.queue.task_queue import HueyTaskQueue
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage
from tests.contracts.execution import TaskQueueContract
from tests.integration.servers.process import Server, free_port, wait_until
from tests.integration.servers.redis import RedisServer
from tests.job_refs import job_ref

WORKER = """
import logging, sys, time
from pathlib import Path
from adapters.queue.consumer import Drain, consume_simulations
from domain.errors import BackendUnreachable, RunsElsewhere
address, folder = sys.argv[1], Path(sys.argv[2])
seconds, grace = float(sys.argv[3]), float(sys.argv[4])
logging.basicConfig(level="WARNING")
stop = []
def note(text):
    with open(folder / "done", "a") as f: f.write(text + "\\n")
def run_task(message):
    note(f"start {message.index}")
    if message.index == 13: raise RuntimeError("bad luck")
    if message.index == 14: raise BackendUnreachable("the API is away")
    if message.job.simulation_id == 15 and folder.name == "lacking": raise RunsElsewhere("topas")
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stop: time.sleep(0.01)
    word = "handed back" if stop else "task"
    note(f"{word} {message.job.simulation_id}.{message.index}.{message.attempt}")
def run_merge(message): note(f"merge {message.job.simulation_id}")
def hand_back(): stop.append(1); note("stopping")
note("ready")
consume_simulations(address, 1, run_task, run_merge, Drain(grace, hand_back))
note("ended")
"""


@pytest.fixture(params=["sqlite", "redis"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "redis":
        return str(request.getfixturevalue("redis_url"))
    return str(tmp_path / "queue")


@pytest.fixture
def queue(address: str) -> HueyTaskQueue:
    return HueyTaskQueue(address)


class TestSqlite(TaskQueueContract):
    @pytest.fixture
    def queue(self, tmp_path: Path) -> HueyTaskQueue:
        return HueyTaskQueue(str(tmp_path / "queue"))

    @pytest.fixture
    def away(self, tmp_path: Path) -> HueyTaskQueue:
        queue = HueyTaskQueue(str(tmp_path / "broken"))
        for file in (tmp_path / "broken").glob("*.sqlite"):
            file.write_bytes(b"this is no database, it only lies in its place" * 100)
        return queue


class TestRedis(TaskQueueContract):
    @pytest.fixture
    def queue(self, redis_url: str) -> HueyTaskQueue:
        return HueyTaskQueue(redis_url)

    @pytest.fixture
    def away(self) -> HueyTaskQueue:
        return HueyTaskQueue(f"redis://127.0.0.1:{free_port()}/0")


class Worker:
    """A worker process with one thread, and what it notes down."""

    def __init__(self, address: str, folder: Path, seconds: float, grace: float = 30) -> None:
        self._notes = folder / "done"
        self._notes.touch()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", WORKER, address, folder, seconds, grace]
        self.server = Server(command, folder / "worker.log", environment)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.kill()

    def notes(self, wanted: str) -> list[str]:
        """Return the lines noted so far once `wanted` is among them."""
        wait_until(lambda: wanted in self.lines(), repr(wanted), progress=self.lines)
        return self.lines()

    def lines(self) -> list[str]:
        return [line for line in self._notes.read_text().splitlines() if line != "ready"]


def test_merges_come_first_then_tasks_by_turn(
    queue: HueyTaskQueue, address: str, tmp_path: Path
) -> None:
    queue.enqueue_tasks([TaskMessage(job_ref(1), index, 1, turn=index) for index in (1, 2, 3)])
    queue.enqueue_tasks([TaskMessage(job_ref(2), index, 1, turn=index) for index in (1, 2)])
    queue.enqueue_merge(MergeMessage(job_ref(9)))
    with Worker(address, tmp_path, 0) as worker:
        seen = worker.notes("task 1.3.1")
    assert [line for line in seen if not line.startswith("start")] == [
        "merge 9", "task 1.1.1", "task 2.1.1", "task 1.2.1", "task 2.2.1", "task 1.3.1",
    ]  # fmt: skip


def test_an_error_does_not_end_the_worker(
    queue: HueyTaskQueue, address: str, tmp_path: Path
) -> None:
    queue.enqueue_tasks([TaskMessage(job_ref(1), 13, 1), TaskMessage(job_ref(1), 2, 1)])
    with Worker(address, tmp_path, 0) as worker:
        worker.notes("task 1.2.1")


def test_a_task_that_could_not_begin_is_put_back(
    queue: HueyTaskQueue, address: str, tmp_path: Path
) -> None:
    queue.enqueue_tasks([TaskMessage(job_ref(1), 14, 1), TaskMessage(job_ref(1), 2, 1, turn=1)])
    with Worker(address, tmp_path, 0) as worker:
        worker.notes("start 14")
        wait_until(lambda: worker.lines().count("start 14") > 1, "a second try")
        worker.server.tell(signal.SIGTERM)
        worker.notes("ended")
    assert TaskMessage(job_ref(1), 14, 1) in queue.waiting_work()


def test_work_for_other_workers_is_passed_over_and_left_to_them(
    queue: HueyTaskQueue, address: str, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("lacking", "equipped")]
    for folder in folders:
        folder.mkdir()
    queue.enqueue_tasks([TaskMessage(job_ref(15), index, 1) for index in range(1, 6)])
    queue.enqueue_tasks(
        [TaskMessage(job_ref(1), 2, 1, turn=3), TaskMessage(job_ref(1), 3, 1, turn=4)]
    )
    with Worker(address, folders[0], 0) as lacking:
        lines = lacking.notes("task 1.3.1")
        # It asked about the foreign simulation, and once was enough to get at all of its own.
        assert [line for line in lines if line.startswith("start")] == [
            "start 1", "start 2", "start 3",
        ]  # fmt: skip
        queue.enqueue_tasks([TaskMessage(job_ref(1), 4, 1, turn=9)])
        lacking.notes("task 1.4.1")
        with Worker(address, folders[1], 0) as equipped:
            wait_until(
                lambda: sum("task 15." in line for line in equipped.lines()) == 5, "all five"
            )
    assert not queue.waiting_work()


def test_messages_of_a_version_before_are_dropped_and_do_not_count_as_waiting(
    queue: HueyTaskQueue, address: str, tmp_path: Path
) -> None:
    """As they were put until jobs were named: numbers alone."""
    older = make_queue(address, QueueName.SIMULATIONS)
    tasks, merges = declare_simulations(older)
    work = [tasks.s(1, 7, 1), merges.s(1, priority=10), merges.s(1, True, priority=10)]
    older.storage.enqueue_many([(older.serialize_task(item), item.priority or 0) for item in work])
    assert queue.length(QueueName.SIMULATIONS) == 3
    assert not queue.waiting_work()
    queue.enqueue_tasks([TaskMessage(job_ref(1), 2, 1, turn=1)])
    with Worker(address, tmp_path, 0) as worker:
        assert worker.notes("task 1.2.1") == ["start 2", "task 1.2.1"]
    assert queue.length(QueueName.SIMULATIONS) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_work_end_and_keeps_the_rest(
    queue: HueyTaskQueue, address: str, tmp_path: Path, number: signal.Signals
) -> None:
    queue.enqueue_tasks([TaskMessage(job_ref(1), 1, 1), TaskMessage(job_ref(1), 2, 1)])
    with Worker(address, tmp_path, 1) as worker:
        worker.notes("start 1")
        worker.server.tell(number)
        assert worker.notes("ended") == ["start 1", "task 1.1.1", "stopping", "ended"]
        assert worker.server.wait_for_end() == 0
    assert set(queue.waiting_work()) == {TaskMessage(job_ref(1), 2, 1)}


def test_what_does_not_end_in_time_is_stopped(
    queue: HueyTaskQueue, address: str, tmp_path: Path
) -> None:
    queue.enqueue_tasks([TaskMessage(job_ref(1), 1, 1)])
    with Worker(address, tmp_path, 600, grace=0.2) as worker:
        worker.notes("start 1")
        worker.server.tell(signal.SIGTERM)
        seen = worker.notes("ended")
        assert seen == ["start 1", "stopping", "handed back 1.1.1", "ended"]


def test_a_second_signal_ends_at_once(queue: HueyTaskQueue, address: str, tmp_path: Path) -> None:
    queue.enqueue_tasks([TaskMessage(job_ref(1), 1, 1)])
    with Worker(address, tmp_path, 600, grace=600) as worker:
        worker.notes("start 1")
        for _ in range(2):
            worker.server.tell(signal.SIGTERM)
            time.sleep(0.2)  # Two signals of a kind that come together are one.
        assert worker.server.wait_for_end() == 128 + signal.SIGTERM


def test_an_idle_worker_stops_at_once(address: str, tmp_path: Path) -> None:
    with Worker(address, tmp_path, 0) as worker:
        wait_until(lambda: "ready" in (tmp_path / "done").read_text(), "a worker")
        time.sleep(0.2)
        worker.server.tell(signal.SIGTERM)
        worker.notes("ended")


def test_a_killed_worker_takes_only_its_own_message_along(
    queue: HueyTaskQueue, address: str, tmp_path: Path
) -> None:
    queue.enqueue_tasks([TaskMessage(job_ref(1), 1, 1), TaskMessage(job_ref(1), 2, 1)])
    with Worker(address, tmp_path, 600) as worker:
        worker.notes("start 1")
        worker.server.kill()
    with Worker(address, tmp_path, 0) as worker:
        assert "task 1.1.1" not in worker.notes("task 1.2.1")


def test_several_workers_share_a_queue(queue: HueyTaskQueue, address: str, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    queue.enqueue_tasks([TaskMessage(job_ref(1), index + 20, 1) for index in range(40)])
    with Worker(address, folders[0], 0.02) as one, Worker(address, folders[1], 0.02) as two:

        def done() -> list[str]:
            return sorted(x for x in one.lines() + two.lines() if x.startswith("task"))

        wait_until(lambda: len(done()) >= 40, "all forty", progress=done)
        assert done() == sorted(f"task 1.{index + 20}.1" for index in range(40))
        assert one.lines() and two.lines()


def test_messages_on_redis_wait_for_hundredths_of_a_second(redis_url: str, tmp_path: Path) -> None:
    queue = HueyTaskQueue(redis_url)
    with Worker(redis_url, tmp_path, 0) as worker:
        queue.enqueue_tasks([TaskMessage(job_ref(1), 100, 1)])
        worker.notes("task 1.100.1")
        waits = []
        for index in range(101, 111):
            begin = time.monotonic()
            queue.enqueue_tasks([TaskMessage(job_ref(1), index, 1)])
            wait_until(lambda index=index: f"task 1.{index}.1" in worker.lines(), "its end")
            waits.append(time.monotonic() - begin)
    # The fastest of ten: others share this machine. Polling could not be that fast ten times.
    assert min(waits) < 0.1


def test_a_worker_outlives_a_redis_that_forgets(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    try:
        queue = HueyTaskQueue(server.url)
        with Worker(server.url, tmp_path, 0) as worker:
            queue.enqueue_tasks([TaskMessage(job_ref(1), 1, 1)])
            worker.notes("task 1.1.1")
            server.stop()
            assert not queue.enqueue_tasks([TaskMessage(job_ref(1), 2, 1)])
            server.start()
            assert queue.length(QueueName.SIMULATIONS) == 0
            assert queue.enqueue_tasks([TaskMessage(job_ref(1), 3, 1)])
            assert "task 1.2.1" not in worker.notes("task 1.3.1")
    finally:
        server.stop()


def test_a_thousand_tasks_are_one_command(redis_server: RedisServer, redis_url: str) -> None:
    queue = HueyTaskQueue(redis_url)
    queue.length(QueueName.SIMULATIONS)
    with redis_server.client() as client:
        before = client.info("stats")["total_commands_processed"]
        queue.enqueue_tasks([TaskMessage(job_ref(1), index, 1) for index in range(1, 1001)])
        spent = client.info("stats")["total_commands_processed"] - before
        assert client.info("commandstats")["cmdstat_zadd"]["calls"] >= 1
    assert spent < 10
    assert len(queue.waiting_work()) == 1000


def test_a_thousand_tasks_are_one_transaction(tmp_path: Path) -> None:
    queue = HueyTaskQueue(str(tmp_path))
    begun: list[str] = []
    huey = queue._queues[QueueName.SIMULATIONS]
    huey.storage.conn.set_trace_callback(begun.append)
    queue.enqueue_tasks([TaskMessage(job_ref(1), index, 1) for index in range(1, 1001)])
    assert sum("begin" in statement.lower() for statement in begun) == 1
    with sqlite3.connect(tmp_path / "simulations.sqlite") as other:
        assert other.execute("select count(*) from task").fetchone() == (1000,)
    other.close()


def test_messages_can_not_make_a_worker_run_code(tmp_path: Path) -> None:
    queue = HueyTaskQueue(str(tmp_path))
    huey = make_queue(str(tmp_path), QueueName.SIMULATIONS)
    queue.enqueue_tasks([TaskMessage(job_ref(1), 2, 3, turn=4)])
    data = huey.storage.dequeue()
    named = b'"yaptide.run_task", -4, [1, 2, 3, "%b"]]' % job_ref(1).job_id.encode()
    assert named in bytes(data)
