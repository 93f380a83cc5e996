import pytest

from tests.unit.adapters.http.conftest import Browser, Service, submission

CONFIGURED = "https://front.example"
HOST = "falconframework.org"


def submit(browser: Browser, **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser("POST", "/jobs/direct", submission(), headers=sent).status_code


@pytest.fixture
def ann(service: Service) -> Browser:
    browser = Browser(service, cors_origins=(CONFIGURED,), own_origins=("https://api.example",))
    return browser.sign_in("ann")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"https://{HOST}.evil.example"},
        {"Origin": f"https://{HOST}@evil.example"},
        {"Origin": f"{CONFIGURED}.evil.example", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example", "X_Forwarded_Host": "evil.example"},
    ],
)
def test_writes_of_other_sites_are_refused(ann: Browser, headers: dict[str, str]) -> None:
    assert submit(ann, **headers) == 403
    assert ann("GET", "/user/simulations").json["simulations_count"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": CONFIGURED, "Sec_Fetch_Site": "cross-site"},
        {"Origin": f"http://{HOST}"},
        {"Origin": "https://api.example"},
        {"Origin": "https://proxied.example", "Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_writes_of_ours_are_taken(ann: Browser, headers: dict[str, str]) -> None:
    assert submit(ann, **headers) == 202


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/user/simulations"), ("DELETE", "/jobs"), ("DELETE", "/auth/logout"),
        ("POST", "/auth/login"), ("PUT", "/auth/register"), ("POST", "/auth/keycloak"),
        ("POST", "/user/update"), ("POST", "/jobs/batch"), ("POST", "/nowhere"),
    ],
)  # fmt: skip
def test_every_kind_of_write_is_held_to_it(ann: Browser, method: str, path: str) -> None:
    result = ann(method, path, headers={"Origin": "https://evil.example"})
    assert (result.status_code, "another site" in result.json["message"]) == (403, True)
    assert ann("GET", "/auth/status").status_code == 200


def test_reading_is_free(ann: Browser) -> None:
    assert ann("GET", "/", headers={"Origin": "https://evil.example"}).status_code == 200
