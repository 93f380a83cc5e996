"""Slurm's commands and answers; the answers were recorded from Slurm 22.05."""

import ast
import shlex
from pathlib import Path

import pytest

from adapters.executors.slurm_ssh import commands, layout
from adapters.executors.slurm_ssh.parsing import (
    parse_reports,
    parse_sacct,
    parse_squeue,
    parse_submission,
)
from adapters.executors.slurm_ssh.states import remote_state
from adapters.executors.slurm_ssh.status import Snapshot, status_of
from application.ports.batch_clusters import RemoteJob
from domain.batch import Phase
from domain.cluster import Cluster
from domain.errors import ClusterRefused, ClusterUnreachable, InvalidInput
from domain.states import EntityState


def test_questions_are_argument_lists() -> None:
    assert commands.squeue_command([4, 5])[-2:] == ["-j", "4,5"]
    assert {"-r", "all"} <= set(commands.squeue_command([4]))
    assert commands.sacct_command([4])[:4] == ["sacct", "-n", "-P", "-X"]
    assert commands.scancel_command([4, 5]) == ["scancel", "4", "5"]


def test_a_submission_quotes_whatever_it_is_given() -> None:
    argv = commands.sbatch_command(
        "a.sh", "name", "/s p", "logs/%a", {"comment": "a;b", "exclusive": ""}
    )
    assert "--comment=a;b" in argv
    assert "--exclusive" in argv
    assert argv[-1] == "/s p/a.sh"
    assert "'--comment=a;b'" in shlex.join(argv)


def test_squeue_rows() -> None:
    text = (
        "39|1|COMPLETED|None|yaptide-a\n39|2|RUNNING|None|yaptide-a\n"
        "39|[5-6%2]|PENDING|JobArrayTaskLimit|yaptide-a\n40|N/A|PENDING|Dependency|yaptide-a-collect\n"
    )
    rows = parse_squeue(0, text, "")
    assert [(row.job, row.index, row.state.phase) for row in rows] == [
        (39, 1, Phase.DONE),
        (39, 2, Phase.RUNNING),
        (39, 5, Phase.WAITING),
        (39, 6, Phase.WAITING),
        (40, None, Phase.WAITING),
    ]


def test_a_job_that_left_the_queue_is_an_answer_and_an_outage_is_none() -> None:
    gone = "slurm_load_jobs error: Invalid job id specified\n"
    assert parse_squeue(1, "", gone) == []
    with pytest.raises(ClusterUnreachable, match="Unable to contact"):
        parse_squeue(
            1, "", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"
        )


def test_sacct_rows() -> None:
    text = (
        "39_1|COMPLETED|0:0|yaptide-a\n39_2|FAILED|3:0|yaptide-a\n39_3|FAILED|0:11|yaptide-a\n"
        "39_[5-6%2]|PENDING|0:0|yaptide-a\n39_4|CANCELLED by 1001|0:0|yaptide-a\n"
    )
    rows = {row.index: row.state for row in parse_sacct(0, text, "")}
    assert rows[1].phase is Phase.DONE
    assert "Exit code 3" in rows[2].sentence
    assert "Signal 11" in rows[3].sentence
    assert "1001" in rows[4].sentence
    assert rows[6].phase is Phase.WAITING
    with pytest.raises(ClusterUnreachable):
        parse_sacct(1, "", "sacct: error: Problem talking to the database: Connection refused")


def test_the_bare_id_of_an_array_says_nothing_of_its_elements() -> None:
    (row,) = parse_sacct(0, "39|COMPLETED|0:0|yaptide-a\n", "")
    assert row.index is None


@pytest.mark.parametrize(
    ("name", "phase", "word"),
    [
        ("TIMEOUT", Phase.FAILED, "time limit"),
        ("OUT_OF_MEMORY", Phase.FAILED, "memory"),
        ("NODE_FAIL", Phase.FAILED, "node"),
        ("PREEMPTED", Phase.FAILED, "make room"),
        ("REQUEUED", Phase.WAITING, "once more"),
        ("SUSPENDED", Phase.WAITING, "suspended"),
        ("BOOT_FAIL", Phase.FAILED, "did not start"),
        ("DEADLINE", Phase.FAILED, "deadline"),
        ("CANCELLED", Phase.CANCELED, "cancelled"),
    ],
)
def test_every_state_has_a_sentence(name: str, phase: Phase, word: str) -> None:
    state = remote_state(name)
    assert state.phase is phase
    assert word in state.sentence


def test_a_dependency_that_is_never_satisfied_is_an_end() -> None:
    state = remote_state("PENDING", "DependencyNeverSatisfied")
    assert state.phase is Phase.CANCELED
    assert "never start" in state.sentence


def test_a_submission_is_taken_refused_or_unknown() -> None:
    assert parse_submission(0, "array 12\ncollect 13\n", "") == {"array": 12, "collect": 13}
    refusal = "sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified\n"
    with pytest.raises(ClusterRefused, match="Invalid partition name"):
        parse_submission(3, "", refusal)
    outage = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n"
    with pytest.raises(ClusterUnreachable, match="Socket timed out"):
        parse_submission(3, "", outage)
    with pytest.raises(ClusterUnreachable):
        parse_submission(4, "array 12\n", outage)


