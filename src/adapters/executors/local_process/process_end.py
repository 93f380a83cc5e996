"""Wait for the end of a process."""

import os
import select
import subprocess


class ProcessEnd:
    """Tells of the end of a child at the moment it comes.

    `Popen.wait` with a limit asks again and again, in the end 20 times a second, which for short
    runs is most of their time. Linux has a file that becomes readable when a process ends; where
    there is none `Popen.wait` has to do.
    """

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._file: int | None = None
        self._poll = select.poll()
        try:
            self._file = os.pidfd_open(process.pid)
        except (AttributeError, OSError):
            return
        self._poll.register(self._file, select.POLLIN)

    def within(self, seconds: float) -> bool:
        """Return True once the process has ended, False after `seconds`."""
        if self._file is not None and not self._poll.poll(seconds * 1000):
            return False
        try:
            self._process.wait(0 if self._file is not None else seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self) -> None:
        """Close the file of the process."""
        if self._file is not None:
            os.close(self._file)
