"""A filter of system calls, for what Landlock (ABI 7) does not see.

Sockets of every kind but pairs between an engine's own processes; objects that stay in the kernel
when a run is over; memory that belongs to no process and so counts for no limit; limits of other
processes. Written as the kernel takes it (classic BPF, linux/filter.h and linux/seccomp.h): the
engines' system calls are few and fixed, and libseccomp is not on every machine.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator, Mapping
from functools import cache

from adapters.executors.local_process.confinement.landlock import libc

X86_64, I386, AARCH64 = 0xC000003E, 0x40000003, 0xC00000B7
"""Architectures of system calls as the kernel names them (linux/audit.h)."""

X32_BIT = 0x40000000
"""Marks the calls of x32, which are those of x86-64 by other numbers."""

REFUSED: Mapping[int, Mapping[str, int]] = {
    X86_64: {
        "socket": 41,
        "shmget": 29,
        "semget": 64,
        "msgget": 68,
        "mq_open": 240,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "memfd_create": 319,
        "io_uring_setup": 425,
        "memfd_secret": 447,
    },
    # 32-bit programs on the same processor. `socketcall` and `ipc` stand for many calls each.
    I386: {
        "socket": 359,
        "socketcall": 102,
        "ipc": 117,
        "shmget": 395,
        "semget": 393,
        "msgget": 399,
        "mq_open": 277,
        "add_key": 286,
        "request_key": 287,
        "keyctl": 288,
        "memfd_create": 356,
        "io_uring_setup": 425,
        "memfd_secret": 447,
    },
    AARCH64: {
        "socket": 198,
        "shmget": 194,
        "semget": 190,
        "msgget": 186,
        "mq_open": 180,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "memfd_create": 279,
        "io_uring_setup": 425,
        "memfd_secret": 447,
    },
}
SOCKETPAIR = {X86_64: 53, I386: 360, AARCH64: 199}
PRLIMIT = {X86_64: 302, I386: 340, AARCH64: 261}
MACHINES = {"x86_64": (X86_64, I386), "aarch64": (AARCH64,)}
SECCOMP = {"x86_64": 317, "aarch64": 277}

ANSWERS = {"socket": errno.EACCES, "socketcall": errno.EACCES}
"""All else is not there: programs then do without it, as on older kernels."""

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
    if machine not in MACHINES:
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
        yield from ((IF_AT_LEAST, 0, 1, X32_BIT), _refuse(errno.ENOSYS))
    for name, number in REFUSED[architecture].items():
        yield (IF_EQUAL, 0, 1, number)
        yield _refuse(ANSWERS.get(name, errno.ENOSYS))
    yield (IF_EQUAL, 0, 5, SOCKETPAIR[architecture])
    yield (LOAD, 0, 0, SECOND_ARGUMENT)
    yield (AND, 0, 0, SOCK_TYPE_MASK)
    yield (IF_EQUAL, 0, 1, SOCK_DGRAM)
    yield _refuse(errno.EACCES)
    yield (RETURN, 0, 0, ALLOW)
    # The first argument is a process; 0 is the one that calls.
    yield (IF_EQUAL, 0, 3, PRLIMIT[architecture])
    yield (LOAD, 0, 0, FIRST_ARGUMENT)
    yield (IF_EQUAL, 1, 0, 0)
    yield _refuse(errno.EPERM)
    yield (RETURN, 0, 0, ALLOW)


def _refuse(code: int) -> Instruction:
    return (RETURN, 0, 0, ERROR | code)
