"""What the confinement covers on this machine, and what it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapters.executors.local_process.confinement import landlock, system_calls


class Confine(StrEnum):
    """Whether engines are confined: always or not at all, where that can be done, never."""

    REQUIRED = "required"
    AVAILABLE = "available"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which ABI of Landlock confines engines, 0 for none; whether their system calls are filtered.

    `wanted` is not set where neither is to be used.
    """

    abi: int
    filtered: bool
    wanted: bool = True

    @property
    def confines(self) -> bool:
        """Whether files are kept from engines, without which the rest is worth little."""
        return self.abi > 0

    @property
    def scoped(self) -> bool:
        """Whether signals of a run can be kept inside it."""
        return self.abi >= landlock.WITH_SCOPES

    @property
    def gaps(self) -> Sequence[str]:
        """What engines can do all the same, as the kernel is older than what would prevent it."""
        lacking = (
            (landlock.WITH_TRUNCATION, "cut files of this user short (prevented from Linux 6.2)"),
            (landlock.WITH_SCOPES, "signal processes of this user (prevented from Linux 6.12)"),
        )
        found = [what for since, what in lacking if self.abi < since]
        if not self.filtered:
            found.append(
                "open sockets other than TCP, change modes of this user's files and limits of its "
                "processes, leave things in the kernel (no filter of system calls here)"
            )
        if not self.filtered and self.abi < landlock.WITH_TCP:
            found.append("use TCP (prevented from Linux 6.7)")
        return found

    def sentence(self) -> str:
        """Say it to people."""
        if not self.wanted:
            return "engines are not confined: CONFINE_SIMULATORS is off"
        if not self.confines:
            return "engines are not confined: this kernel has no Landlock"
        said = f"engines are confined to their own files by Landlock (ABI {self.abi})"
        return f"{said}, but can: {'; '.join(self.gaps)}" if self.gaps else said


def coverage_here(confine: Confine) -> Coverage:
    """Return what this machine's kernel offers, and nothing of it where that is off."""
    if confine is Confine.OFF:
        return Coverage(0, False, wanted=False)
    return Coverage(landlock.supported_abi(), system_calls.can_be_filtered())
