"""Logs of tasks: those of good runs travel with the outputs, and none is longer than it may be."""

import json
from pathlib import Path

import pytest

from application.merging.merge_job import MergeJob
from application.ports.backend import CompletedTask, MergeOrder
from application.ports.task_queue import MergeMessage
from application.simulators.catalog import SimulatorCatalog
from application.task_outputs import task_logs
from application.task_outputs.task_logs import (
    KEPT,
    in_portions,
    kept_logs,
    last_part,
    read_logs,
    with_logs,
)
from domain.errors import BackendRefused
from tests.fakes.execution import DirectComputation, FakeBackend, InMemoryTaskFiles
from tests.fakes.simulator import ScriptedSimulator
from tests.job_refs import job_ref


def log(folder: Path, text: bytes, name: str = "run.log") -> Path:
    path = folder / name
    path.write_bytes(text)
    return path


def test_a_log_keeps_its_end_and_says_what_is_missing(tmp_path: Path) -> None:
    path = log(tmp_path, b"x" * 90 + b"the end")
    missing = tmp_path / "gone.log"
    assert read_logs(7, [path, missing], 100) == {"task_0007_run.log": "x" * 90 + "the end"}
    (text,) = read_logs(7, [path], 7).values()
    assert text == "[90 bytes before this are not kept]\nthe end"


def test_a_character_that_is_cut_in_two_is_no_error() -> None:
    assert last_part("\u00e4b".encode(), 2).endswith("\ufffdb")


def test_logs_of_others_are_not_read_through_links(tmp_path: Path) -> None:
    (tmp_path / "link.log").symlink_to(log(tmp_path, b"secret", "secret"))
    assert read_logs(1, [tmp_path / "link.log"], 100) == {}


def test_logs_of_a_good_run_lie_with_its_outputs(tmp_path: Path) -> None:
    output = log(tmp_path, b"1", "dose.csv")
    kept = with_logs(3, [output], [log(tmp_path, b"fine \xff")], tmp_path)
    assert [path.name for path in kept] == ["dose.csv", KEPT]
    assert kept_logs([tmp_path]) == {"task_0003_run.log": "fine \ufffd"}


def test_outputs_are_kept_without_logs_where_there_is_no_room_for_them(tmp_path: Path) -> None:
    own = log(tmp_path, b"an output of that name", KEPT)
    assert with_logs(1, [own], [log(tmp_path, b"fine")], tmp_path) == [own]
    assert own.read_bytes() == b"an output of that name"
    assert with_logs(1, [], [log(tmp_path, b"fine")], tmp_path / "nowhere") == []
    assert with_logs(1, [], [], tmp_path) == []


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[]", b'{"a": 1}'])
def test_what_is_no_log_is_passed_over(tmp_path: Path, text: bytes) -> None:
    log(tmp_path, text, KEPT)
    assert kept_logs([tmp_path]) == {}


def test_a_job_of_many_tasks_keeps_less_of_each(tmp_path: Path) -> None:
    folders = [tmp_path / str(index) for index in range(1, 5)]
    for index, folder in enumerate(folders, 1):
        folder.mkdir()
        with_logs(index, [], [log(folder, b"begin " * 9 + b"%02d end" % index)], folder)
    texts = list(kept_logs(folders, 40).values())
    assert [text.splitlines()[1] for text in texts] == [f"gin 0{n} end" for n in (1, 2, 3, 4)]


def test_many_logs_are_handed_in_with_several_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_logs, "MOST_AT_ONCE", 10)
    logs = {"a": "x" * 6, "b": "x" * 4, "c": "x", "d": "x" * 20}
    assert [list(portion) for portion in in_portions(logs)] == [["a", "b"], ["c"], ["d"]]
    assert list(in_portions({})) == []


class OrderedBackend(FakeBackend):
    """Also keeps the order of results, failures and logs."""

    def __init__(self, order: MergeOrder) -> None:
        super().__init__(merge_order=order)
        self.order: list[str] = []
        self.gone = False

    def send_results(self, simulation_id: int, estimators: object) -> None:
        self.order.append("results")

    def fail_job(self, simulation_id: int, log: str) -> None:
        self.order.append("failure")

    def send_logs(self, simulation_id: int, logs: object) -> None:
        if self.gone:
            raise BackendRefused("gone")
        self.order.append("logs")
        super().send_logs(simulation_id, logs)  # type: ignore[arg-type]


@pytest.fixture
def backend() -> OrderedBackend:
    tasks = [CompletedTask(1, 1, 67), CompletedTask(3, 2, 33)]
    return OrderedBackend(MergeOrder("mcsquare", {}, tasks, lease_seconds=60))


def merge(backend: OrderedBackend, partial: bool = False) -> None:
    files = InMemoryTaskFiles()
    for index, attempt in ((1, 1), (3, 2)):
        logs = {f"task_000{index}_run.log": "fine"}
        files.files[job_ref(7).job_id, index, attempt] = {KEPT: json.dumps(logs).encode()}
    catalog = SimulatorCatalog([ScriptedSimulator()], "mcsquare")
    MergeJob(backend, catalog, files, DirectComputation(), list)(MergeMessage(job_ref(7), partial))


def test_logs_are_handed_in_behind_the_results(backend: OrderedBackend) -> None:
    merge(backend)
    assert backend.order == ["results", "logs"]
    assert backend.logs == {"task_0001_run.log": "fine", "task_0003_run.log": "fine"}


def test_logs_are_handed_in_when_the_merge_fails(
    backend: OrderedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(ScriptedSimulator, "merge", broken)
    merge(backend)
    assert backend.order == ["failure", "logs"]


def test_what_had_completed_of_a_cancelled_job_keeps_its_logs(backend: OrderedBackend) -> None:
    merge(backend, partial=True)
    assert backend.partial
    assert backend.order == ["logs"]


def test_logs_of_a_job_that_was_removed_meanwhile_are_no_error(backend: OrderedBackend) -> None:
    backend.gone = True
    merge(backend)
    assert backend.order == ["results"]
