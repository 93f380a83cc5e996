"""What requests cost in the database: statements are counted, so that none creeps in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import argon2
import pytest
from sqlalchemy import event

from entrypoints.processes.web import create_application
from tests.integration.http.in_process import InProcess, settings_of
from tests.integration.http.scripted import scripted_container
from tests.integration.http.server import submission

Cost = Callable[..., int]
NTASKS = 100


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InProcess, list[str]]]:
    """Return a signed-in client and the statements that its requests take."""
    with settings_of(tmp_path_factory.mktemp("api")):
        container = scripted_container()
        client = InProcess(create_application(container))
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(container.engine(), "before_cursor_execute", note)
        client.sign_in("ann")
        yield client, seen
        container.engine().dispose()


@pytest.fixture
def cost(measured: tuple[InProcess, list[str]]) -> Cost:
    client, seen = measured

    def count(method: str, path: str, *arguments: Any, status: int = 200, **query: Any) -> int:
        seen.clear()
        answer = client(method, path, *arguments, **query)
        assert answer.status == status, answer.data
        return len(seen)

    return count


@pytest.fixture(scope="module")
def job_id(measured: tuple[InProcess, list[str]]) -> str:
    return measured[0].submit(1000, NTASKS)


def test_a_status_costs_the_session_the_job_and_its_tasks(
    measured: tuple[InProcess, list[str]], cost: Cost, job_id: str
) -> None:
    assert cost("GET", "/jobs", job_id=job_id) == 3
    tag = measured[0]("GET", "/jobs", job_id=job_id).headers["etag"]
    assert cost("GET", "/jobs", None, {"If-None-Match": tag}, status=304, job_id=job_id) == 2


def test_what_costs_nothing(cost: Cost) -> None:
    assert cost("GET", "/") == 0
    assert cost("GET", "/health/live") == 0


def test_other_questions_cost_little(cost: Cost, job_id: str) -> None:
    assert cost("GET", "/auth/status") == 1
    assert cost("GET", "/auth/refresh") == 1
    assert cost("GET", "/user/simulations") == 2
    assert cost("GET", "/inputs", job_id=job_id) == 4
    assert cost("GET", "/estimators", status=404, job_id=job_id) <= 4
    assert cost("GET", f"/jobs/{job_id}/events") == 4


def test_a_submission_costs_the_same_for_any_number_of_tasks(cost: Cost) -> None:
    body = submission(1000, NTASKS)
    assert cost("POST", "/jobs/direct", body, status=202) == 6
    assert cost("POST", "/jobs/direct", submission(1000, 1), status=202) == 6
    key = {"Idempotency-Key": "key"}
    assert cost("POST", "/jobs/direct", body, key, status=202) == 7
    assert cost("POST", "/jobs/direct", body, key, status=202) == 2


def test_a_progress_report_costs_one_statement(
    measured: tuple[InProcess, list[str]], job_id: str
) -> None:
    client, seen = measured
    client.task(1, 1, task_state="RUNNING", simulated_primaries=1)
    seen.clear()
    client.task(1, 1, simulated_primaries=2)
    assert len(seen) == 1


def test_signing_in_costs_the_same_for_whoever_is_unknown(cost: Cost, tmp_path: Path) -> None:
    known = {"username": "ann", "password": "a wrong password"}
    unknown = {"username": "nobody", "password": "a wrong password"}
    costs = [cost("POST", "/auth/login", body, status=401) for body in (known, unknown)]
    assert costs == [3, 3]


def test_an_unknown_name_takes_the_work_of_a_wrong_password(
    measured: tuple[InProcess, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, seen = measured
    hashes: list[object] = []
    verify = argon2.PasswordHasher.verify

    def noted(self: argon2.PasswordHasher, hashed: str | bytes, password: str | bytes) -> bool:
        hashes.append(argon2.extract_parameters(str(hashed)))
        return verify(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", noted)

    def work(username: str) -> tuple[list[str], list[object]]:
        seen.clear()
        hashes.clear()
        body = {"username": username, "password": "a wrong password"}
        assert client("POST", "/auth/login", body).status == 401
        return list(seen), list(hashes)

    known, unknown = work("ann"), work("nobody")
    assert known == unknown
    assert len(known[1]) == 1
