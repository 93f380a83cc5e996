import pytest

from tests.unit.adapters.http.conftest import Browser, Service

ANN = {"username": "ann", "password": "a good password"}


def test_the_greeting_is_open(service: Service) -> None:
    result = Browser(service)("GET", "/")
    assert (result.status_code, result.json) == (200, {"message": "Hello World!"})


def test_register_answers(service: Service) -> None:
    browser = Browser(service)
    assert browser("PUT", "/auth/register", ANN).status_code == 201
    again = browser("PUT", "/auth/register", ANN)
    assert (again.status_code, again.json) == (403, {"message": "User existing"})
    closed = Browser(service, registration=False)("PUT", "/auth/register", ANN)
    assert closed.status_code == 403
    assert "switched off" in closed.json["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "ann"}, "password"),
        ({"username": "", "password": "long enough"}, "username"),
        ({"username": "a\nb", "password": "long enough"}, "username"),
        ({"username": "ann", "password": "short"}, "password"),
        ({"username": 5, "password": "long enough"}, "username"),
        ([], "body"),
    ],
)
def test_a_bad_registration_names_the_field(service: Service, body: object, field: str) -> None:
    result = Browser(service)("PUT", "/auth/register", body)
    assert result.status_code == 400
    assert result.json["message"].startswith(f"{field}:")


def test_login_sets_cookies_and_tells_times_in_milliseconds(service: Service) -> None:
    browser = Browser(service)
    browser("PUT", "/auth/register", ANN)
    result = browser("POST", "/auth/login", ANN)
    assert result.status_code == 202
    now = int(service.clock.now().timestamp() * 1000)
    assert type(result.json["access_exp"]) is int
    assert now < result.json["access_exp"] <= result.json["refresh_exp"]
    for name in ("access_token", "refresh_token"):
        cookie = result.cookies[name]
        assert (cookie.http_only, cookie.path, cookie.same_site) == (True, "/", "Lax")
        assert not cookie.secure


def test_cookies_are_secure_behind_a_trusted_proxy_with_tls(service: Service) -> None:
    browser = Browser(service, trust_proxy=True).sign_in("ann")
    result = browser("POST", "/auth/login", ANN, headers={"X-Forwarded-Proto": "https"})
    assert result.cookies["access_token"].secure


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_a_wrong_login_does_not_tell_who_exists(service: Service, name: str) -> None:
    Browser(service)("PUT", "/auth/register", ANN)
    wrong = {"username": name, "password": "another password"}
    result = Browser(service)("POST", "/auth/login", wrong)
    assert (result.status_code, result.json) == (401, {"message": "Invalid login or password"})


def test_status_and_refresh(browser: Browser) -> None:
    status = browser("GET", "/auth/status")
    assert (status.json["username"], status.json["source"]) == ("ann", "local")
    refreshed = browser("GET", "/auth/refresh")
    assert refreshed.status_code == 200
    assert type(refreshed.json["access_exp"]) is int
    assert "access_token" in refreshed.cookies


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/auth/refresh"), ("GET", "/auth/status"), ("GET", "/user/simulations"),
        ("DELETE", "/user/simulations"), ("POST", "/user/update"), ("GET", "/clusters"),
        ("POST", "/jobs/direct"), ("POST", "/jobs/batch"), ("GET", "/jobs"),
        ("GET", "/jobs/direct"), ("GET", "/jobs/batch"), ("DELETE", "/jobs"), ("GET", "/inputs"),
        ("GET", "/estimators"), ("GET", "/results"), ("GET", "/logfiles"),
    ],
)  # fmt: skip
def test_nobody_is_let_in(service: Service, method: str, path: str) -> None:
    result = Browser(service)(method, path)
    assert (result.status_code, result.json) == (401, {"message": "No token provided"})


def test_logout_ends_the_session_for_every_copy_of_the_cookies(browser: Browser) -> None:
    copy = Browser(browser.service)
    copy.cookies = dict(browser.cookies)
    result = browser("DELETE", "/auth/logout")
    assert result.status_code == 200
    assert not browser.cookies
    assert copy("GET", "/auth/refresh").status_code == 401
    assert copy("GET", "/auth/status").status_code == 401
    assert Browser(browser.service)("DELETE", "/auth/logout").status_code == 200


def test_errors_are_json_with_a_message(service: Service) -> None:
    browser = Browser(service)
    for method, path, status in (("GET", "/nowhere", 404), ("PUT", "/jobs", 405)):
        result = browser(method, path)
        assert result.status_code == status
        assert result.json["message"]


def test_an_unforeseen_error_shows_a_number_and_no_trace(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(browser.service.use_cases.read_jobs), "news", fail)
    result = browser("GET", "/jobs", params={"job_id": "x"})
    assert result.status_code == 500
    assert "secret detail" not in result.text


def test_only_configured_origins_may_call(service: Service) -> None:
    browser = Browser(service, cors_origins=("https://a.example",))
    for path in ("/", "/auth/status", "/nowhere"):
        allowed = browser("GET", path, headers={"Origin": "https://a.example"})
        assert allowed.headers["access-control-allow-origin"] == "https://a.example"
        assert allowed.headers["access-control-allow-credentials"] == "true"
        other = browser("GET", path, headers={"Origin": "https://b.example"})
        assert "access-control-allow-origin" not in other.headers
        assert "Origin" in allowed.headers["vary"]
        assert "Origin" in other.headers["vary"]
    preflight = browser("OPTIONS", "/jobs/direct", headers={"Origin": "https://a.example"})
    assert preflight.status_code == 204
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
