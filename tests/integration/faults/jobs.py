"""Jobs of many tasks, followed through faults to their end, and what must be true then."""

import re
from typing import Any

from tests.integration.servers.process import wait_until
from tests.integration.service.service import Browser
from tests.locations import TESTS

INPUT = TESTS / "data" / "simulators" / "shieldhit" / "input"
PRIMARIES = 1003
TASKS = 8


class PatientBrowser(Browser):
    """Asks again where the API, its database or its broker is away for a while."""

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answers: list[tuple[int, Any]] = []

        def is_there() -> bool:
            try:
                answers.append(super(PatientBrowser, self).__call__(method, path, body))
            except (OSError, ValueError):
                return False
            status, answer = answers[-1]
            assert status in (*range(500), 503), answer
            return status != 503

        wait_until(is_there, f"an answer to {method} {path}", pause=0.1)
        return answers[-1]

    def start(self, ntasks: int = TASKS, primaries: int = PRIMARIES, title: str = "") -> str:
        """Submit a job of input files and return its id."""
        body = {
            "sim_type": "shieldhit", "ntasks": ntasks, "title": title, "input_type": "files",
            "input_files": input_files(primaries),
        }  # fmt: skip
        status, answer = self("POST", "/jobs/direct", body)
        assert status == 202, answer
        return str(answer["job_id"])

    def counts(self, job_id: str) -> dict[str, int]:
        """Return how many tasks are in each state."""
        found: dict[str, int] = {}
        for task in self.status(job_id)["job_tasks_status"]:
            found[task["task_state"]] = found.get(task["task_state"], 0) + 1
        return found

    def wait_until_busy(self, job_id: str) -> None:
        """Wait until some tasks are over and others run, which is when faults do harm."""

        def is_busy() -> bool:
            counts = self.counts(job_id)
            return bool(counts.get("COMPLETED") and counts.get("RUNNING"))

        wait_until(is_busy, "tasks that are over and others that run", pause=0.05)

    def end(self, job_id: str) -> Any:
        """Wait until the job is over and return its last status."""
        return self.wait(job_id)[-1]

    def pages(self, job_id: str) -> Any:
        """Return all that the job scored."""
        status, answer = self("GET", f"/results?job_id={job_id}")
        assert status == 200, answer
        return [
            (estimator["name"], [page["data"] for page in estimator["pages"]])
            for estimator in answer["estimators"]
        ]


def input_files(primaries: int) -> dict[str, str]:
    """Return the recorded input, asking for so many primaries."""
    files = {path.name: path.read_text() for path in INPUT.glob("*.dat")}
    files["beam.dat"] = re.sub(r"NSTAT\s+\d+", f"NSTAT {primaries}", files["beam.dat"])
    return files


def assert_whole(browser: PatientBrowser, job_id: str, undisturbed: Any) -> None:
    """Every task completed, every primary counted once, every value as in a run without faults."""
    status = browser.end(job_id)
    assert status["job_state"] == "COMPLETED", (
        status,
        browser("GET", f"/logfiles?job_id={job_id}"),
    )
    tasks = status["job_tasks_status"]
    assert {task["task_state"] for task in tasks} == {"COMPLETED"}
    assert sum(task["simulated_primaries"] for task in tasks) == PRIMARIES
    assert all(task["start_time"] <= task["end_time"] for task in tasks)
    # Values depend on the seed and the primaries of each task: one that is missing or merged
    # twice shows.
    assert browser.pages(job_id) == undisturbed
