"""A program that tries to get at all that is not its own, and says what came of each attempt.

Run with the address of its targets as JSON; prints a JSON object: by the name of each attempt
`done`, perhaps with what was got, or the name of the system's error. Standard library only.
"""

import ctypes
import errno
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ATTEMPTS: dict[str, Callable[[dict[str, Any]], object]] = {}
libc = ctypes.CDLL(None, use_errno=True)

PTRACE_SEIZE = 0x4206
IPC_PRIVATE, IPC_CREAT = 0, 0o1000
O_CREAT_RDWR = 0o102


def attempt(act: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    ATTEMPTS[act.__name__] = act
    return act


def called(result: int) -> int:
    """Return the result of a C function, as Python's own do."""
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


@attempt
def read_the_secret_key(at: dict[str, Any]) -> object:
    return Path(at["secret"]).read_text()


@attempt
def read_it_by_a_link(at: dict[str, Any]) -> object:
    Path("link").symlink_to(at["secret"])
    return Path("link").read_text()


@attempt
def read_it_by_a_hard_link(at: dict[str, Any]) -> object:
    Path("hard").hardlink_to(at["secret"])
    return Path("hard").read_text()


@attempt
def read_it_by_an_interpreter(at: dict[str, Any]) -> object:
    done = subprocess.run(["/bin/cat", at["secret"]], capture_output=True, text=True)
    if done.returncode:
        raise PermissionError(errno.EACCES, done.stderr)
    return done.stdout


@attempt
def map_it(at: dict[str, Any]) -> object:
    return os.read(os.open(at["secret"], os.O_RDWR), 100).decode()


@attempt
def read_the_database(at: dict[str, Any]) -> object:
    return Path(at["database"]).read_text()


@attempt
def list_the_data(at: dict[str, Any]) -> object:
    return [path.name for path in Path(at["secret"]).parent.iterdir()]


@attempt
def read_another_task(at: dict[str, Any]) -> object:
    return (Path(at["other"]) / "input.txt").read_text()


@attempt
def read_the_environment_of_the_worker(at: dict[str, Any]) -> object:
    return Path(f"/proc/{at['worker']}/environ").read_text()


@attempt
def read_the_command_of_the_worker(at: dict[str, Any]) -> object:
    return Path(f"/proc/{at['worker']}/cmdline").read_text()


@attempt
def open_the_memory_of_the_worker(at: dict[str, Any]) -> object:
    return os.open(f"/proc/{at['worker']}/mem", os.O_RDONLY)


@attempt
def read_the_users_of_the_machine(at: dict[str, Any]) -> object:
    return Path("/etc/passwd").read_text()


@attempt
def write_beside_its_folder(at: dict[str, Any]) -> object:
    return Path("../planted").write_text("x")


@attempt
def write_to_another_task(at: dict[str, Any]) -> object:
    return (Path(at["other"]) / "planted").write_text("x")


@attempt
def write_by_a_link(at: dict[str, Any]) -> object:
    Path("way-out").symlink_to("../planted-by-link")
    return Path("way-out").write_text("x")


@attempt
def write_to_a_folder_of_all(at: dict[str, Any]) -> object:
    return (Path(at["temporary"]) / "planted").write_text("x")


@attempt
def move_a_file_out(at: dict[str, Any]) -> object:
    Path("moved").write_text("x")
    Path("moved").rename("../moved")
    return None


@attempt
def link_a_file_out(at: dict[str, Any]) -> object:
    Path("linked").write_text("x")
    Path("../linked").hardlink_to("linked")
    return None


@attempt
def make_a_folder_outside(at: dict[str, Any]) -> object:
    Path("../made").mkdir()
    return None


@attempt
def remove_a_file_of_another_task(at: dict[str, Any]) -> object:
    (Path(at["other"]) / "to-be-removed").unlink()
    return None


@attempt
def empty_a_file_of_another_task(at: dict[str, Any]) -> object:
    os.truncate(Path(at["other"]) / "to-be-emptied", 0)
    return None


@attempt
def change_what_the_installation_holds(at: dict[str, Any]) -> object:
    return (Path(at["installation"]) / "data.txt").write_text("x")


@attempt
def run_a_program_it_brought_along(at: dict[str, Any]) -> object:
    program = os.open("own-true", os.O_CREAT | os.O_WRONLY, 0o755)
    os.write(program, Path("/bin/true").read_bytes())
    os.close(program)
    return subprocess.run(["./own-true"]).returncode


@attempt
def connect_to_redis(at: dict[str, Any]) -> object:
    with socket.create_connection(("127.0.0.1", at["tcp"]), 5) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(100).decode()


@attempt
def listen_for_others(at: dict[str, Any]) -> object:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return None


@attempt
def send_a_datagram(at: dict[str, Any]) -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"x", ("127.0.0.1", at["tcp"]))


@attempt
def connect_to_a_local_socket(at: dict[str, Any]) -> object:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(at["local"])
        return None


@attempt
def connect_to_an_abstract_socket(at: dict[str, Any]) -> object:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + at["abstract"])
        return None


@attempt
def send_to_a_local_socket_from_one_of_a_pair(at: dict[str, Any]) -> object:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        return one.sendto(b"x", at["datagrams"])


@attempt
def signal_the_worker(at: dict[str, Any]) -> object:
    return os.kill(at["worker"], 0)


@attempt
def signal_its_keeper(at: dict[str, Any]) -> object:
    return os.kill(os.getppid(), 0)


@attempt
def trace_the_worker(at: dict[str, Any]) -> object:
    return called(libc.ptrace(PTRACE_SEIZE, at["worker"], None, None))


@attempt
def lower_a_limit_of_the_worker(at: dict[str, Any]) -> object:
    return resource.prlimit(at["worker"], resource.RLIMIT_CORE, (0, 0))


@attempt
def leave_shared_memory(at: dict[str, Any]) -> object:
    key = called(libc.shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0o600))
    libc.shmctl(key, 0, None)
    return None


@attempt
def leave_a_message_queue(at: dict[str, Any]) -> object:
    name = b"yaptide-test-%d" % os.getpid()
    try:
        called(libc.syscall(at["mq_open"], name, O_CREAT_RDWR, 0o600, None))
    finally:
        # It may be there although it could not be opened.
        libc.syscall(at["mq_open"] + 1, name)
    return None


@attempt
def hide_memory_in_a_file(at: dict[str, Any]) -> object:
    return os.memfd_create("hidden")


@attempt
def watch_the_data(at: dict[str, Any]) -> object:
    watch = called(libc.inotify_init())
    return called(libc.inotify_add_watch(watch, os.fsencode(Path(at["secret"]).parent), 0xFFF))


def outcome(act: Callable[[dict[str, Any]], object], at: dict[str, Any]) -> str:
    try:
        got = act(at)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done" if got is None else f"done: {got}"


def change_modes_owners_and_times(paths: list[str]) -> None:
    """Change what belongs to this user elsewhere; seen from outside whether it worked."""
    for path in paths:
        for change in (
            lambda path: Path(path).chmod(0o777),
            lambda path: os.utime(path, (1, 1)),
            lambda path: os.setxattr(path, "user.mark", b"x"),
        ):
            try:
                change(path)
            except OSError:
                continue


def outcomes(at: dict[str, Any]) -> dict[str, str]:
    change_modes_owners_and_times([at["secret"]])
    return {name: outcome(act, at) for name, act in ATTEMPTS.items()}


if __name__ == "__main__":
    print(json.dumps(outcomes(json.loads(sys.argv[1]))))
