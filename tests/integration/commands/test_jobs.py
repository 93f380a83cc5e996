"""`yaptide jobs` and `yaptide tasks` on both databases."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.files.directory import DirectoryTaskFiles
from application.ports.result_repository import StoredEstimator, StoredPage
from domain.errors import JobNotFound
from domain.job import TaskReport
from domain.states import EntityState
from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode
from tests.contracts.persistence import Store, add_job, add_user, claim, tell
from tests.integration.commands.conftest import Yaptide
from tests.job_refs import job_ref

S = EntityState
LONG_AGO = datetime.now(UTC) - timedelta(days=400)


def test_jobs_are_listed_filtered_and_shown(yaptide: Yaptide, store: Store) -> None:
    ann, bob = add_user(store), add_user(store, "bob")
    add_job(store, ann, "old", start_time=LONG_AGO, state=S.FAILED)
    job = add_job(store, bob, "new", start_time=datetime.now(UTC), sim_type="fluka")
    claim(store, job, 1)
    assert [item["job_id"] for item in yaptide.json("jobs", "list")] == ["new", "old"]
    for options, expected in (
        (("--user", "ann"), ["old"]),
        (("--state", "pending"), ["new"]),
        (("--state", "FAILED", "--state", "RUNNING"), ["old"]),
        (("--simulator", "fluka"), ["new"]),
        (("--older-than", "30d"), ["old"]),
        (("--newer-than", "1h"), ["new"]),
        (("--platform", "batch"), []),
        (("--limit", "1"), ["new"]),
    ):
        found = yaptide.json("jobs", "list", *options)
        assert [item["job_id"] for item in found] == expected, options
    table = yaptide.ok("jobs", "list")
    assert "Wiązka 🎯" in table
    assert "0/3" in table
    shown = yaptide.json("jobs", "show", "new")
    assert (shown["user"], shown["primaries"], len(shown["tasks"])) == ("bob", 100, 3)
    assert [task["state"] for task in yaptide.json("tasks", "list", "new")] == [
        "RUNNING", "PENDING", "PENDING",
    ]  # fmt: skip
    assert len(yaptide.json("tasks", "list", "new", "--state", "running")) == 1


def test_the_logs_of_a_task_are_its_own(yaptide: Yaptide, store: Store) -> None:
    job = add_job(store, add_user(store))
    with store() as work:
        work.results.add_logs(
            job.simulation_id, {"task_0001_error.log": "one\x1b[2J", "task_0002_error.log": "two"}
        )
        work.commit()
    assert yaptide.json("tasks", "show", "job-1", 1)["logs"] == {
        "task_0001_error.log": "one\x1b[2J"
    }
    text = yaptide.ok("tasks", "show", "job-1", 1)
    assert "one\\x1b[2J" in text
    assert "two" in yaptide.ok("jobs", "show", "job-1", "--logs")


def test_what_does_not_exist_or_is_wrong_has_its_exit_code(yaptide: Yaptide, store: Store) -> None:
    add_job(store, add_user(store))
    for arguments, code in (
        (("jobs", "show", "nothing"), ExitCode.NOT_FOUND),
        (("tasks", "show", "job-1", 9), ExitCode.NOT_FOUND),
        (("jobs", "cancel", "nothing", "--yes"), ExitCode.NOT_FOUND),
        (("jobs", "list", "--state", "DONE"), ExitCode.WRONG_USE),
        (("jobs", "prune", "--older-than", "long"), ExitCode.WRONG_USE),
        (("jobs", "cancel", "job-1"), ExitCode.REFUSED),
        (("jobs", "remove", "job-1", "--yes"), ExitCode.REFUSED),
        (("jobs", "retry", "job-1"), ExitCode.REFUSED),
    ):
        result = yaptide(*arguments)
        assert result.exit_code == code, (arguments, result.output)
        assert len(result.output) > 10


def test_jobs_are_canceled_retried_and_removed(yaptide: Yaptide, store: Store) -> None:
    job = add_job(store, add_user(store))
    tell(store, job, TaskReport(1, 1, S.COMPLETED))
    assert "job-1: canceled" in yaptide.ok("jobs", "cancel", "job-1", "--yes")
    assert "over already" in yaptide.ok("jobs", "cancel", "job-1", "--yes")
    (made,) = yaptide.json("jobs", "retry", "job-1")
    again = yaptide.json("jobs", "show", made["job_id"])
    assert (again["state"], again["retry_of"], again["user"]) == ("PENDING", "job-1", "ann")
    assert [task["requested_primaries"] for task in again["tasks"]] == [34, 33, 33]
    assert {task["state"] for task in again["tasks"]} == {"PENDING"}
    assert yaptide.json("jobs", "show", "job-1")["state"] == "CANCELED"
    with store() as work:
        kept = work.jobs.by_job_id(made["job_id"])
        assert work.jobs.input_of(kept.simulation_id).project == b'{"x": 1}'
    mixed = yaptide("jobs", "remove", "job-1", "nothing", made["job_id"], "--yes")
    assert "job-1: removed" in mixed.output
    assert mixed.exit_code == ExitCode.REFUSED
    assert yaptide("jobs", "show", "job-1").exit_code == ExitCode.NOT_FOUND


def test_jobs_are_chosen_by_options_as_in_the_list(yaptide: Yaptide, store: Store) -> None:
    ann, bob = add_user(store), add_user(store, "bob")
    now = datetime.now(UTC)
    add_job(store, ann, "old-done", start_time=LONG_AGO, state=S.COMPLETED)
    add_job(store, ann, "old-failed", start_time=LONG_AGO, state=S.FAILED)
    for name, user in (("ann-runs", ann), ("bob-runs", bob), ("bob-waits", bob)):
        add_job(store, user, name, start_time=now, sim_type="fluka")

    def state_of(name: str) -> str:
        return str(yaptide.json("jobs", "show", name)["state"])

    asked = yaptide("jobs", "cancel", "--user", "bob")
    assert asked.exit_code == ExitCode.REFUSED
    assert "bob-runs" in asked.stdout and "ann-runs" not in asked.stdout
    assert "Cancel 2 jobs?" in asked.stderr
    assert state_of("bob-runs") == "PENDING"
    done = yaptide.ok("jobs", "cancel", "--user", "bob", "--newer-than", "1h", "--yes")
    assert sorted(done.splitlines()) == ["bob-runs: canceled", "bob-waits: canceled"]
    assert state_of("ann-runs") == "PENDING"
    # Never what is going on, whatever else fits.
    gone = yaptide.ok("jobs", "remove", "--simulator", "fluka", "--older-than", "0m", "--yes")
    assert "ann-runs" not in gone and "bob-runs: removed" in gone
    again = yaptide("jobs", "retry", "--user", "ann", "--yes", "--json")
    assert [item["retry_of"] for item in json.loads(again.stdout)] == ["old-failed"]
    # What was run again is not run again by the next one.
    nothing = yaptide("jobs", "retry", "--user", "ann", "--yes", "--json")
    assert json.loads(nothing.stdout) == []
    yaptide.ok("jobs", "remove", "--older-than", "30d", "--state", "completed", "--yes")
    left = {item["job_id"] for item in yaptide.json("jobs", "list", "--older-than", "30d")}
    assert left == {"old-failed"}


@pytest.mark.parametrize("command", ["cancel", "remove", "retry"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_job_is_hit_that_was_not_chosen(yaptide: Yaptide, store: Store, command: str) -> None:
    add_job(store, add_user(store), state=S.FAILED if command == "retry" else S.RUNNING)
    for options in ((), ("job-1", "--user", "ann"), ("--state", "unknown", "--user", "")):
        result = yaptide("jobs", command, *options, "--yes")
        if options and options[0] == "--state" and command == "cancel":
            assert result.exit_code == 0
            assert "No such jobs" in result.stderr
        else:
            assert result.exit_code == ExitCode.WRONG_USE, result.output
    assert len(yaptide.json("jobs", "list")) == 1
    assert yaptide("jobs", command, "--older-than", "999999w").exit_code == ExitCode.WRONG_USE


OLD, OLD_RUNNING, NEW = (job_ref(number).job_id for number in (1, 2, 3))


@pytest.fixture
def old_jobs(yaptide: Yaptide, store: Store, tmp_path: Path) -> DirectoryTaskFiles:
    """Return the task files; two old jobs, one of them running, and a new one have some."""
    files = DirectoryTaskFiles(yaptide.data_dir / "task-files")
    output = tmp_path / "out.bdo"
    output.write_bytes(b"x" * 100)
    user = add_user(store)
    for name, start, state in (
        (OLD, LONG_AGO, S.COMPLETED),
        (OLD_RUNNING, LONG_AGO, S.RUNNING),
        (NEW, datetime.now(UTC), S.FAILED),
    ):
        job = add_job(store, user, name, start_time=start, state=state)
        files.put(job.ref, 1, 1, [output])
        with store() as work:
            pages = [StoredPage(0, "p", 0, b"1")]
            work.results.store(job.simulation_id, [StoredEstimator("e", b"{}", pages)])
            work.results.add_logs(job.simulation_id, {"a.log": "text"})
            work.commit()
    return files


def test_pruning_only_lists_until_it_is_told_to_delete(
    yaptide: Yaptide, store: Store, old_jobs: DirectoryTaskFiles
) -> None:
    before = old_jobs.kept()
    (listed,) = yaptide.json("jobs", "prune", "--older-than", "180d")
    assert listed["job_id"] == OLD
    assert "nothing was changed" in yaptide("jobs", "prune", "--older-than", "180d").output
    refused = yaptide("jobs", "prune", "--older-than", "180d", "--delete")
    assert refused.exit_code == ExitCode.REFUSED
    assert old_jobs.kept() == before
    assert len(yaptide.json("jobs", "list")) == 3


def test_pruning_leaves_database_and_files_in_agreement(
    yaptide: Yaptide, store: Store, old_jobs: DirectoryTaskFiles
) -> None:
    done = yaptide.json("jobs", "prune", "--older-than", "180d", "--delete", "--yes")
    assert done == {"pruned": [OLD], "kept_results": False}
    left = yaptide.json("jobs", "list")
    assert [item["job_id"] for item in left] == [NEW, OLD_RUNNING]
    assert old_jobs.kept() == sorted(item["job_id"] for item in left)
    with store() as work, pytest.raises(JobNotFound):
        work.jobs.by_job_id(OLD)


def test_pruning_can_keep_the_results(
    yaptide: Yaptide, store: Store, old_jobs: DirectoryTaskFiles
) -> None:
    yaptide.ok("jobs", "prune", "--older-than", "180d", "--delete", "--keep-results", "--yes")
    with store() as work:
        key = work.jobs.by_job_id(OLD).simulation_id
        assert len(work.results.titles(key)) == 1
        assert not work.results.logs(key)
        assert work.jobs.input_of(key).project == b'{"x": 1}'
    assert OLD not in old_jobs.kept()
    assert len(old_jobs.kept()) == 2


def test_commands_work_while_the_database_is_written_to(yaptide: Yaptide, store: Store) -> None:
    user = add_user(store)
    job = add_job(store, user, "busy", ntasks=4)
    add_job(store, user, "old", start_time=LONG_AGO, state=S.COMPLETED)
    stop, reports = threading.Event(), 0

    def report() -> None:
        nonlocal reports
        while not stop.wait(0.01):
            tell(store, job, TaskReport(1, 1, S.RUNNING, reports % 25))
            reports += 1

    writer = threading.Thread(target=report)
    writer.start()
    try:
        assert len(yaptide.json("jobs", "list")) == 2
        assert yaptide.json("users", "list")[0]["jobs"] == 2
        assert yaptide.json("stats")
        yaptide.ok("jobs", "prune", "--older-than", "30d", "--delete", "--yes")
        yaptide.ok("jobs", "cancel", "busy", "--yes")
    finally:
        stop.set()
        writer.join()
    assert reports > 1
    assert yaptide.json("jobs", "show", "busy")["tasks"][0]["state"] == "CANCELED"


def test_job_ids_and_users_are_completed(yaptide: Yaptide, store: Store) -> None:
    add_job(store, add_user(store))

    def offered(words: str) -> list[str]:
        count = str(len(words.split(" ")) - 1)
        variables = {"_YAPTIDE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": count}
        answer = CliRunner().invoke(
            commands, [], prog_name="yaptide", env={**yaptide.environment, **variables}
        )
        return [line.split(",")[1] for line in answer.output.splitlines() if line]

    assert offered("yaptide jobs show j") == ["job-1"]
    assert offered("yaptide jobs list --user ") == ["ann"]
    assert offered("yaptide users remove b") == []
    assert "mcsquare" in offered("yaptide jobs list --simulator m")
