"""Our own code, packed for clusters on which the collect job merges with it."""

import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

SOURCE_ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "adapters/simulators")
MODULES = (
    "adapters/__init__.py",
    "adapters/callbacks/__init__.py",
    "adapters/callbacks/result_json.py",
    "entrypoints/__init__.py",
    "entrypoints/composition/__init__.py",
    "entrypoints/composition/simulators.py",
    "entrypoints/processes/__init__.py",
    "entrypoints/processes/merge_on_node.py",
)
MOMENT = (1980, 1, 1, 0, 0, 0)


@cache
def merging_code() -> bytes:
    """Return the archive from which the collect job runs `entrypoints.processes.merge_on_node`."""
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
