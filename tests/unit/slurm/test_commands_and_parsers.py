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
