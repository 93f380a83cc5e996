"""A filter of system calls, for what Landlock (ABI 7) does not see.

Sockets of every kind but pairs between an engine's own processes; modes, owners and times of files,
which this user may change wherever they lie; objects that stay in the kernel when a run is over;
memory that belongs to no process and so counts for no limit; limits of other processes. Written as
the kernel takes it (classic BPF, linux/filter.h and linux/seccomp.h): the calls are few and fixed,
and libseccomp is not on every machine.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator
from functools import cache

from adapters.executors.local_process.confinement.landlock import libc

X86_64, I386, AARCH64 = 0xC000003E, 0x40000003, 0xC00000B7
"""Architectures of system calls as the kernel names them (linux/audit.h). Programs of 32 bits run
on the same processors as those of 64."""

COLUMNS = (X86_64, I386, AARCH64)
MACHINES = {"x86_64": (X86_64, I386), "aarch64": (AARCH64,)}
SECCOMP = {"x86_64": 317, "aarch64": 277}

X32_BIT = 0x40000000
"""Marks the calls of x32, which are those of x86-64 by other numbers."""

REFUSED = {"socket": (41, 359, 198), "socketcall": (None, 102, None)}

ABSENT = {
    "shmget": (29, 395, 194),
    "semget": (64, 393, 190),
    "msgget": (68, 399, 186),
    "ipc": (None, 117, None),
    "mq_open": (240, 277, 180),
    "add_key": (248, 286, 217),
    "request_key": (249, 287, 218),
    "keyctl": (250, 288, 219),
    "memfd_create": (319, 356, 279),
    "memfd_secret": (447, 447, 447),
    "io_uring_setup": (425, 425, 425),
    "inotify_init": (253, 291, None),
    "inotify_init1": (294, 332, 26),
    "fanotify_init": (300, 338, 262),
    "setxattr": (188, 226, 5),
    "lsetxattr": (189, 227, 6),
    "fsetxattr": (190, 228, 7),
    "removexattr": (197, 235, 14),
    "lremovexattr": (198, 236, 15),
    "fremovexattr": (199, 237, 16),
    "setxattrat": (463, 463, 463),
    "removexattrat": (466, 466, 466),
    "file_setattr": (469, 469, 469),
}
"""Answered as on a system without them: programs then do without."""

PASSED_OVER = {
    "chmod": (90, 15, None),
    "fchmod": (91, 94, 52),
    "fchmodat": (268, 306, 53),
    "fchmodat2": (452, 452, 452),
    "chown": (92, 182, None),
    "fchown": (93, 95, 55),
    "lchown": (94, 16, None),
    "fchownat": (260, 298, 54),
    "chown32": (None, 212, None),
    "fchown32": (None, 207, None),
    "lchown32": (None, 198, None),
    "utime": (132, 30, None),
    "utimes": (235, 271, None),
    "futimesat": (261, 299, None),
    "utimensat": (280, 320, 88),
    "utimensat_time64": (None, 412, None),
}
"""Answered as if it were done, though it is not: much copies files with their modes and times, and
nothing here depends on them."""

SOCKETPAIR = {X86_64: 53, I386: 360, AARCH64: 199}
PRLIMIT = {X86_64: 302, I386: 340, AARCH64: 261}

SOCK_TYPE_MASK, SOCK_DGRAM = 0xF, 2
"""Datagrams can be sent to any socket that has a name, also from one of a pair."""

LOAD, AND, RETURN = 0x20, 0x54, 0x06
IF_EQUAL, IF_AT_LEAST = 0x15, 0x35
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
"""Where struct seccomp_data has these; of arguments the lower half, as both are little-endian."""

ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000
SET_MODE_FILTER, GET_ACTION_AVAILABLE = 1, 2
SPEC_ALLOW = 1 << 2
"""Before Linux 5.16 a filter slows the whole program down unless this is said."""

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def can_be_filtered() -> bool:
    """Say whether this kernel takes filters, and there is one for this machine's processor."""
    machine, action = platform.machine(), ctypes.c_uint32(ERROR)
    if machine not in MACHINES or not sys.platform.startswith("linux"):
        return False
    number, operation = ctypes.c_long(SECCOMP[machine]), ctypes.c_ulong(GET_ACTION_AVAILABLE)
    return bool(libc.syscall(number, operation, ctypes.c_ulong(0), ctypes.byref(action)) == 0)


def refuse_system_calls() -> None:
    """Take those calls from this process and from all that it starts; OSError if refused.

    It must have given privileges up before.
    """
    machine = platform.machine()
    code = program(machine)
    kept = ctypes.create_string_buffer(code, len(code))
    filtering = _Program(len(code) // 8, ctypes.addressof(kept))
    flags = ctypes.c_ulong(SPEC_ALLOW)
    mode = ctypes.c_ulong(SET_MODE_FILTER)
    if libc.syscall(ctypes.c_long(SECCOMP[machine]), mode, flags, ctypes.byref(filtering)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def make_ready() -> None:
    """Make the filter once, for all processes that are forked from here."""
    if platform.machine() in MACHINES:
        program(platform.machine())


@cache
def program(machine: str) -> bytes:
    """Return the filter as the kernel takes it."""
    return b"".join(struct.pack("<HBBI", *item) for item in instructions(machine))


def instructions(machine: str) -> list[Instruction]:
    """Return the filter for a processor; programs for any other one are ended."""
    found: list[Instruction] = [(LOAD, 0, 0, ARCHITECTURE)]
    for architecture in MACHINES[machine]:
        block = list(_block(architecture))
        found += [(IF_EQUAL, 0, len(block), architecture), *block]
    return [*found, (RETURN, 0, 0, KILL)]


def _block(architecture: int) -> Iterator[Instruction]:
    yield (LOAD, 0, 0, NUMBER)
    if architecture == X86_64:
        yield from ((IF_AT_LEAST, 0, 1, X32_BIT), _answer(errno.ENOSYS))
    for calls, answer in ((REFUSED, errno.EACCES), (ABSENT, errno.ENOSYS), (PASSED_OVER, 0)):
        for numbers in calls.values():
            number = numbers[COLUMNS.index(architecture)]
            if number is not None:
                yield (IF_EQUAL, 0, 1, number)
                yield _answer(answer)
    yield (IF_EQUAL, 0, 5, SOCKETPAIR[architecture])
    yield (LOAD, 0, 0, SECOND_ARGUMENT)
    yield (AND, 0, 0, SOCK_TYPE_MASK)
    yield (IF_EQUAL, 0, 1, SOCK_DGRAM)
    yield _answer(errno.EACCES)
    yield (RETURN, 0, 0, ALLOW)
    # The first argument is a process; 0 is the one that calls.
    yield (IF_EQUAL, 0, 3, PRLIMIT[architecture])
    yield (LOAD, 0, 0, FIRST_ARGUMENT)
    yield (IF_EQUAL, 1, 0, 0)
    yield _answer(errno.EPERM)
    yield (RETURN, 0, 0, ALLOW)


def _answer(code: int) -> Instruction:
    return (RETURN, 0, 0, ERROR | code)
