"""The API is asked whatever its own description allows: it never fails nor breaks its schema."""

import os
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from adapters.http.application import ADDRESSES
from adapters.http.operation.openapi import operations
from tests.integration.http.in_process import InProcess, settings_of
from tests.integration.http.scripted import create_application
from tests.integration.http.server import page, submission


def never_fails(ctx: Any, response: Any, case: schemathesis.Case) -> None:
    """Take 503 where it is described, such as where nothing is configured to ask, and no 500."""
    described = "503" in case.operation.definition.raw["responses"]
    assert response.status_code < 500 or (response.status_code == 503 and described)


CHECKS = [
    never_fails,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return the application on a database of its own."""
    with settings_of(tmp_path_factory.mktemp("api")):
        yield create_application()


@pytest.fixture(scope="module")
def known(app: Any) -> dict[str, Any]:
    """Return a signed-in user's cookies and jobs: one waits, one is done, one has failed."""
    client = InProcess(app)
    client.sign_in("ann")
    jobs = [client("POST", "/jobs/direct", submission()).json["job_id"] for _ in range(3)]
    client.finish(2, 2, page(0), {**page(1), "dimensions": 0, "axis_dim1": None})
    client.tell("/logfiles", 3, logfiles={"a.log": "text"})
    client.tell("/jobs", 3, job_state="FAILED", log="no outputs")
    seen = [client("GET", "/results", job_id=job_id).status for job_id in jobs]
    assert seen == [404, 200, 404]
    return {"cookies": client.cookies, "jobs": cycle([*jobs, "unknown"])}


@pytest.fixture(scope="module")
def api_schema(app: Any) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


def questions() -> list[Any]:
    """Return every address and method with the ways to ask: right, and wrong where that can be.

    What removes jobs comes last, so that the others are asked about jobs that are there.
    """
    found = sorted(operations(ADDRESSES), key=lambda item: item[1] == "delete")
    return [
        pytest.param(address, method, mode, id=f"{mode.value} {method} {address}")
        for address, method, operation in found
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or operation.query or operation.body
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("address", "method", "mode"), questions())
def test_no_answer_breaks_the_description(
    api_schema: Any, known: dict[str, Any], address: str, method: str, mode: GenerationMode
) -> None:
    @given(case=api_schema[address][method.upper()].as_strategy(generation_mode=mode))
    @settings(
        max_examples=int(os.environ.get("API_EXAMPLES", "8")),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: schemathesis.Case) -> None:
        job_id = next(known["jobs"])
        if job_id != "unknown":
            for given_names in (case.query, case.path_parameters):
                if given_names and "job_id" in given_names:
                    given_names["job_id"] = job_id
        if case.query and "wait" in case.query:
            case.query["wait"] = 0
        leaves = method == "delete" and address.startswith("/auth")
        # A WSGI client decompresses nothing.
        plain = {"Accept-Encoding": "identity"}
        cookies = {} if leaves else known["cookies"]
        case.call_and_validate(checks=CHECKS, cookies=cookies, headers=plain)

    ask()