def test_reports_of_watchers_by_folder() -> None:
    line = '{"task": 2, "state": "RUNNING", "simulated": 5, "estimated": 3, "start": "2026-03-01T12:00:00+00:00", "end": null, "reason": ""}'
    found = parse_reports(f"== /a\n{line}\n{{half\n== /b\n")
    assert found["/a"][2].state is EntityState.RUNNING
    assert found["/a"][2].simulated_primaries == 5
    assert set(found["/a"]) == {2}
    assert not found["/b"]


def test_work_folders_are_plain_paths() -> None:
    for good in ("/scratch/yaptide", "$SCRATCH/yaptide", "~/yaptide"):
        layout.check_work_dir(good)
    for bad in ("$(id)", "/a;b", "a/b", "/a/../b", "$SCRATCH/a b", "/a'b"):
        with pytest.raises(InvalidInput):
            layout.check_work_dir(bad)


def test_the_watcher_is_python_3_6_and_standard_library_only() -> None:
    tree = ast.parse(Path(layout.WATCHER).read_text(), feature_version=(3, 6))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names <= {
        "glob",
        "importlib.util",
        "json",
        "os",
        "re",
        "signal",
        "subprocess",
        "sys",
        "tarfile",
        "threading",
        "time",
        "urllib.error",
        "urllib.request",
    }


def test_a_cluster_knows_its_users_accounts() -> None:
    assert Cluster("c", "h").account_of("ann") == "ann"
    assert Cluster("c", "h", login="plg{user}").account_of("ann") == "plgann"


def test_sacct_rows_of_bad_ends() -> None:
    text = (
        "41_1|OUT_OF_MEMORY|0:125|yaptide-a\n41_2|NODE_FAIL|0:0|yaptide-a\n"
        "41_3|TIMEOUT|0:0|yaptide-a\n41_4|PREEMPTED|0:0|yaptide-a\n"
        "41_5|CANCELLED|0:0|yaptide-a\n41_6|DEADLINE|0:0|yaptide-a\n41_7|BOOT_FAIL|1:0|yaptide-a\n"
    )
    rows = {row.index: row.state for row in parse_sacct(0, text, "")}
    assert [rows[index].phase for index in range(1, 8)] == [
        *[Phase.FAILED] * 4,
        Phase.CANCELED,
        *[Phase.FAILED] * 2,
    ]
    assert all(rows[index].sentence for index in range(1, 8))
    assert "mem-per-cpu" in rows[1].sentence
    assert "node" in rows[2].sentence


@pytest.mark.parametrize(
    ("accounted", "phases"),
    [
        # What sacct says in turn while an array of three runs to its end: it trails by seconds.
        ("", [Phase.GONE] * 3),
        ("39|PENDING|0:0|yaptide-a\n", [Phase.GONE] * 3),
        ("39|COMPLETED|0:0|yaptide-a\n39_3|RUNNING|0:0|yaptide-a\n", [*[Phase.GONE] * 2, Phase.RUNNING]),
        ("39_1|COMPLETED|0:0|yaptide-a\n39_2|FAILED|3:0|yaptide-a\n39_3|COMPLETED|0:0|yaptide-a\n",
         [Phase.DONE, Phase.FAILED, Phase.DONE]),
        # A row of waiting elements that is stale beside the one of the element itself.
        ("39_[1-3%2]|PENDING|0:0|yaptide-a\n39_2|COMPLETED|0:0|yaptide-a\n",
         [Phase.WAITING, Phase.DONE, Phase.WAITING]),
    ],
)  # fmt: skip
def test_elements_are_counted_one_by_one(accounted: str, phases: list[Phase]) -> None:
    job = RemoteJob(7, "a", 3, "/scratch/a", 39, 40)
    gone = parse_squeue(1, "", "slurm_load_jobs error: Invalid job id specified\n")
    status = status_of(job, Snapshot(gone), Snapshot(parse_sacct(0, accounted, "")), {})
    assert [state.phase for state in status.elements.values()] == phases


@pytest.mark.parametrize(
    "message",
    [
        "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
        "squeue: error: Socket timed out on send/recv operation",
        "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection "
        "to host:localhost:6819: Connection refused\n"
        "sacct: error: Sending PersistInit msg: Connection refused\n"
        "sacct: error: Problem talking to the database: Connection refused",
        "sbatch: error: Batch job submission failed: Transport endpoint is not connected",
        'sbatch: error: Munge encode failed: Failed to access "/run/munge/munge.socket.2"',
    ],
)
def test_an_outage_is_no_answer(message: str) -> None:
    with pytest.raises(ClusterUnreachable):
        parse_squeue(1, "", message)
    with pytest.raises(ClusterUnreachable):
        parse_sacct(1, "", message)
    with pytest.raises(ClusterUnreachable):
        parse_submission(3, "", message)
