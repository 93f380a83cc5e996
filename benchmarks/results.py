"""A million values on their way in and out."""

import random

import msgspec

from benchmarks.rows import Measured, Row, timed
from benchmarks.service import Bench
from domain.job import Job
from domain.states import EntityState

VALUES = 1_000_000


def store_results(bench: Bench) -> Measured:
    """POST /results: seconds, and memory above that of the idle server."""
    job, body = _job_with_results(bench)
    with bench.watched_memory() as memory:
        seconds = timed(lambda: _post(bench, body, bench.update_key(job)))
    bench.stored = job
    return Measured(seconds, "s", memory=memory[0], note=f"{len(body) / 1e6:.0f} MB")


def read_results(bench: Bench) -> Measured:
    """GET /results of the same: seconds, and what a client that accepts gzip gets."""
    path = f"/results?job_id={bench.stored.job_id}"
    sizes: list[int] = []

    def read() -> None:
        status, answer = bench.request("GET", path, accept_encoding="gzip")
        if status != 200:
            raise RuntimeError(f"{status}: {answer[:300]!r}")
        sizes.append(len(answer))

    with bench.watched_memory() as memory:
        seconds = timed(read)
    note = f"{sizes[0] / 1e6:.1f} MB on the wire"
    return Measured(seconds, "s", memory=memory[0], note=note)


def _job_with_results(bench: Bench) -> tuple[Job, bytes]:
    """Return a job that is being merged and the body that ends it: four pages, random digits."""
    job = bench.add_job(1, EntityState.MERGING_RUNNING)
    random.seed(1)
    count = VALUES // 4
    axis = {"name": "Z", "unit": "cm", "values": list(range(count))}
    pages = [
        {
            "name": "Dose",
            "dimensions": 1,
            "data": {"name": "Dose", "unit": "Gy", "values": random_numbers(count)},
            "axis_dim1": axis,
            "metadata": {"name": "Dose", "unit": "Gy", "page_number": str(number)},
        }
        for number in range(4)
    ]
    document = {
        "simulation_id": job.simulation_id,
        "update_key": bench.update_key(job),
        "estimators": [{"name": "out", "metadata": {}, "pages": pages}],
    }
    return job, msgspec.json.encode(document)


def random_numbers(count: int) -> list[float]:
    """Return numbers of which no digit can be compressed away."""
    return [random.random() for _ in range(count)]


def _post(bench: Bench, body: bytes, key: str) -> None:
    status, answer = bench.request("POST", "/results", body, authorization=f"Bearer {key}")
    if status != 202:
        raise RuntimeError(f"{status}: {answer[:300]!r}")


ROWS = (
    Row("POST /results, 1e6 values", store_results, 3.9),
    Row("GET /results, 1e6 values", read_results, 1.06),
)
