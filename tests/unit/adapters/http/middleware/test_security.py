"""What docs/security.md promises and no other test holds."""

import gzip
import json
from typing import Any

import pytest

from adapters.auth.passwords import Argon2PasswordHasher
from entrypoints.processes.log_lines import _on_one_line
from tests.unit.adapters.http.conftest import Browser, Service, submission

LOGIN = {"username": "ann", "password": "a good password"}


def test_headers_of_a_proxy_nobody_trusts_are_not_believed(service: Service) -> None:
    browser = Browser(service).sign_in("ann")
    headers = {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"}
    assert not browser("POST", "/auth/login", LOGIN, headers=headers).cookies["access_token"].secure


def test_a_compressed_body_is_never_expanded(service: Service) -> None:
    browser = Browser(service).sign_in("ann")
    bomb = gzip.compress(b" " * (200 << 20))
    for encoding in ("gzip", "zstd", "deflate"):
        headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
        options = {"headers": headers, "body": bomb}
        result = service.client().simulate_post("/jobs/direct", cookies=browser.cookies, **options)
        assert result.status_code == 415
        assert result.json["message"].startswith("Content-Encoding")
    # Not even one that is small and right when expanded.
    body = gzip.compress(json.dumps(submission()).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    options = {"headers": headers, "body": body, "cookies": browser.cookies}
    assert service.client().simulate_post("/jobs/direct", **options).status_code == 415
    assert not service.store.state.jobs


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../../b", "a\x00b", "a\nb", "$(id)", "`id`", ";id", "-rf", ".."],
)
def test_no_file_name_leaves_its_folder_or_reaches_a_shell(service: Service, name: str) -> None:
    browser = Browser(service).sign_in("ann")
    body = submission(input_type="files", input_files={name: "x"})
    result = browser("POST", "/jobs/direct", body)
    assert result.status_code == 400
    assert result.json["message"].startswith("input_files")


def test_update_keys_open_nothing_of_a_user_and_sessions_nothing_of_a_worker(
    service: Service,
) -> None:
    browser = Browser(service).sign_in("ann")
    browser.submit()
    simulation_id = next(iter(service.store.state.jobs))
    stranger = Browser(service)
    for name in ("access_token", "refresh_token"):
        stranger.cookies = {name: service.key(simulation_id)}
        assert stranger("GET", "/auth/status").status_code == 401
        assert stranger("GET", "/auth/refresh").status_code == 401
    for key in (*browser.cookies.values(), service.key(simulation_id + 1)):
        body = {
            "simulation_id": simulation_id, "sim_id": simulation_id, "task_id": 1,
            "update_key": key, "update_dict": {"task_state": "FAILED"}, "job_state": "FAILED",
            "logfiles": {}, "estimators": [],
        }  # fmt: skip
        for path in ("/tasks", "/jobs", "/results", "/logfiles"):
            assert browser("POST", path, body).status_code == 403, path


def test_an_unknown_name_costs_a_full_verification(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    Browser(service).sign_in("ann")
    verified: list[str | None] = []
    hasher = service.use_cases.sessions._hasher

    def verify(password: str, kept: str | None) -> bool:
        verified.append(kept)
        return False

    monkeypatch.setattr(hasher, "verify", verify)
    for name in ("ann", "nobody"):
        body = {"username": name, "password": "wrong one"}
        assert Browser(service)("POST", "/auth/login", body).status_code == 401
    assert len(verified) == 2
    assert verified[1] is None


def test_verifying_nobody_does_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Argon2PasswordHasher()
    hashes: list[str] = []
    real = type(hasher._argon2).verify

    def verify(self: Any, kept: str, password: str) -> bool:
        hashes.append(kept)
        return bool(real(self, kept, password))

    monkeypatch.setattr(type(hasher._argon2), "verify", verify)
    hasher.verify("x", hasher.hash("y"))
    hasher.verify("x", None)
    costs = [text.rsplit("$", 2)[0] for text in hashes]
    assert len(costs) == 2
    assert costs[0] == costs[1]


@pytest.mark.parametrize("text", ["a\nb", "a\r\nINFO forged", "\x1b[31mred", "a\u2028b"])
def test_nothing_sent_begins_a_log_line_or_commands_a_terminal(text: str) -> None:
    event = _on_one_line(None, "info", {"event": text, "path": text, "status": 200})
    assert str(event["event"]).isprintable()
    assert str(event["path"]).isprintable()


def test_security_headers_are_on_every_answer(service: Service) -> None:
    browser = Browser(service)
    for path in ("/", "/auth/status", "/nowhere"):
        headers = browser("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_no_answer_to_a_wrong_password_repeats_it(service: Service) -> None:
    secret = "a very secret password"
    for method, path in (("POST", "/auth/login"), ("PUT", "/auth/register")):
        for body in ({"username": 5, "password": secret}, {"username": "", "password": secret}):
            assert secret not in json.dumps(Browser(service)(method, path, body).json)
