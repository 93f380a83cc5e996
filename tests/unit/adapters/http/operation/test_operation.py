"""Health, metrics, request ids, the path prefix and the frontend's files."""

import re
from pathlib import Path
from typing import Any

import pytest
import structlog

from application.administration.check_readiness import CheckReadiness
from domain.errors import YaptideError
from tests.unit.adapters.http.conftest import Browser, Service, make_service


def test_the_process_is_alive(service: Service) -> None:
    assert Browser(service)("GET", "/health/live").status_code == 200


def test_readiness_names_what_fails_and_tells_no_secrets() -> None:
    def database() -> None:
        raise ConnectionError("postgresql://user:secret@host")

    def schema() -> None:
        raise YaptideError("run: yaptide db upgrade")

    service = make_service()
    assert Browser(service)("GET", "/health/ready").json == {
        "message": "Ready", "checks": {"queue": "ok"},
    }  # fmt: skip
    checks = CheckReadiness({"database": database, "schema": schema, "queue": lambda: 0})
    broken = Service(**{**vars(service), "use_cases": _with(service, check_readiness=checks)})
    result = Browser(broken)("GET", "/health/ready")
    assert result.status_code == 503
    assert result.json["checks"] == {"database": "failed", "schema": "failed", "queue": "ok"}
    assert "run: yaptide db upgrade" in result.json["message"]
    assert "secret" not in result.text


def _with(service: Service, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(service.use_cases, **changes)


def test_metrics_tell_of_requests_jobs_tasks_and_queues(browser: Browser) -> None:
    browser.submit(ntasks=2)
    browser("GET", "/jobs", params={"job_id": "x"})
    browser("GET", "/surely/nowhere")
    text = browser("GET", "/metrics").text

    def value(line: str) -> float:
        (found,) = re.findall(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
        return float(found)

    assert value('yaptide_http_requests_total{method="GET",route="/jobs",status="404"}') >= 1
    assert value('yaptide_http_requests_total{method="GET",route="unmatched",status="404"}') >= 1
    name = "yaptide_http_request_duration_seconds_count"
    assert value(f'{name}{{method="POST",route="/jobs/direct"}}') >= 1
    assert value('yaptide_jobs{state="PENDING"}') == 1
    assert value('yaptide_jobs{state="FAILED"}') == 0
    assert value('yaptide_tasks{state="PENDING"}') == 2
    assert value('yaptide_queue_length{queue="simulations"}') == 2
    assert "surely" not in text


def test_failed_callbacks_are_counted(browser: Browser) -> None:
    def counted(reason: str) -> float:
        text = browser("GET", "/metrics").text
        line = rf'yaptide_callback_failures_total{{reason="{reason}",route="/tasks"}} (\S+)'
        return float((re.findall(line, text) or ["0"])[0])

    refused, undelivered = counted("refused"), counted("undelivered")
    browser.submit()
    worker = Browser(browser.service)
    body = {"simulation_id": 2, "update_key": "wrong", "task_id": 1, "update_dict": {}}
    assert worker("POST", "/tasks", body).status_code == 403
    body["update_key"] = browser.service.key(2)
    said = {"X-Callback-Failures": "3"}
    assert worker("POST", "/tasks", body, headers=said).status_code == 202
    for nonsense in ("-1", "x", "9" * 30):
        said = {"X-Callback-Failures": nonsense}
        assert worker("POST", "/tasks", body, headers=said).status_code == 202
    assert counted("refused") == refused + 1
    assert counted("undelivered") == undelivered + 3


def test_metrics_come_without_the_work_when_the_database_is_away(service: Service) -> None:
    def fail() -> None:
        raise ConnectionError

    count_work = service.use_cases.count_work
    count_work.states = fail  # type: ignore[method-assign, assignment]
    result = Browser(service)("GET", "/metrics")
    assert result.status_code == 200
    assert "yaptide_http_requests_total" in result.text
    assert "yaptide_jobs" not in result.text
    assert "yaptide_queue_length" in result.text


def test_requests_carry_an_id_which_the_log_repeats(service: Service) -> None:
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as lines:
        own = Browser(service)("GET", "/auth/status", headers={"X-Request-ID": "proxy-17"})
        made = [Browser(service)("GET", "/auth/status") for _ in range(2)]
        forged = Browser(service)("GET", "/auth/status", headers={"X-Request-ID": "a b\tc"})
    assert own.headers["x-request-id"] == "proxy-17"
    ids = [result.headers["x-request-id"] for result in (own, *made, forged)]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"[\w-]+", item) for item in ids)
    assert [line["request_id"] for line in lines if line["event"] == "request"] == ids


