"""What engines and their wrappers do of right goes on as without confinement."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.executors.local_process.confinement import installations
from adapters.executors.local_process.confinement.coverage import Confine
from adapters.executors.local_process.confinement.places import Places
from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.process_runner import ProcessOutcome
from application.ports.simulator import Command
from tests.integration.confinement.conftest import SECRET, Machine

WRAPPER = """#!/bin/bash
set -e
here=$(dirname "$0")
cat "$here/../share/cross-sections"
cat <<TEXT | sed s/a/b/
a here-document
TEXT
mkdir -p deep/er
echo moved > deep/er/one
cp -p deep/er/one two
chmod 600 two
mv two deep/three
ln -s deep/er/one link
cat link deep/three
cat <(echo a pipe with a name)
mkfifo queue; (echo through a queue > queue &) ; cat queue
made=$(mktemp); echo in a temporary file > "$made"; cat "$made"; case $made in "$TMPDIR"/*) ;; *) exit 9;; esac
sleep 0.1 & wait
echo nothing > /dev/null
head -c 4 /dev/urandom | wc -c
grep -c ^processor /proc/cpuinfo > cores
rm -r deep
echo to the terminal >> /dev/stderr
exit 3
"""
SAID = [
    "cross sections", "b here-document", "moved", "moved", "a pipe with a name", "through a queue",
    "in a temporary file", "4", "to the terminal",
]  # fmt: skip

THREADS = """
import os, threading, tempfile, subprocess, sys, time, locale, json, mmap
threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
with tempfile.TemporaryFile() as file:
    file.write(b"x" * 10000)
    file.flush()
    assert mmap.mmap(file.fileno(), 0)[:1] == b"x"
one, other = __import__("socket").socketpair()
one.send(b"x")
assert other.recv(1) == b"x"
print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout)
"""

PRIVILEGES = """
import ctypes
libc = ctypes.CDLL(None)
header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
assert libc.capget(header, data) == 0
print(libc.prctl(39, 0, 0, 0, 0), list(data))
"""
"""PR_GET_NO_NEW_PRIVS, and all three sets of capabilities of this process (capget(2))."""


@pytest.fixture
def runner(machine: Machine) -> Iterator[LocalProcessRunner]:
    with closing(machine.runner(Confine.REQUIRED)) as runner:
        yield runner


def run(runner: LocalProcessRunner, machine: Machine, command: Command) -> ProcessOutcome:
    return runner.run(command, machine.folder, lambda _: True)


def wrapper(prefix: Path) -> Path:
    """Install the wrapper with its data below a prefix; return it."""
    for name in ("bin", "share"):
        (prefix / name).mkdir(parents=True)
    (prefix / "share" / "cross-sections").write_text("cross sections\n")
    program = prefix / "bin" / "engine"
    program.write_text(WRAPPER)
    program.chmod(0o755)
    return program


def test_a_wrapper_in_a_shell(machine: Machine, runner: LocalProcessRunner, tmp_path: Path) -> None:
    program = wrapper(tmp_path / "opt" / "engine")
    outcome = run(runner, machine, Command([str(program)]))
    assert outcome.log.splitlines() == SAID
    assert outcome.exit_code == 3
    assert int((machine.folder / "cores").read_text()) > 0


def test_a_program_behind_links(
    machine: Machine, runner: LocalProcessRunner, tmp_path: Path
) -> None:
    program = wrapper(tmp_path / "simulators" / ".installed" / "engine-1")
    link = tmp_path / "simulators" / "current"
    link.symlink_to(Path(".installed") / "engine-1")
    (tmp_path / "on-path").mkdir()
    (tmp_path / "on-path" / "engine").symlink_to(link / "bin" / "engine")
    for place in (link / "bin" / "engine", program):
        assert run(runner, machine, Command([str(place)])).exit_code == 3, place
        for left in ("link", "queue", "cores"):
            (machine.folder / left).unlink(missing_ok=True)


def test_a_program_in_python(machine: Machine, runner: LocalProcessRunner) -> None:
    program = machine.installation / "engine"
    program.write_text(f"#!{sys.executable} -I\n{THREADS}")
    program.chmod(0o755)
    outcome = run(runner, machine, Command([str(program)]))
    assert (outcome.exit_code, outcome.log.strip()) == (0, "42")


def test_what_its_command_names(
    machine: Machine, runner: LocalProcessRunner, tmp_path: Path
) -> None:
    script, data = tmp_path / "site" / "run.py", tmp_path / "geant4-data"
    script.parent.mkdir()
    script.write_text("import os, beside; print(open(os.environ['DATA'] + '/low').read())")
    (script.parent / "beside.py").touch()
    data.mkdir()
    (data / "low").write_text("low energies")
    command = Command([sys.executable, str(script)], {"DATA": str(data)})
    outcome = run(runner, machine, command)
    assert (outcome.exit_code, outcome.log.strip()) == (0, "low energies")


def test_what_the_site_lets_it_read(machine: Machine, tmp_path: Path) -> None:
    data = tmp_path / "site data"
    data.mkdir()
    (data / "table").write_text("of the site")
    for reads, expected in (((), 1), ((data,), 0)):
        with closing(machine.runner(Confine.REQUIRED, *reads)) as runner:
            outcome = run(runner, machine, Command(["/bin/cat", str(data) + "/./table"]))
            if not reads:
                # The word itself names it; a program's own choice would not.
                assert outcome.exit_code == 0
            code = f"print(open({str(data / 'table')!r}).read())"
            outcome = run(runner, machine, Command([sys.executable, "-I", "-c", code]))
            assert outcome.exit_code == expected, outcome.log


def test_it_keeps_no_privilege(machine: Machine, runner: LocalProcessRunner) -> None:
    outcome = run(runner, machine, Command([sys.executable, "-I", "-c", PRIVILEGES]))
    assert outcome.log.split("\n")[0] == "1 [0, 0, 0, 0, 0, 0]"


READ = "import sys\nfor path in sys.argv[1:]: print(open('/' + path).read())"


def reads(runner: LocalProcessRunner, machine: Machine, program: Path, path: Path) -> bool:
    # Without its first slash it is no full path, which would let it be read.
    command = Command([str(program), str(path).lstrip("/")])
    outcome = run(runner, machine, command)
    assert (SECRET in outcome.log) == (outcome.exit_code == 0)
    return outcome.exit_code == 0


def reader(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "engine"
    program.write_text(f"#!{sys.executable} -I\n{READ}")
    program.chmod(0o755)
    return program


def test_a_home_is_no_installation(
    machine: Machine,
    runner: LocalProcessRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "home" / "ann"
    monkeypatch.setenv("HOME", str(home))
    installations._own_homes.cache_clear()
    program = reader(home / "bin")
    for path in (home / ".ssh" / "id", home / "notes", home / "share" / "tables"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(SECRET)
    assert reads(runner, machine, program, home / "share" / "tables")
    assert not reads(runner, machine, program, home / ".ssh" / "id")
    assert not reads(runner, machine, program, home / "notes")
    installations._own_homes.cache_clear()


def test_data_within_an_installation_are_no_part_of_it(machine: Machine, tmp_path: Path) -> None:
    """Such as with DATA_DIR=/usr/local/yaptide/data, or programs in a folder beside it."""
    program = reader(machine.data.parent / "bin")
    shared = tmp_path / "shared"
    private = shared / "deep" / "data"
    private.mkdir(parents=True)
    for path in (private / "secret-key", shared / "deep" / "table", shared / "list"):
        path.write_text(SECRET)
    with closing(
        LocalProcessRunner(None, Confine.REQUIRED, Places([shared], [machine.data, private]))
    ) as runner:
        assert not reads(runner, machine, program, machine.data / "secret-key")
        assert not reads(runner, machine, program, private / "secret-key")
        assert reads(runner, machine, program, shared / "deep" / "table")
        assert reads(runner, machine, program, shared / "list")


def test_a_file_of_the_input_may_have_any_name(
    machine: Machine, runner: LocalProcessRunner
) -> None:
    (machine.folder / ".temporary").write_text("a user's")
    outcome = run(runner, machine, Command(["/bin/sh", "-c", "mktemp; cat .temporary"]))
    assert outcome.log.endswith("a user's")
    assert str(machine.folder) in outcome.log


def test_its_own_limits_are_its_own_to_lower(machine: Machine, runner: LocalProcessRunner) -> None:
    outcome = run(runner, machine, Command(["/bin/sh", "-c", "ulimit -n 50; ulimit -n"]))
    assert outcome.log == "50\n"


def test_the_folder_may_be_named_by_a_link(machine: Machine, runner: LocalProcessRunner) -> None:
    link = machine.folder.with_name("link")
    link.symlink_to(machine.folder)
    outcome = runner.run(Command(["/bin/sh", "-c", "echo x > y; cat y"]), link, lambda _: True)
    assert outcome.log == "x\n"
    assert list(link.iterdir())


INHERITED = """
import os, signal
files = []
for number in range(64):
    try:
        files.append((number, os.fstat(number).st_rdev != 0))
    except OSError:
        continue
print(files, oct(os.umask(0)))
"""


def test_it_inherits_nothing_of_those_who_start_it(
    machine: Machine, runner: LocalProcessRunner
) -> None:
    outcome = run(runner, machine, Command([sys.executable, "-I", "-c", INHERITED]))
    umask = os.umask(0)
    os.umask(umask)
    # Only its input is a device: there is none.
    assert outcome.log.strip() == f"[(0, True), (1, False), (2, False)] {oct(umask)}"


def test_signals_do_to_it_what_they_do_to_others(machine: Machine) -> None:
    with closing(machine.runner(Confine.OFF)) as runner:
        command = Command(["/bin/grep", "^Sig[BI]", "/proc/self/status"])
        found = dict(line.split() for line in run(runner, machine, command).log.splitlines())
    assert found == {"SigBlk:": "0" * 16, "SigIgn:": "0" * 16}
