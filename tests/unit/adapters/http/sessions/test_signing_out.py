"""After a log-out the browser is told nothing but what it hides.

The frontend fires a refresh at the moment of the log-out. Its cookies may still be the old ones: the
answer that clears them is on its way.
"""

import pytest
from falcon.testing import Result

from tests.unit.adapters.http.conftest import Browser, Service, submission
from tests.unit.adapters.http.sessions.test_staying_signed_in import (
    ACCESS,
    ENDED,
    HIDDEN,
    IDLE,
    copy_of,
    refresh,
    status,
    use,
)


def is_hidden(result: Result) -> bool:
    return (result.status_code, result.json, result.cookies) == (401, HIDDEN, {})


def test_a_late_refresh_is_answered_as_that_of_a_stranger(browser: Browser) -> None:
    late = copy_of(browser)
    answer = browser("DELETE", "/auth/logout")
    assert answer.status_code == 200
    assert {name: cookie.value for name, cookie in answer.cookies.items()} == {
        "access_token": "", "refresh_token": "",
    }  # fmt: skip
    assert is_hidden(refresh(late))
    assert is_hidden(refresh(browser))
    for only in ("access_token", "refresh_token"):
        part = copy_of(late)
        part.cookies.pop(only)
        assert is_hidden(refresh(part))
        assert is_hidden(part("GET", "/user/simulations"))


def test_so_is_everything_else_that_comes_late(browser: Browser) -> None:
    job_id = browser.submit()
    late = copy_of(browser)
    browser("DELETE", "/auth/logout")
    for method, path in (
        ("GET", "/jobs/direct"), ("GET", "/user/simulations"), ("GET", "/results"),
        ("DELETE", "/jobs/direct"), ("POST", "/jobs/direct"), ("GET", "/auth/status"),
    ):  # fmt: skip
        assert is_hidden(late(method, path, submission(), params={"job_id": job_id})), path
    assert len(browser.service.store.state.jobs) == 1


def test_a_refresh_that_came_first_revives_nothing(browser: Browser) -> None:
    early = copy_of(browser)
    browser.service.clock.advance(ACCESS / 3)
    assert refresh(early).status_code == 200
    assert browser("DELETE", "/auth/logout").status_code == 200
    # Its answer came last: the browser has the new cookies of a session that is over.
    assert is_hidden(refresh(early))
    assert is_hidden(early("GET", "/user/simulations"))
    assert status(early.sign_in("ann")) == 200


@pytest.mark.parametrize("seconds", [IDLE, 31 * 86400])
def test_whoever_logs_out_when_told_to_is_told_nothing_more(
    browser: Browser, seconds: float
) -> None:
    use(browser, ACCESS)
    browser.service.clock.advance(seconds)
    assert refresh(browser).json == ENDED
    # Somebody signs in elsewhere, which clears up what is over.
    Browser(browser.service).sign_in("bob")
    late = copy_of(browser)
    assert browser("DELETE", "/auth/logout").status_code == 200
    assert is_hidden(refresh(late))
    assert is_hidden(late("GET", "/user/simulations"))


def test_a_token_that_was_replaced_long_ago_still_ends_its_session(browser: Browser) -> None:
    old = copy_of(browser)
    use(browser, 2 * IDLE)
    assert old("DELETE", "/auth/logout").status_code == 200
    assert is_hidden(refresh(browser))


def test_other_sessions_of_the_user_live_on(browser: Browser) -> None:
    others = [Browser(browser.service).sign_in("ann") for _ in range(3)]
    browser("DELETE", "/auth/logout")
    for other in others:
        assert status(other) == refresh(other).status_code == 200
        use(other, 2 * ACCESS)


def test_it_is_known_for_a_week(browser: Browser) -> None:
    late = copy_of(browser)
    browser("DELETE", "/auth/logout")
    for days, answer in ((0, HIDDEN), (6.9, HIDDEN), (0.2, ENDED)):
        browser.service.clock.advance(days * 86400)
        Browser(browser.service).sign_in("bob")
        assert refresh(late).json == answer


def test_who_signed_out_counts_as_signed_in_nowhere(browser: Browser) -> None:
    service = browser.service
    Browser(service).sign_in("ann")
    browser("DELETE", "/auth/logout")
    with service.store() as work:
        (ann,) = work.directory.all(service.clock.now())
        assert ann.open_sessions == 1
        assert work.directory.end_sessions(ann.id) == 1


def test_tokens_that_are_none_end_nothing(browser: Browser) -> None:
    stranger = Browser(browser.service)
    for cookies in ({"access_token": "x"}, {"refresh_token": browser.cookies["access_token"]}):
        stranger.cookies = dict(cookies)
        assert stranger("DELETE", "/auth/logout").status_code == 200
    assert status(browser) == refresh(browser).status_code == 200


def test_after_keycloak_it_is_the_same(service: Service) -> None:
    service.identities.tokens = {"t": "ann"}
    browser = Browser(service)
    bearer = {"Authorization": "Bearer t"}
    for path in ("/auth/logout", "/auth/keycloak"):
        browser("POST", "/auth/keycloak", {"username": "ann"}, headers=bearer)
        late = copy_of(browser)
        assert browser("DELETE", path).status_code == 200
        assert browser.cookies == {}
        assert is_hidden(refresh(late))
        assert is_hidden(late("GET", "/user/simulations"))
