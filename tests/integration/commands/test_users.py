"""`yaptide users` on both databases."""

import os
import pty
import select
import subprocess
import sys

import pytest

from adapters.files.directory import DirectoryTaskFiles
from entrypoints.cli.exit_codes import ExitCode
from tests.contracts.persistence import LATER, NOW, Store, add_job, add_user
from tests.integration.commands.conftest import Yaptide
from tests.integration.servers.process import wait_until
from tests.job_refs import job_ref
from tests.waiting import LONGEST

PASSWORD = "a good password"


def test_users_are_added_listed_and_changed(yaptide: Yaptide, store: Store) -> None:
    assert "Added ann." in yaptide.ok("users", "add", "ann", stdin=PASSWORD + "\n")
    yaptide.ok("users", "add", "ann", "--keycloak")
    listed = yaptide.json("users", "list")
    assert [(user["username"], user["source"]) for user in listed] == [
        ("ann", "keycloak"), ("ann", "local"),
    ]  # fmt: skip
    assert len(yaptide.json("users", "list", "--source", "local")) == 1
    with store() as work:
        before = work.users.local_by_name("ann")
        work.users.start_session(before.id, "s", LATER.replace(year=2999))
        work.commit()
    assert "1 sessions ended" in yaptide.ok(
        "users", "update", "ann", "--password", stdin="another good password"
    )
    with store() as work:
        assert not work.users.session_is_open(before.id, "s", NOW)
        assert work.users.local_by_name("ann").password_hash != before.password_hash
    ambiguous = yaptide("users", "update", "ann", "--rename", "eve")
    assert ambiguous.exit_code == ExitCode.WRONG_USE
    yaptide.ok("users", "update", "ann", "--rename", "eve", "--source", "keycloak")
    assert {user["username"] for user in yaptide.json("users", "list")} == {"ann", "eve"}
    not_here = yaptide("users", "update", "eve", "--password", stdin=PASSWORD)
    assert not_here.exit_code == ExitCode.REFUSED
    yaptide.ok("users", "update", "eve", "--sign-out")


def test_what_is_wrong_with_a_user_is_said(yaptide: Yaptide, store: Store) -> None:
    add_user(store)
    for arguments, stdin, code, word in (
        (("add", "ann"), PASSWORD, ExitCode.REFUSED, "User existing"),
        (("add", "bob"), "short", ExitCode.WRONG_USE, "password"),
        (("add", "bob"), "", ExitCode.WRONG_USE, "standard input"),
        (("add", " bob"), PASSWORD, ExitCode.WRONG_USE, "username"),
        (("update", "ann"), "", ExitCode.WRONG_USE, "--password"),
        (("update", "bob", "--sign-out"), "", ExitCode.NOT_FOUND, "bob"),
        (("remove", "bob", "--yes"), "", ExitCode.NOT_FOUND, "bob"),
        (("remove", "ann"), "", ExitCode.REFUSED, "--yes"),
    ):
        result = yaptide("users", *arguments, stdin=stdin)
        assert result.exit_code == code, (arguments, result.output)
        assert word in result.output


def test_no_password_is_taken_from_an_argument(yaptide: Yaptide) -> None:
    assert yaptide("users", "add", "ann", PASSWORD).exit_code == ExitCode.WRONG_USE


def test_removing_a_user_removes_jobs_and_files(yaptide: Yaptide, store: Store) -> None:
    ann, bob = add_user(store), add_user(store, "bob")
    job, other = (add_job(store, user, job_ref(user).job_id) for user in (ann, bob))
    output = yaptide.data_dir.parent / "x.bdo"
    output.write_bytes(b"1")
    files = DirectoryTaskFiles(yaptide.data_dir / "task-files")
    for kept in (job, other):
        files.put(kept.ref, 1, 1, [output])
    refused = yaptide("users", "remove", "ann", "--yes")
    assert refused.exit_code == ExitCode.REFUSED
    assert "--with-jobs" in refused.output
    yaptide.ok("users", "remove", "ann", "--with-jobs", "--yes")
    assert [item["job_id"] for item in yaptide.json("jobs", "list")] == [other.job_id]
    assert files.kept() == [other.job_id]
    assert [user["username"] for user in yaptide.json("users", "list")] == ["bob"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_in_a_terminal_passwords_are_asked_for_and_removal_is_confirmed(yaptide: Yaptide) -> None:
    ready = yaptide.ok("users", "list")
    assert "No users." in ready
    shown, code = in_terminal(yaptide, ("users", "add", "ann"), f"{PASSWORD}\n{PASSWORD}\n")
    assert code == 0, shown
    assert PASSWORD not in shown
    shown, code = in_terminal(yaptide, ("users", "remove", "ann"), "n\n")
    assert code == ExitCode.REFUSED, shown
    assert "Nothing was changed" in shown
    shown, code = in_terminal(yaptide, ("users", "remove", "ann"), "y\n")
    assert code == 0, shown
    assert yaptide.json("users", "list") == []


def in_terminal(yaptide: Yaptide, arguments: tuple[str, ...], typed: str) -> tuple[str, int]:
    """Return what a terminal shows of a command that somebody types into, and its exit code."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, **yaptide.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "entrypoints", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = conversation(ours, typed.splitlines(keepends=True))
        wait_until(lambda: process.poll() is not None, "the end of the command")
    finally:
        os.close(ours)
        process.kill()
        process.wait(LONGEST)
    return shown, process.returncode


def conversation(terminal: int, lines: list[str]) -> str:
    """Type lines when they are asked for; return everything that is shown until the end."""
    shown = b""
    while True:
        wait_until(lambda: select.select([terminal], [], [], 0.02)[0], "more in the terminal")
        try:
            shown += os.read(terminal, 1000)
        except OSError:
            return shown.decode()
        # Type the next line only when asked: a prompt throws away what was typed before it.
        if lines and shown.endswith(b": "):
            os.write(terminal, lines.pop(0).encode())
            shown += b"\n"
