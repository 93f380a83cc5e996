"""How a stand-in is told to behave: by a file beside it, since its environment is scrubbed.

`rfluka` is told by `rfluka.json`. Standard library only: stand-ins run by themselves.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CRASH_CODE = 3
HOSTILE = "hostile:"
"""Begins the line that tells what came of a stand-in's attempts."""


@dataclass(frozen=True)
class Behaviour:
    """What a run does.

    `seconds` is how long it simulates in `steps` steps (0: at once). `ending` is `good`, `crash`
    (after half of the steps, with an error in the log), `segfault`, `hang` (after half of them,
    until killed), `half` (half of each output file), `nothing` (a good log and no output) or
    `killed` (SIGKILL by itself). `held` names a file: while it exists a run waits after half of its
    steps. `only` lists the seeds that do so; the others end well at once. `targets` makes it hostile:
    it first tries to get at them, and prints what came of that.
    """

    seconds: float = 0.0
    steps: int = 20
    ending: str = "good"
    ignore_sigterm: bool = False
    held: str = ""
    only: list[int] = field(default_factory=list)
    targets: dict[str, Any] = field(default_factory=dict)

    def for_seed(self, seed: int) -> "Behaviour":
        if not self.only or seed in self.only:
            return self
        return Behaviour(self.seconds, self.steps, ignore_sigterm=self.ignore_sigterm)


def write(executable: Path, **settings: Any) -> None:
    """Tell a stand-in how to behave from its next run on, all at once."""
    text = json.dumps(asdict(Behaviour(**settings)))
    draft = executable.with_suffix(".draft")
    draft.write_text(text)
    draft.rename(executable.with_suffix(".json"))


def read(executable: Path, seed: int) -> Behaviour:
    """Return how a run with this seed is to behave."""
    path = executable.with_suffix(".json")
    settings = json.loads(path.read_text()) if path.exists() else {}
    return Behaviour(**settings).for_seed(seed)


def begin(behaviour: Behaviour) -> None:
    """Do what must be done before anything else."""
    if behaviour.ignore_sigterm:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour.targets:
        from tests.integration.confinement import hostile

        print(HOSTILE, json.dumps(hostile.outcomes(behaviour.targets)), flush=True)


def steps(behaviour: Behaviour, primaries: int) -> Iterator[int]:
    """Yield primaries done, at the pace that was asked for; end the process where told to."""
    count = max(1, min(behaviour.steps, primaries))
    for step in range(1, count + 1):
        if step > count // 2:
            _break_off(behaviour)
        time.sleep(behaviour.seconds / count)
        yield primaries * step // count


def _break_off(behaviour: Behaviour) -> None:
    sys.stdout.flush()
    while behaviour.held and Path(behaviour.held).exists():
        time.sleep(0.02)
    if behaviour.ending == "hang":
        while True:
            time.sleep(3600)
    if behaviour.ending == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour.ending == "segfault":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)


def crashes(behaviour: Behaviour, done: int, primaries: int) -> bool:
    """Say whether a run breaks off here with an error of its own words."""
    return behaviour.ending == "crash" and 2 * done >= primaries


def leave(behaviour: Behaviour, path: Path, content: bytes) -> None:
    """Write an output file, or as much of it as was asked for."""
    if behaviour.ending == "nothing":
        return
    path.write_bytes(content[: len(content) // 2] if behaviour.ending == "half" else content)


def kept_seconds(behaviour: Behaviour, share_done: float) -> int:
    """Return the estimate of the remaining time."""
    return round(behaviour.seconds * (1 - share_done))
