"""Large pieces of memory go back to the system as soon as they are let go of."""

import ctypes
from contextlib import suppress

M_MMAP_THRESHOLD = -3
"""Of glibc's malloc.h."""

LARGE = 2 << 20


def return_large_memory() -> None:
    """Have the C library ask the system for each large piece, and give it back by itself.

    By itself it learns from each piece that is let go of to keep the next ones of that size, in
    an arena for each thread: 32 MiB of bodies at once cost a process 140 MiB then. Much smaller
    pieces cost more time than they are worth.
    """
    # Other C libraries have no such switch, nor that habit.
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)
