"""A session lasts while it is used, and says so when it has ended.

The habits are the frontend's: it asks for new tokens after a third of an access token's life, once,
and goes on with the cookies it has when the answer is lost; it polls jobs every 1.5 s and shows
every sentence but "No token provided".
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from falcon.testing import Result
from structlog.testing import capture_logs

from tests.unit.adapters.http.conftest import Browser, Service, submission

ACCESS, IDLE, LONGEST = 600, 7200, 30 * 86400
"""Seconds: the defaults of ACCESS_TOKEN_SECONDS, SESSION_IDLE_SECONDS, SESSION_DAYS."""

THIRD = ACCESS / 3
ENDED = {"message": "Your session has ended: sign in again"}
HIDDEN = {"message": "No token provided"}


def refresh(browser: Browser) -> Result:
    return browser("GET", "/auth/refresh")


def status(browser: Browser) -> int:
    return int(browser("GET", "/auth/status").status_code)


def copy_of(browser: Browser) -> Browser:
    """Return somebody else with the same cookies, such as a thief."""
    copy = Browser(browser.service)
    copy.cookies = dict(browser.cookies)
    return copy


def tab_of(browser: Browser) -> Browser:
    """Return another tab: they share their cookies."""
    tab = Browser(browser.service)
    tab.cookies = browser.cookies
    return tab


def use(browser: Browser, seconds: float) -> None:
    """Let a tab be open and awake for a while."""
    for _ in range(round(seconds / THIRD)):
        browser.service.clock.advance(THIRD)
        assert refresh(browser).status_code == 200


def milliseconds(service: Service, seconds: float = 0) -> int:
    return int((service.clock.now().timestamp() + seconds) * 1000)


def test_a_session_in_use_does_not_end_by_itself(browser: Browser) -> None:
    service = browser.service
    for _ in range(3 * IDLE // int(THIRD)):
        service.clock.advance(THIRD)
        answer = refresh(browser)
        assert answer.status_code == 200
        assert answer.json["access_exp"] == milliseconds(service, ACCESS)
        assert answer.json["refresh_exp"] == milliseconds(service, IDLE)
        assert type(answer.json["access_exp"]) is type(answer.json["refresh_exp"]) is int
        assert status(browser) == 200


def test_it_ends_after_thirty_days_however_much_it_is_used(browser: Browser) -> None:
    service = browser.service
    end = milliseconds(service, LONGEST)
    while milliseconds(service, IDLE) < end:
        service.clock.advance(IDLE - 1)
        assert refresh(browser).status_code == status(browser) == 200
    service.clock.advance(60)
    last = refresh(browser).json
    assert last["refresh_exp"] == end
    # Cut to the end of the session it would have the frontend ask every second.
    assert last["access_exp"] == milliseconds(service, ACCESS)
    service.clock.advance((end - milliseconds(service)) / 1000 - 1)
    assert refresh(browser).json["refresh_exp"] == end
    assert status(browser) == 200
    service.clock.advance(1)
    assert refresh(browser).json == browser("GET", "/user/simulations").json == ENDED
    assert status(browser.sign_in("ann")) == 200


def test_one_that_is_not_used_ends_and_the_user_is_told(browser: Browser) -> None:
    job_id = browser.submit()
    browser.service.clock.advance(IDLE)
    for method, path in (
        ("GET", "/auth/refresh"), ("GET", "/user/simulations"), ("GET", "/inputs"),
        ("GET", "/results"), ("DELETE", "/user/simulations"), ("DELETE", "/jobs/direct"),
        ("POST", "/jobs/direct"), ("POST", "/user/update"), ("GET", "/auth/status"),
    ):  # fmt: skip
        result = browser(method, path, submission(), params={"job_id": job_id})
        assert (result.status_code, result.json) == (401, ENDED), path
    # Years later, too, and after others have signed in, which clears up.
    Browser(browser.service).sign_in("bob")
    browser.service.clock.advance(2 * 365 * 86400)
    assert browser("GET", "/user/simulations").json == ENDED


def test_what_is_asked_every_other_second_does_not_say_it_every_other_second(
    browser: Browser,
) -> None:
    job_id = browser.submit()
    browser.service.clock.advance(IDLE)
    for path in ("/jobs", "/jobs/direct", "/jobs/batch"):
        result = browser("GET", path, params={"job_id": job_id})
        assert (result.status_code, result.json) == (401, HIDDEN)


def test_cookies_outlive_their_tokens_so_that_there_is_something_to_say(browser: Browser) -> None:
    service = browser.service
    for method, path, body in (
        ("POST", "/auth/login", {"username": "ann", "password": "a good password"}),
        ("GET", "/auth/refresh", None),
    ):
        for name in ("access_token", "refresh_token"):
            cookie = browser(method, path, body).cookies[name]
            assert cookie.expires is not None
            # Browsers keep no cookie longer than 400 days (RFC 6265bis, section 5.5).
            assert timedelta(300) < cookie.expires - service.clock.now() < timedelta(400)
            assert (cookie.http_only, cookie.path, cookie.same_site) == (True, "/", "Lax")
            assert not cookie.secure
            assert cookie.domain is None


def test_a_browser_that_slept_goes_on_at_once(browser: Browser) -> None:
    service = browser.service
    job_id = browser.submit()
    for seconds in (ACCESS, ACCESS + 1, IDLE - 1):
        service.clock.advance(seconds)
        before = dict(browser.cookies)
        answer = browser("GET", "/jobs/direct", params={"job_id": job_id})
        assert answer.status_code == 200
        assert set(answer.cookies) == {"access_token", "refresh_token"}
        assert browser.cookies.keys() == before.keys()
        again = browser("POST", "/jobs/direct", submission())
        assert (again.status_code, again.cookies) == (202, {})
    service.clock.advance(ACCESS)
    # An error is an answer, too.
    unknown = browser("GET", "/inputs", params={"job_id": "none"})
    assert unknown.status_code == 404
    assert browser("GET", "/auth/status").cookies == {}


def test_tabs_that_refresh_at_the_same_moment_stay_signed_in(browser: Browser) -> None:
    service = browser.service
    for turn in range(40):
        service.clock.advance(THIRD)
        # All were sent before the first was answered; the answers come in any order.
        sent = [copy_of(browser) for _ in range(5)]
        for number, tab in enumerate(sent):
            service.clock.advance(number)
            assert refresh(tab).status_code == 200
        browser.cookies = dict(sent[turn % 5].cookies)
        assert status(browser) == 200
    tab = tab_of(browser)
    for _ in range(40):
        service.clock.advance(THIRD / 2)
        assert refresh(tab).status_code == refresh(browser).status_code == 200


@pytest.mark.parametrize("lost", [1, 2, 30])
def test_answers_that_are_lost_end_nothing(browser: Browser, lost: int) -> None:
    for _ in range(3):
        for _ in range(lost):
            browser.service.clock.advance(THIRD)
            assert refresh(copy_of(browser)).status_code == 200
        use(browser, ACCESS)
        assert status(browser) == 200


@pytest.fixture
def stolen(browser: Browser) -> Iterator[Browser]:
    """Return a thief with the cookies of a browser that went on to use its session."""
    use(browser, ACCESS)
    thief = copy_of(browser)
    yield thief
    for gone in (browser, thief):
        for path in ("/auth/refresh", "/auth/status", "/user/simulations"):
            result = gone("GET", path)
            assert (result.status_code, result.json) == (401, ENDED)


def test_a_stolen_token_that_is_used_late_ends_the_session(
    browser: Browser, stolen: Browser
) -> None:
    use(browser, 2 * THIRD)
    with capture_logs() as lines:
        refused = refresh(stolen)
    assert (refused.status_code, refused.json, refused.cookies) == (401, ENDED, {})
    (line,) = [line for line in lines if "old refresh token" in line["event"]]
    (user_id,) = browser.service.store.state.users
    assert (line["log_level"], line["user_id"]) == ("warning", user_id)
    assert not any(token in str(lines) for token in stolen.cookies.values())


def test_a_stolen_token_that_is_used_after_one_refresh_ends_it_with_the_next(
    browser: Browser, stolen: Browser
) -> None:
    use(browser, THIRD)
    browser.service.clock.advance(61)
    # It might be the user's: nobody has shown yet that the answer arrived.
    refresh(stolen)
    browser.service.clock.advance(THIRD - 61)
    assert refresh(browser).json == ENDED


def test_a_stolen_token_that_is_used_first_ends_it_with_the_user_s_next(
    browser: Browser, stolen: Browser
) -> None:
    for _ in range(2):
        browser.service.clock.advance(90)
        assert refresh(stolen).status_code == 200
    assert refresh(browser).json == ENDED


def test_a_stolen_token_is_noticed_by_any_request(browser: Browser, stolen: Browser) -> None:
    use(browser, 3 * ACCESS)
    # Its access token is over, so the refresh token has to serve.
    assert stolen("GET", "/user/simulations").json == ENDED


def test_other_sessions_live_on_when_one_is_stolen(browser: Browser) -> None:
    other = Browser(browser.service).sign_in("ann")
    thief = copy_of(browser)
    use(browser, ACCESS)
    use(other, THIRD)
    assert refresh(thief).json == ENDED
    assert refresh(browser).json == ENDED
    assert refresh(other).status_code == status(other) == 200


def test_a_script_that_keeps_its_first_refresh_token_works_as_long_as_that(
    browser: Browser,
) -> None:
    kept = browser.cookies["refresh_token"]
    for _ in range(int(IDLE // THIRD) - 1):
        browser.service.clock.advance(THIRD)
        browser.cookies["refresh_token"] = kept
        assert refresh(browser).status_code == 200
        assert status(browser) == 200
    browser.service.clock.advance(THIRD)
    browser.cookies["refresh_token"] = kept
    assert refresh(browser).json == ENDED


def test_refreshing_and_going_on_are_never_limited(browser: Browser) -> None:
    for _ in range(300):
        assert refresh(browser).status_code == 200
    wrong = {"username": "ann", "password": "a wrong password"}
    for _ in range(20):
        last = Browser(browser.service)("POST", "/auth/login", wrong)
    assert last.status_code == 429
    use(browser, 2 * IDLE)


def test_a_new_password_ends_the_others_and_goes_on(browser: Browser) -> None:
    other = Browser(browser.service).sign_in("ann")
    use(other, 2 * IDLE)
    browser.sign_in("ann")
    body = {"password": "a good password", "new_password": "a better password"}
    assert browser("POST", "/user/update", body).status_code == 202
    assert refresh(other).json == other("GET", "/user/simulations").json == ENDED
    use(browser, 2 * IDLE)


def test_sessions_that_were_ended_for_a_user_say_so(browser: Browser) -> None:
    use(browser, 2 * IDLE)
    with browser.service.store() as work:
        user = work.users.local_by_name("ann")
        assert user is not None
        assert work.directory.end_sessions(user.id) == 1
        work.commit()
    assert refresh(browser).json == ENDED
    browser.sign_in("ann")
    with browser.service.store() as work:
        work.directory.remove(user.id)
        work.commit()
    assert refresh(browser).json == ENDED
    assert browser("DELETE", "/auth/logout").status_code == 200
    assert browser.cookies == {}