def test_a_prefix_is_taken_off_wherever_it_comes_from(service: Service) -> None:
    fixed = Browser(service, path_prefix="/api/")
    assert fixed("GET", "/api/auth/status").status_code == 401
    assert fixed("GET", "/api").json == {"message": "Hello World!"}
    assert fixed("GET", "/auth/status").status_code == 401
    assert fixed("GET", "/apis").status_code == 404
    header = {"X-Forwarded-Prefix": "/deep/api"}
    proxied = Browser(service, trust_proxy=True)
    assert proxied("GET", "/deep/api/health/live", headers=header).status_code == 200
    assert proxied("GET", "/health/live", headers=header).status_code == 200
    server = proxied("GET", "/openapi.json", headers=header).json["servers"]
    assert server == [{"url": "/deep/api"}]
    for bad in ("https://evil.example", "//evil.example", "x"):
        server = proxied("GET", "/openapi.json", headers={"X-Forwarded-Prefix": bad}).json
        assert server["servers"] == [{"url": "/"}]
    direct = Browser(service)("GET", "/deep/api/health/live", headers=header)
    assert direct.status_code == 404


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "static").mkdir(parents=True)
    (folder / "index.html").write_text("<title>editor</title>")
    (folder / "static" / "main.0a1b2c3d.js").write_text("// code\n" * 1000)
    (folder / "favicon.ico").write_bytes(b"\x00\x01")
    (folder / ".env").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


def test_the_frontend_comes_from_the_same_origin(service: Service, frontend: Path) -> None:
    browser = Browser(service, frontend_dir=frontend)
    page = {"Accept": "text/html,*/*"}
    assert browser("GET", "/").json == {"message": "Hello World!"}
    for path in ("/", "/index.html", "/editor/settings"):
        result = browser("GET", path, headers=page)
        assert (result.status_code, result.text) == (200, "<title>editor</title>"), path
        assert result.headers["content-type"] == "text/html; charset=utf-8"
        assert result.headers["cache-control"] == "private, no-cache"
        known = {**page, "If-None-Match": result.headers["etag"]}
        assert browser("GET", path, headers=known).status_code == 304
    script = browser("GET", "/static/main.0a1b2c3d.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-encoding"] == "gzip"
    assert "javascript" in script.headers["content-type"]
    assert browser("GET", "/favicon.ico").content == b"\x00\x01"


def test_the_api_comes_before_the_frontend(service: Service, frontend: Path) -> None:
    browser = Browser(service, frontend_dir=frontend)
    for path in ("/jobs", "/results", "/auth/status"):
        result = browser("GET", path, headers={"Accept": "text/html"})
        assert result.json == {"message": "No token provided"}
    missing = browser("GET", "/static/missing.js")
    assert (missing.status_code, missing.json["message"][:8]) == (404, "There is")
    assert browser("POST", "/nowhere", {}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/%2e%2e/secret.txt", "/static/../../secret.txt", "/link.txt", "/.env",
        "//etc/passwd", "/..%2fsecret.txt", "/..%5csecret.txt", "/%00", "/static/%2e%2e%2f%2e%2e/x",
        "/static", "/" + "x" * 5000,
    ],
)  # fmt: skip
def test_no_file_outside_the_folder_is_shown(service: Service, frontend: Path, path: str) -> None:
    result = Browser(service, frontend_dir=frontend)("GET", path)
    assert result.status_code == 404
    assert "secret" not in result.text
    assert "root:" not in result.text


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/health/live", "/nowhere"])
def test_a_head_is_a_get_without_its_body(service: Service, path: str) -> None:
    browser = Browser(service)
    got, head = browser("GET", path), browser("HEAD", path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    differ = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in differ} == {
        k: v for k, v in got.headers.items() if k not in differ
    }


def test_a_head_of_what_can_not_be_read_is_refused(service: Service) -> None:
    assert Browser(service)("HEAD", "/auth/login").status_code == 405
