"""Landlock: a process keeps itself, and all that it starts, to the files it names.

The C library has no functions for it, so its system calls are made by their numbers. Numbers,
structures and rights are those of linux/landlock.h up to ABI 7 (Linux 6.15); newer kernels take
them as they are. See https://docs.kernel.org/userspace-api/landlock.html.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_CHAR = 1 << 6
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
MAKE_SOCK = 1 << 9
MAKE_FIFO = 1 << 10
MAKE_BLOCK = 1 << 11
MAKE_SYM = 1 << 12
REFER = 1 << 13
"""Moving and linking from one folder into another; refused altogether before ABI 2."""
TRUNCATE = 1 << 14
IOCTL_DEV = 1 << 15

FIRST_RIGHTS = REFER - 1
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""The rights that a rule about a single file may grant."""

BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1 << 0, 1 << 1

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION = 1 << 0
RULE_PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38

WITH_MOVES, WITH_TRUNCATION, WITH_TCP, WITH_IOCTL, WITH_SCOPES = 2, 3, 4, 5, 6
"""The ABI that brought each of these."""

Place = tuple[str, int]
"""A file or a folder, and the rights to it and to all that is below."""


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    # Python 3.14 wants to be told the layout that packing has always had.
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


libc = ctypes.CDLL(None, use_errno=True)
"""Looked up once for all: engines are started by forks of what is here then."""

libc.syscall.restype = ctypes.c_long
prctl: Any = getattr(libc, "prctl", None)
"""There is none but on Linux, where alone engines are run."""


def supported_abi() -> int:
    """Return which ABI this kernel speaks, 0 where it has no Landlock or it is switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    with suppress(OSError):
        return _call(CREATE_RULESET, None, ctypes.c_size_t(0), CREATE_RULESET_VERSION)
    return 0


def make_ruleset(places: Iterable[Place], abi: int) -> int:
    """Return the file of a set of rules that leaves no rights but those to `places`.

    It leaves no TCP port either (ABI 4), no abstract socket and no process outside to signal
    (ABI 6). What is not there, or can't be reached, is left out. OSError when the kernel refuses.
    """
    rights = _rights(abi)
    ruleset = _create(
        _Ruleset(
            rights,
            BIND_TCP | CONNECT_TCP if abi >= WITH_TCP else 0,
            SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS if abi >= WITH_SCOPES else 0,
        )
    )
    for path, granted in places:
        _allow(ruleset, path, granted & rights)
    return ruleset


def enter(ruleset: int) -> None:
    """Keep this process, and all that it starts, to a set of rules for good; OSError if refused.

    It must have given privileges up before.
    """
    _call(RESTRICT_SELF, ruleset, 0)


def keep_signals_inside() -> None:
    """Let this process and what it starts signal only each other (ABI 6); OSError if refused.

    It must have given privileges up before.
    """
    ruleset = _create(_Ruleset(0, 0, SCOPE_SIGNALS))
    enter(ruleset)
    os.close(ruleset)


def gain_no_privileges() -> None:
    """Let no program that this process starts have more rights than it, whoever owns it."""
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _rights(abi: int) -> int:
    rights = FIRST_RIGHTS
    for since, right in ((WITH_MOVES, REFER), (WITH_TRUNCATION, TRUNCATE), (WITH_IOCTL, IOCTL_DEV)):
        rights |= right if abi >= since else 0
    return rights


def _create(attributes: _Ruleset) -> int:
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = _call(CREATE_RULESET, ctypes.byref(attributes), size, 0)
    os.set_inheritable(ruleset, False)
    return ruleset


def _allow(ruleset: int, path: str, granted: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            granted &= OF_FILES
        if granted:
            rule = _PathBeneath(granted, place)
            _call(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    result: int = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
