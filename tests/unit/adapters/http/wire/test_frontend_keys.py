"""The keys of every answer that the existing frontend reads or merges: these and no others.

It lays answers over each other, `{...status, ...list entry}` and `{...inputs, ...results, ...that}`:
a key too many in one freezes or hides what another says. The expected keys are those of the wire
contract, written down by hand.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.callbacks.result_json import page_json
from domain.cluster import Cluster
from domain.estimator import Axis, Page
from tests.unit.adapters.http.conftest import Browser, Service, submission
from tests.unit.adapters.http.jobs.test_jobs import finish, send_results, simulation

OPAQUE = ("input.input_json", "input.input_files", "logfiles")
"""What users or simulators name themselves."""

MESSAGE = {"message"}
LOGIN = {"message", "access_exp", "refresh_exp"}
REFRESH = {"message", "access_exp"}
RENEWED = REFRESH | {"refresh_exp"}
"""The refresh token is renewed too, which scripts may want to know; the frontend does not look at it."""

WHO = {"message", "username", "source"}
LIST = {
    "message", "page_count", "simulations_count", "simulations", "simulations[].job_id",
    "simulations[].title", "simulations[].start_time", "simulations[].end_time",
    "simulations[].metadata", "simulations[].metadata.platform", "simulations[].metadata.server",
    "simulations[].metadata.input_type", "simulations[].metadata.sim_type",
}  # fmt: skip
WAITING_TASK = {
    "job_tasks_status[].task_id", "job_tasks_status[].task_state",
    "job_tasks_status[].requested_primaries", "job_tasks_status[].simulated_primaries",
    "job_tasks_status[].last_update_time",
}  # fmt: skip
STATUS = {"message", "job_state", "job_tasks_status"} | WAITING_TASK
STARTED = STATUS | {"job_tasks_status[].start_time"}
RUNNING = STARTED | {
    "job_tasks_status[].estimated_time", "job_tasks_status[].estimated_time.hours",
    "job_tasks_status[].estimated_time.minutes", "job_tasks_status[].estimated_time.seconds",
}  # fmt: skip
OVER = STARTED | {"job_tasks_status[].end_time"}
SUBMITTED = {"message", "job_id"}
FILES = {
    "message", "input", "input.input_type", "input.input_files", "input.number_of_all_primaries",
}  # fmt: skip
PROJECT = FILES | {"input.input_json"}
ESTIMATORS = {
    "message", "estimators_metadata", "estimators_metadata[].name",
    "estimators_metadata[].pages_metadata", "estimators_metadata[].pages_metadata[].page_number",
    "estimators_metadata[].pages_metadata[].page_name",
    "estimators_metadata[].pages_metadata[].page_dimension",
}  # fmt: skip
LOGS = {"message", "logfiles"}
CLUSTERS = {"message", "clusters", "clusters[].cluster_name"}
PAGE = {
    "dimensions", "data", "data.name", "data.unit", "data.values", "metadata", "metadata.name",
    "metadata.unit", "metadata.page_number", "axis_dim1", "axis_dim1.name", "axis_dim1.unit",
    "axis_dim1.values",
}  # fmt: skip
OURS = {"name", "data.errors"}
"""What a page has besides: the frontend overwrites the first and does not look at the second."""


def keys(document: Any, path: str = "") -> Iterator[str]:
    """Yield the keys of a document as paths, `[]` for any element of a list."""
    if isinstance(document, dict) and path not in OPAQUE:
        for key, value in document.items():
            inner = f"{path}.{key}" if path else key
            yield inner
            yield from keys(value, inner)
    elif isinstance(document, list):
        for item in document:
            yield from keys(item, f"{path}[]")


def answered(browser: Browser, method: str, path: str, body: Any = None, **query: Any) -> set[str]:
    """Return the keys of a good answer."""
    result = browser(method, path, body, params=query)
    assert result.status_code < 300, result.text
    return set(keys(result.json))


def under(prefix: str, names: set[str]) -> set[str]:
    return {f"{prefix}.{name}" for name in names}


def test_sessions(service: Service) -> None:
    browser = Browser(service)
    ann = {"username": "ann", "password": "a good password"}
    assert answered(browser, "GET", "/") == MESSAGE
    assert answered(browser, "PUT", "/auth/register", ann) == MESSAGE
    assert answered(browser, "POST", "/auth/login", ann) == LOGIN
    assert answered(browser, "GET", "/auth/refresh") == RENEWED
    assert answered(browser, "GET", "/auth/status") == WHO
    assert answered(browser, "POST", "/user/update", {}) == MESSAGE
    assert answered(browser, "DELETE", "/auth/logout") == MESSAGE


def test_users_of_keycloak_and_clusters(service: Service) -> None:
    service.identities.tokens = {"t": "ann"}
    with service.store() as work:
        work.clusters.add(Cluster("ares", "login.ares.example"))
        work.commit()
    browser = Browser(service)
    bearer = {"Authorization": "Bearer t"}
    signed_in = browser("POST", "/auth/keycloak", {"username": "ann"}, headers=bearer)
    assert set(keys(signed_in.json)) == REFRESH
    assert answered(browser, "GET", "/auth/status") == WHO
    assert answered(browser, "GET", "/clusters") == CLUSTERS
    assert answered(browser, "DELETE", "/auth/keycloak") == MESSAGE


@pytest.mark.parametrize("platform", ["direct", "batch"])
def test_a_job_of_a_project_in_every_state(browser: Browser, platform: str) -> None:
    body = submission(primaries=10, ntasks=2)
    assert answered(browser, "POST", "/jobs/direct", body) == SUBMITTED
    assert answered(browser, "GET", "/user/simulations") == LIST
    (entry,) = browser("GET", "/user/simulations").json["simulations"]
    job_id = entry["job_id"]

    def status() -> set[str]:
        return answered(browser, "GET", f"/jobs/{platform}", job_id=job_id)

    assert status() == STATUS
    assert answered(browser, "GET", "/inputs", job_id=job_id) == PROJECT
    key = simulation(browser.service, job_id)
    for index in (1, 2):
        report(browser, key, index, task_state="RUNNING")
    assert status() == STARTED
    for index in (1, 2):
        report(browser, key, index, simulated_primaries=1, estimated_time=61)
    assert status() == RUNNING
    finish(browser.service, job_id)
    assert status() == OVER
    send_results(browser.service, key, scored_page())
    assert status() == OVER
    assert answered(browser, "GET", "/user/simulations") == LIST


def test_an_entry_says_nothing_that_a_status_says_too(browser: Browser) -> None:
    """`{...status, ...entry}` is a card: it is at the state of the status that came last."""
    job_id = browser.submit()
    (entry,) = browser("GET", "/user/simulations").json["simulations"]
    key = finish(browser.service, job_id)
    send_results(browser.service, key, scored_page())
    status = browser("GET", "/jobs", params={"job_id": job_id}).json
    assert not set(status) & set(entry)
    assert {**status, **entry}["job_state"] == "COMPLETED"


def test_input_files_and_logs(browser: Browser) -> None:
    body = submission(input_type="files", input_files={"in.txt": "5"})
    assert answered(browser, "POST", "/jobs/direct", body) == SUBMITTED
    (entry,) = browser("GET", "/user/simulations").json["simulations"]
    assert answered(browser, "GET", "/inputs", job_id=entry["job_id"]) == FILES
    key = simulation(browser.service, entry["job_id"])
    said = {"simulation_id": key, "update_key": browser.service.key(key), "logfiles": {"a": "b"}}
    assert Browser(browser.service)("POST", "/logfiles", said).status_code == 202
    assert answered(browser, "GET", "/logfiles", job_id=entry["job_id"]) == LOGS


def test_results_in_their_forms(browser: Browser) -> None:
    job_id = browser.submit()
    key = finish(browser.service, job_id)
    send_results(browser.service, key, scored_page())
    page = PAGE | OURS
    found = {"name", "metadata", "metadata.a", "pages"} | under("pages[]", page)
    assert answered(browser, "GET", "/estimators", job_id=job_id) == ESTIMATORS
    assert answered(browser, "GET", "/results", job_id=job_id) == (
        {"message", "estimators"} | under("estimators[]", found)
    )
    one = {"job_id": job_id, "estimator_name": "out"}
    assert answered(browser, "GET", "/results", **one) == MESSAGE | found
    assert answered(browser, "GET", "/results", **one, page_numbers="0") == (
        {"message", "pages"} | under("pages[]", page)
    )
    assert answered(browser, "GET", "/results", **one, page_number=0) == (
        {"message", "page"} | under("page", page)
    )


def scored_page() -> Any:
    """Return a page as the merge makes it."""
    axis = Axis("Position (Z)", "cm", [0.5, 1.5])
    return json.loads(page_json(Page(0, "Dose", "DOSE", "MeV/g", [1.0, 2.0], [axis], [0.1, 0.2])))


def report(browser: Browser, key: int, index: int, **said: Any) -> None:
    body = {
        "simulation_id": key, "task_id": index, "update_key": browser.service.key(key),
        "update_dict": said,
    }  # fmt: skip
    assert Browser(browser.service)("POST", "/tasks", body).status_code == 202
