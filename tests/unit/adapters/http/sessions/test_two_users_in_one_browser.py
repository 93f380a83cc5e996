"""Somebody signs in while a tab still shows the name of somebody else: tabs share their cookies."""

import pytest

from tests.unit.adapters.http.conftest import Browser, Service, submission
from tests.unit.adapters.http.sessions.test_staying_signed_in import (
    ENDED,
    HIDDEN,
    THIRD,
    copy_of,
    refresh,
    status,
    tab_of,
)

BOB = {"username": "bob", "password": "a good password"}


@pytest.fixture
def bob(browser: Browser) -> Browser:
    """Return the second tab, in which Bob is going to sign in."""
    Browser(browser.service)("PUT", "/auth/register", BOB)
    return tab_of(browser)


def test_the_session_that_is_replaced_ends(browser: Browser, bob: Browser) -> None:
    elsewhere = Browser(browser.service).sign_in("ann")
    kept = copy_of(browser)
    assert bob("POST", "/auth/login", BOB).status_code == 202
    assert kept("GET", "/user/simulations").json == refresh(kept).json == ENDED
    assert bob("GET", "/auth/status").json["username"] == "bob"
    assert status(elsewhere) == 200


@pytest.mark.parametrize("path", ["/auth/refresh", "/user/simulations"])
def test_an_older_answer_that_comes_last_does_not_bring_the_first_user_back(
    browser: Browser, bob: Browser, path: str
) -> None:
    service = browser.service
    service.clock.advance(3 * THIRD)
    asked = copy_of(browser)
    assert asked("GET", path).status_code == 200
    bob("POST", "/auth/login", BOB)
    # The answer to the first tab overtakes nothing: its cookies are set over those of Bob.
    bob.cookies.update(asked.cookies)
    for method, wanted in (("POST", "/jobs/direct"), ("GET", "/user/simulations")):
        result = bob(method, wanted, submission())
        assert (result.status_code, result.json) == (401, ENDED)
    assert not service.store.state.jobs


def test_the_first_tab_can_neither_cancel_nor_remove_nor_see_its_jobs(
    browser: Browser, bob: Browser
) -> None:
    job_id = browser.submit()
    bob("POST", "/auth/login", BOB)
    before = repr(browser.service.store.state.jobs)
    for method, path in (
        ("GET", "/jobs/direct"), ("DELETE", "/jobs/direct"), ("DELETE", "/user/simulations"),
        ("GET", "/results"), ("GET", "/inputs"),
    ):  # fmt: skip
        result = browser(method, path, params={"job_id": job_id})
        assert result.status_code == 403
        # The frontend shows this in that tab alone: it still asks for the job.
        assert "somebody else has signed in" in result.json["message"]
        assert "reload" in result.json["message"]
    assert repr(browser.service.store.state.jobs) == before
    browser.sign_in("ann")
    assert browser("GET", "/jobs/direct", params={"job_id": job_id}).status_code == 200


def test_the_same_user_again_is_told_nothing(browser: Browser) -> None:
    kept = copy_of(browser)
    tab_of(browser).sign_in("ann")
    assert kept("GET", "/user/simulations").json == refresh(kept).json == HIDDEN
    assert status(browser) == refresh(browser).status_code == 200


def test_a_failed_sign_in_ends_nothing(browser: Browser, bob: Browser) -> None:
    wrong = {**BOB, "password": "a wrong password"}
    assert bob("POST", "/auth/login", wrong).status_code == 401
    assert status(browser) == refresh(browser).status_code == 200


def test_keycloak_replaces_the_session_of_a_password(service: Service, browser: Browser) -> None:
    service.identities.tokens = {"t": "carol"}
    kept = copy_of(browser)
    bearer = {"Authorization": "Bearer t"}
    assert browser("POST", "/auth/keycloak", {}, headers=bearer).status_code == 202
    assert "refresh_token" not in browser.cookies
    assert browser("GET", "/auth/status").json["username"] == "carol"
    assert kept("GET", "/user/simulations").json == refresh(kept).json == ENDED


def test_a_password_replaces_the_session_of_keycloak(service: Service, bob: Browser) -> None:
    service.identities.tokens = {"t": "carol"}
    bob("POST", "/auth/keycloak", {}, headers={"Authorization": "Bearer t"})
    kept = copy_of(bob)
    assert bob("POST", "/auth/login", BOB).status_code == 202
    assert kept("GET", "/user/simulations").json == ENDED
    assert bob("GET", "/auth/status").json["username"] == "bob"
