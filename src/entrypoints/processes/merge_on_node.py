"""Merges a batch job on its cluster: `merge_on_node FOLDER INDEX...`.

The collect job runs it from `merging.zip`, which holds our own code, where the cluster's Python has
what that needs (pymchelper, numpy, msgspec). So the results are those that we would get here.
"""

import gzip
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from adapters.callbacks.result_json import results_json, stored_estimators
from application.merging.merge_in_place import RanTask, merge_in_place
from entrypoints.composition.simulators import make_simulators


def main(folder: Path, indices: Sequence[int]) -> int:
    """Leave `collect/merged.json.gz`; the exit code is not 0 when there is nothing to leave."""
    job = json.loads((folder / "job.json").read_bytes())
    files = {path.name: path.read_bytes() for path in (folder / "merging").iterdir()}
    tasks = [
        RanTask(index, job["shares"][index - 1], folder / "tasks" / f"{index:04d}")
        for index in indices
    ]
    done = merge_in_place(make_simulators(folder).named(job["sim_type"]), files, tasks)
    if not done.estimators:
        return 1
    said = {"merged": done.merged, "rejected": done.rejected, "logs": done.logs}
    _leave(
        folder / "collect" / "merged.json.gz",
        results_json(stored_estimators(done.estimators), said),
    )
    return 0


def _leave(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(gzip.compress(content, 1))
    draft.rename(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [int(text) for text in sys.argv[2:]]))
