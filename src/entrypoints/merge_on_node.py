"""Merges a batch job on its cluster: `python3 -m entrypoints.merge_on_node FOLDER INDEX...`.

The collect job runs it from `merging.zip`, which holds our own code, where the cluster's Python has
what that needs (pymchelper, numpy, msgspec). So the results are those that we would get here.
"""

import gzip
import json
import os
import sys
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

SOURCE_ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "application", "adapters/simulators")
MODULES = (
    "adapters/__init__.py",
    "adapters/callbacks/__init__.py",
    "adapters/callbacks/result_json.py",
    "entrypoints/__init__.py",
    "entrypoints/simulators.py",
    "entrypoints/merge_on_node.py",
)
MOMENT = (1980, 1, 1, 0, 0, 0)


@cache
def merging_code() -> bytes:
    """Return the archive from which the collect job runs this module."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _sources():
            name = str(path.relative_to(SOURCE_ROOT))
            archive.writestr(zipfile.ZipInfo(name, MOMENT), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _sources() -> Iterator[Path]:
    for place in PACKAGES:
        yield from sorted((SOURCE_ROOT / place).rglob("*.py"))
    yield from (SOURCE_ROOT / name for name in MODULES)


def main(folder: Path, indices: Sequence[int]) -> int:
    """Leave `collect/merged.json.gz`; the exit code is not 0 when there is nothing to leave."""
    # Only the collect job needs them; what makes the archive is our own helper worker.
    from adapters.callbacks.result_json import results_json, stored_estimators
    from application.merge_in_place import RanTask, merge_in_place
    from entrypoints.simulators import make_simulators

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
