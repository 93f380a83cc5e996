"""What is uploaded of a job: its folder, as one archive."""

import io
import json
import re
import shlex
import tarfile
from collections.abc import Iterator
from pathlib import Path

from adapters.executors.slurm_ssh import commands
from application.ports.batch_clusters import BatchOrder
from domain.cluster import Cluster
from domain.errors import InvalidInput

WATCHER = Path(__file__).parent / "remote" / "watcher.py"
FOLDERS = ("input", "tasks", "status", "claims", "collect", "logs")

ARRAY = """#!/bin/bash
# Runs one task of the job; options are given when it is submitted.
{set_up}
cd {folder} || exit 1
exec python3 watcher.py run "$SLURM_ARRAY_TASK_ID"
"""

COLLECT = """#!/bin/bash
# Collects what the tasks of the job left, after the last of them.
{set_up}
cd {folder} || exit 1
exec python3 watcher.py collect
"""

SUBMIT = """#!/bin/sh
# Submits the array job, unless its id is given, and the collect job that waits for it.
array=$1
if [ -z "$array" ]; then
    array=$({array}) || exit 3
    array=${{array%%;*}}
fi
echo "array $array"
collect=$({collect}) || exit 4
echo "collect ${{collect%%;*}}"
"""

WORK_DIR = re.compile(r"(?:\$[A-Za-z_][A-Za-z0-9_]*|~|/[\w.+-]+)(?:/[\w.+-]+)*", re.ASCII)


def check_work_dir(text: str) -> None:
    """Refuse a work folder that is no plain path, perhaps below a variable or the home folder."""
    if not WORK_DIR.fullmatch(text) or ".." in text.split("/"):
        raise InvalidInput(
            "work_dir", f"{text[:80]!r} must be a path such as /scratch/yaptide or $SCRATCH/yaptide"
        )


def work_dir_script(text: str) -> str:
    """Return the shell script that makes the work folder and prints where it is."""
    check_work_dir(text)
    # A checked path holds nothing that a shell would understand but its variable or ~.
    value = f'"$HOME{text[1:]}"' if text.startswith("~") else f'"{text}"'
    return (
        f'd={value}; case "$d" in /*/*) ;; *) echo "the work folder is $d" >&2; exit 1;; esac; '
        f'mkdir -p "$d" && cd "$d" && echo "yaptide-folder:$(pwd -P)"'
    )


def pack_job(order: BatchOrder, cluster: Cluster, folder: str) -> bytes:
    """Return the archive of a job's folder, which is to be unpacked as `folder`."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3) as archive:
        for name in FOLDERS:
            _add_folder(archive, name)
        for name, content in _files(order, cluster, folder):
            _add(archive, name, content)
    return stream.getvalue()


def _files(order: BatchOrder, cluster: Cluster, folder: str) -> Iterator[tuple[str, bytes]]:
    place = shlex.quote(folder)
    yield "watcher.py", WATCHER.read_bytes()
    yield "job.json", json.dumps(_manifest(order)).encode()
    yield "array.sh", ARRAY.format(set_up=cluster.set_up, folder=place).encode()
    yield "collect.sh", COLLECT.format(set_up=cluster.set_up, folder=place).encode()
    yield "submit.sh", submit_script(order, folder).encode()
    if order.merging:
        yield "merging.zip", order.merging
        for name, content in order.files.items():
            yield f"merging/{name}", content
    for name, content in order.shared.items():
        yield f"input/{name}", content
    for index, files in order.own.items():
        for name, content in files.items():
            yield f"tasks/{index:04d}/{name}", content


def _manifest(order: BatchOrder) -> dict[str, object]:
    recipe = order.recipe
    return {
        "simulation_id": order.simulation_id,
        "sim_type": order.sim_type,
        "update_key": order.update_key,
        "url": order.backend_url,
        "shares": list(order.shares),
        "own": sorted({name for files in order.own.values() for name in files}),
        "command": list(recipe.command),
        "progress": list(recipe.progress),
        "logs": list(recipe.logs),
        "required": list(recipe.required),
    }


def submit_script(order: BatchOrder, folder: str) -> str:
    """Return the script that submits both jobs; its first argument is an array's id if known."""
    array = commands.sbatch_command(
        "array.sh",
        commands.job_name(order.job_id),
        folder,
        "logs/array_%a.log",
        order.options.array,
        *commands.array_options(len(order.shares)),
    )
    marker = "0"
    collect = commands.sbatch_command(
        "collect.sh",
        commands.collect_name(order.job_id),
        folder,
        "logs/collect.log",
        order.options.collect,
        *commands.collect_options(marker),
    )
    depends = shlex.join(collect).replace(f"afterany:{marker}", 'afterany:"$array"', 1)
    return SUBMIT.format(array=shlex.join(array), collect=depends)


def _add_folder(archive: tarfile.TarFile, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    info.mode = 0o700
    archive.addfile(info)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o600
    archive.addfile(info, io.BytesIO(content))
