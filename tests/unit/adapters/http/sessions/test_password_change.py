import pytest

from tests.unit.adapters.http.conftest import Browser, Service

OLD, NEW = "a good password", "a better password"


def test_a_new_password_ends_all_other_sessions(service: Service) -> None:
    browser, other = Browser(service).sign_in("ann"), Browser(service).sign_in("ann")
    before = Browser(service)
    before.cookies = dict(browser.cookies)
    answer = browser("POST", "/user/update", {"password": OLD, "new_password": NEW})
    assert answer.status_code == 202
    assert browser("GET", "/auth/status").status_code == 200
    assert browser("GET", "/auth/refresh").status_code == 200
    for gone in (other, before):
        assert gone("GET", "/auth/status").status_code == 401
        assert gone("GET", "/auth/refresh").status_code == 401
    for password, status in ((OLD, 401), (NEW, 202)):
        body = {"username": "ann", "password": password}
        assert Browser(service)("POST", "/auth/login", body).status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"password": "wrong", "new_password": NEW}, 403),
        ({"new_password": NEW}, 403),
        ({"password": OLD, "new_password": "password"}, 400),
        ({"password": OLD, "new_password": OLD}, 400),
        ({"password": OLD, "new_password": 5}, 400),
    ],
)
def test_refused_changes_change_nothing(service: Service, body: object, status: int) -> None:
    browser, other = Browser(service).sign_in("ann"), Browser(service).sign_in("ann")
    assert browser("POST", "/user/update", body).status_code == status
    assert other("GET", "/auth/status").status_code == 200
    Browser(service).sign_in("ann")


def test_what_else_the_frontend_sends_is_taken(service: Service) -> None:
    browser = Browser(service).sign_in("ann")
    assert browser("POST", "/user/update", {"theme": "dark"}).status_code == 202


def test_guessing_the_old_password_is_limited(service: Service) -> None:
    browser = Browser(service).sign_in("ann")
    body = {"password": "wrong", "new_password": NEW}
    statuses = {browser("POST", "/user/update", body).status_code for _ in range(30)}
    assert statuses == {403, 429}


def test_keycloak_users_have_none_here(service: Service) -> None:
    service.identities.tokens = {"t": "ann"}
    browser = Browser(service)
    browser("POST", "/auth/keycloak", {}, headers={"Authorization": "Bearer t"})
    body = {"password": OLD, "new_password": NEW}
    assert browser("POST", "/user/update", body).status_code == 403
