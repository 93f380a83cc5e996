"""What browsers and workers ask most."""

import json

from adapters.compression.gzip import GzipCompressor
from application.ports.result_repository import StoredEstimator, StoredPage
from benchmarks.rows import Measured, Row, milliseconds, rate, timed
from benchmarks.service import Bench
from domain.job import TaskReport
from domain.states import EntityState

MANY = 1000


def task_reports(bench: Bench) -> Measured:
    """Progress of the tasks of one job."""
    job = bench.add_job(MANY)
    key = bench.update_key(job)

    def report(number: int) -> tuple[str, str, bytes]:
        body = {
            "simulation_id": job.simulation_id,
            "task_id": number % MANY + 1,
            "update_key": key,
            "update_dict": {"task_state": "RUNNING", "simulated_primaries": number // MANY + 1},
        }
        return "POST", "/tasks", json.dumps(body).encode()

    return rate(*bench.load(report))


def greeting(bench: Bench) -> Measured:
    """What a request costs that asks nothing of the database."""
    return rate(*bench.load(lambda _: ("GET", "/", None)))


def list_of_jobs(bench: Bench) -> Measured:
    """The newest six of 200 jobs."""
    for _ in range(200):
        bench.add_job(10, EntityState.COMPLETED)
    return rate(*bench.load(lambda _: ("GET", "/user/simulations?page_size=6", None)))


def status_of(ntasks: int, bench: Bench) -> Measured:
    """A job with its tasks."""
    path = f"/jobs?job_id={bench.add_job(ntasks).job_id}"
    return rate(*bench.load(lambda _: ("GET", path, None)))


def submission(ntasks: int, bench: Bench) -> Measured:
    """A job of input files that every installation can take."""
    body = {
        "sim_type": "shieldhit",
        "ntasks": ntasks,
        "title": "bench",
        "input_type": "files",
        "input_files": FILES,
    }
    data = json.dumps(body).encode()

    def submit() -> None:
        status, answer = bench.request("POST", "/jobs/direct", data)
        if status != 202:
            raise RuntimeError(f"{status}: {answer[:300]!r}")

    submit()
    return milliseconds([timed(submit) for _ in range(10)])


FILES = {
    "beam.dat": "RNDSEED 1\nJPART0 2\nTMAX0 150.0 0.0\nNSTAT 10000 0\n",
    "geo.dat": "*---><---><--------><------------------------------------------------>\n",
    "mat.dat": "MEDIUM 1\nICRU 276\nEND\n",
    "detect.dat": "",
}


def statements_of_a_submission(bench: Bench) -> Measured:
    """SQL statements that storing a job of 100 tasks takes."""
    with bench.counted_statements() as seen:
        bench.add_job(100)
    return Measured(len(seen), "statements")


def statements_of_a_report(bench: Bench) -> Measured:
    """SQL statements that a progress report takes."""
    job = bench.add_job(10)
    report = bench.container.report_progress()
    report(job.ref, TaskReport(1, 1, EntityState.RUNNING, 1))
    with bench.counted_statements() as seen:
        report(job.ref, TaskReport(1, 1, EntityState.RUNNING, 2))
    return Measured(len(seen), "statements")


def estimators_among(pages: int, bench: Bench) -> Measured:
    """The estimators of one job in a database with many pages of others."""
    body = GzipCompressor().compress(b'{"dimensions":0,"data":{"values":[1]}}')
    with bench.container.unit_of_work() as work:
        for start in range(0, pages, 10_000):
            filler = [StoredPage(n, "p", 0, body) for n in range(min(10_000, pages - start))]
            job = bench.add_job_in(work)
            work.results.store(job.simulation_id, [StoredEstimator("e", b"{}", filler)])
        job = bench.add_job_in(work)
        ten = [StoredPage(n, "p", 0, body) for n in range(10)]
        work.results.store(job.simulation_id, [StoredEstimator("e", b"{}", ten)])
        work.commit()
    path = f"/estimators?job_id={job.job_id}"
    bench.request("GET", path)
    return milliseconds([timed(lambda: bench.request("GET", path)) for _ in range(30)])


ROWS = (
    Row("GET /, which asks no database", greeting),
    Row("POST /tasks, job of 1000 tasks", task_reports, 150),
    Row("POST /tasks, statements", statements_of_a_report, 5),
    Row("GET /user/simulations, 6 of 200", list_of_jobs, 147),
    Row("GET /jobs, 100 tasks", lambda bench: status_of(100, bench), 72),
    Row("GET /jobs, 1000 tasks", lambda bench: status_of(1000, bench), 23),
    Row("POST /jobs/direct, 100 tasks", lambda bench: submission(100, bench), 127),
    Row("POST /jobs/direct, 1000 tasks", lambda bench: submission(1000, bench)),
    Row("POST /jobs/direct, 100 tasks, statements", statements_of_a_submission, 122),
    Row("GET /estimators, few pages", lambda bench: estimators_among(10, bench), 12),
    Row("GET /estimators, a million pages", lambda bench: estimators_among(10**6, bench), 273),
)
