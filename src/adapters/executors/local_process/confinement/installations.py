"""Which files belong to a program: its installation, and those of what interprets it."""

import os
import pwd
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

PROGRAM_FOLDERS = ("bin", "sbin", "bin64", "flutil")
"""Folders of programs whose installation is the folder above; the last is FLUKA's."""

BESIDE_PROGRAMS = ("lib", "lib64", "libexec", "share")
"""What belongs to programs that lie in a folder of many things, such as somebody's home."""

SHARED = frozenset(
    map(Path, ("/", "/etc", "/home", "/opt", "/root", "/srv", "/tmp", "/var"))  # noqa: S108
)
"""Folders that are nobody's installation, nor is any that others keep theirs in."""

HOMES = Path("/home")
LONGEST_CHAIN = 8
FIRST_LINE = 512


def installation_of(executable: Path, search: str, private: Collection[Path]) -> Iterator[Path]:
    """Yield the folders and files of a program and of its interpreters, those on `search` too.

    A link and what it names both count. The installation is the folder around `bin`, or the
    program's own. It is never a home, nor a folder that holds something `private`: of these only
    what programs usually need is taken.
    """
    for program in _programs(executable, search, LONGEST_CHAIN):
        yield from _places_of(program, private)


def data_at(path: Path, private: Collection[Path]) -> Path | None:
    """Return a folder that a command names, for a file the folder it lies in with its data.

    Of a file in a folder of many things that is the file alone. Such a folder itself is no data,
    nor is what is not there.
    """
    if not path.exists():
        return None
    folder = path if path.is_dir() else path.parent
    if _is_own(folder, private):
        return folder
    return None if path.is_dir() else path


def _programs(executable: Path, search: str, most: int) -> Iterator[Path]:
    """Yield a program, what it links to, and the programs that its first line names."""
    yield executable
    if most == 0:
        return
    if executable.is_symlink():
        # Not resolved at once: each folder on the way is one it may be looked for in.
        target = Path(os.path.normpath(executable.parent.resolve() / executable.readlink()))
        yield from _programs(target, search, most - 1)
        return
    if executable.resolve() != executable:
        yield from _programs(executable.resolve(), search, most - 1)
        return
    for name in _interpreters(executable):
        found = shutil.which(name, path=search)
        if found:
            yield from _programs(Path(found).absolute(), search, most - 1)


def _interpreters(script: Path) -> list[str]:
    """Return the words behind `#!` that may be programs: `env` names another one."""
    try:
        with script.open("rb") as file:
            line = file.read(FIRST_LINE).partition(b"\n")[0]
    except OSError:
        return []
    if not line.startswith(b"#!"):
        return []
    words = os.fsdecode(line[2:]).split()
    named = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return words[:1] + (named[:1] if words and Path(words[0]).name == "env" else [])


def _places_of(program: Path, private: Collection[Path]) -> Iterator[Path]:
    folder = program.parent
    prefix = folder.parent
    if folder.name in PROGRAM_FOLDERS and _is_own(prefix, private):
        yield prefix
        return
    yield folder if _is_own(folder, private) else program
    if folder.name in PROGRAM_FOLDERS:
        beside = (prefix / name for name in BESIDE_PROGRAMS)
        yield from (place for place in beside if _is_own(place, private))


def _is_own(folder: Path, private: Collection[Path]) -> bool:
    """Say whether a folder may be an installation as a whole."""
    real = folder.resolve()
    if real in SHARED or _is_home(real):
        return False
    return not any(place.is_relative_to(real) for place in private)


def _is_home(folder: Path) -> bool:
    return folder in _own_homes() or folder.parent == HOMES


@lru_cache(maxsize=1)
def _own_homes() -> frozenset[Path]:
    """Return the homes of this user: what its shell says, and what the system does."""
    found = {os.environ.get("HOME")}
    with suppress(KeyError):
        found.add(pwd.getpwuid(os.getuid()).pw_dir)
    return frozenset(Path(path).resolve() for path in found if path)
