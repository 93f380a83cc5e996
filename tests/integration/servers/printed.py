"""What a program has said so far, and what it has done: its output, its log files, its work."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MOST_LINES = 80
MOST_BYTES = 1 << 16
STEP_SECONDS = 5
STEP_MIB = 1


class Printed:
    """The ends of files that a program writes to, from what they held before it began."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._known = self.sizes()

    def sizes(self) -> list[int]:
        """Return how large each file is, 0 if it is not there yet."""
        return [path.stat().st_size if path.exists() else 0 for path in self._files]

    def forget(self) -> None:
        """Begin anew: what is there now is no longer shown."""
        self._known = self.sizes()

    def text(self) -> str:
        """Return the last lines of each file, under its name where there are several."""
        parts = []
        for path, known in zip(self._files, self._known, strict=True):
            if lines := last_lines(_end(path, known)):
                title = f"--- {path}:\n" if len(self._files) > 1 else ""
                parts.append(f"{title}{lines}")
        return "\n".join(parts)


def _end(path: Path, known: int) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(known, path.stat().st_size - MOST_BYTES))
        return file.read().decode(errors="replace")


def last_lines(text: str) -> str:
    """Return the last lines of a text, which may be all."""
    lines = text.splitlines()
    cut = ["..."] if len(lines) > MOST_LINES else []
    return "\n".join(cut + lines[-MOST_LINES:])


def work_done(session: int) -> tuple[int, int]:
    """Return what the processes of a session have computed, and read from and written to disks.

    In steps that are large enough for a server that only answers questions to make none of them:
    seconds of processor time and MiB, by STEP_SECONDS and STEP_MIB; see proc(5). What those did that
    have ended counts for their parents.
    """
    ticks, size = 0, 0
    for folder in Path("/proc").glob("[0-9]*"):
        # Processes come and go, and those of other users do not tell everything.
        with suppress(OSError, IndexError):
            # Behind the name in brackets: session is the 4th, the four times begin with the 12th.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                ticks += sum(map(int, fields[11:15]))
                size += _disk_traffic(folder / "io")
    per_second = os.sysconf("SC_CLK_TCK")
    return ticks // (STEP_SECONDS * per_second), size // (STEP_MIB << 20)


def _disk_traffic(file: Path) -> int:
    lines = dict(line.split(": ") for line in file.read_text().splitlines())
    return int(lines["read_bytes"]) + int(lines["write_bytes"])
