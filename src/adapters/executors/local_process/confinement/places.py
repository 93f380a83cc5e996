"""What an engine may read and write: the system's libraries, its installation, its own folder."""

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path

from adapters.executors.local_process.confinement import landlock
from adapters.executors.local_process.confinement.installations import data_at, installation_of
from adapters.executors.local_process.confinement.landlock import Place
from application.ports.simulator import Command

USE = landlock.EXECUTE | landlock.READ_FILE | landlock.READ_DIR
LOOK = landlock.READ_FILE | landlock.READ_DIR
DEVICE = landlock.READ_FILE | landlock.WRITE_FILE | landlock.TRUNCATE | landlock.IOCTL_DEV
OWN = (
    LOOK
    | landlock.WRITE_FILE
    | landlock.TRUNCATE
    | landlock.REMOVE_FILE
    | landlock.REMOVE_DIR
    | landlock.MAKE_REG
    | landlock.MAKE_DIR
    | landlock.MAKE_SYM
    | landlock.MAKE_FIFO
    | landlock.REFER
)
"""Rights in a run's folder: all but devices, sockets, and programs that came with the input."""

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/locale.alias",
    # How many cores and how much memory there are, which parallel programs ask.
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/loadavg",
    "/proc/version",
    "/proc/filesystems",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/dev/random",
    "/dev/urandom",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full")


class Places:
    """Tells what each run may reach.

    `more` may be read by all of them. What is `private` may not, even where it lies in something
    that may; a run's own folder in a private one is its own all the same.
    """

    def __init__(self, more: Sequence[Path] = (), private: Sequence[Path] = ()) -> None:
        self._private = [path.resolve() for path in private]
        self._more = more

    def of_run(
        self, executable: Path, command: Command, environment: Mapping[str, str], folder: Path
    ) -> list[Place]:
        """Return what a run may reach, nothing of it twice.

        Beside the system's own and `more`, that is the program's installation, and what its command
        and their environment name by full paths: a simulator takes none of these from users.
        """
        own = str(folder)
        words = (*command.argv[1:], *_parts(command.environment))
        named = tuple(word for word in words if word[:1] == "/" and word != own)
        identity, search = identity_of(executable), environment["PATH"]
        return [(own, OWN), *self._of_program(str(executable), identity, search, named)]

    @lru_cache(maxsize=64)  # noqa: B019 - as long-lived as the process
    def _of_program(
        self, executable: str, identity: object, search: str, named: tuple[str, ...]
    ) -> list[Place]:
        """Return all of this but the run's folder; looked up again for another file of the name."""
        del identity
        places = [*installation_of(Path(executable), search, self._private)]
        places += filter(None, (data_at(Path(word), self._private) for word in named))
        found = dict(self._of_all)
        for place in places:
            for inner in _around(place, self._private):
                found.setdefault(str(inner), USE)
        return list(found.items())

    @cached_property
    def _of_all(self) -> dict[str, int]:
        used = [
            path
            for place in (*map(Path, SYSTEM), *self._more)
            for path in _around(place, self._private)
        ]
        looked_at = dict.fromkeys(SYSTEM_FILES, LOOK) | dict.fromkeys(DEVICES, DEVICE)
        return dict.fromkeys(map(str, used), USE) | looked_at


def of_python() -> list[Place]:
    """Return what this Python, and all that it imports, needs to read."""
    read = dict.fromkeys((*SYSTEM, sys.prefix, sys.base_prefix, *filter(None, sys.path)), USE)
    read |= dict.fromkeys(SYSTEM_FILES, LOOK) | dict.fromkeys(DEVICES, DEVICE)
    return list(read.items())


def _parts(environment: Mapping[str, str]) -> Iterator[str]:
    for value in environment.values():
        yield from value.split(os.pathsep)


def identity_of(executable: Path) -> object:
    """Return what tells a file from another one that took its place; None where there is none."""
    try:
        found = executable.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _around(place: Path, private: Collection[Path]) -> Iterator[Path]:
    """Yield a place, or all that lies in it but what is private.

    A rule of Landlock holds for all that is below, and none can take anything back.
    """
    real = place.resolve()
    hidden = [path for path in private if path.is_relative_to(real)]
    if not hidden:
        yield place
    elif real not in hidden:
        with suppress(OSError):
            for entry in place.iterdir():
                yield from _around(entry, hidden)
