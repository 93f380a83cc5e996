"""Who may register: one name each, a bounded number from one address."""

import pytest

from application.accounts.limit_logins import MOST_NEWCOMERS, MOST_OF_PAIR, WINDOW
from tests.unit.adapters.http.conftest import Browser, Service

PASSWORD = "a good password"


def register(browser: Browser, name: str, **headers: str) -> int:
    body = {"username": name, "password": PASSWORD}
    return browser("PUT", "/auth/register", body, headers=headers).status_code


@pytest.mark.parametrize("like", ["Ann", "ANN", "ａｎｎ", "𝐚𝐧𝐧", "ann\ufe0f"])
def test_a_name_that_reads_as_another_is_taken(service: Service, like: str) -> None:
    browser = Browser(service)
    assert register(browser, "ann") == 201
    taken = browser("PUT", "/auth/register", {"username": like, "password": PASSWORD})
    assert (taken.status_code, taken.json) == (403, {"message": "User existing"})
    # Whoever writes it so is the one who has it.
    assert (
        browser("POST", "/auth/login", {"username": like, "password": PASSWORD}).status_code == 202
    )
    assert browser("GET", "/auth/status").json["username"] == "ann"


@pytest.mark.parametrize("name", ["аnn", "ann٣", "\u3164", "an\u200bn"])
def test_a_name_that_only_looks_like_another_is_refused(service: Service, name: str) -> None:
    browser = Browser(service)
    refused = browser("PUT", "/auth/register", {"username": name, "password": PASSWORD})
    assert refused.status_code == 400
    assert refused.json["message"].startswith("username:")
    assert not service.store.state.users


def test_guesses_count_however_the_name_is_written(service: Service) -> None:
    browser = Browser(service)
    assert register(browser, "ann") == 201
    names = ["ann", "Ann", "ANN", "aNN", "ａｎｎ"] * MOST_OF_PAIR
    statuses = [
        browser("POST", "/auth/login", {"username": name, "password": "wrong"}).status_code
        for name in names[: MOST_OF_PAIR + 1]
    ]
    assert statuses == [401] * MOST_OF_PAIR + [429]


def test_no_address_registers_without_end(service: Service) -> None:
    browser = Browser(service, trust_proxy=True)
    here, there = {"X-Forwarded-For": "10.0.0.1"}, {"X-Forwarded-For": "10.0.0.2"}
    for number in range(MOST_NEWCOMERS):
        # Also those whose name is taken: they would be told of every user there is.
        assert register(browser, f"user {number % 40}", **here) == (201 if number < 40 else 403)
    refused = browser(
        "PUT", "/auth/register", {"username": "last", "password": PASSWORD}, headers=here
    )
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= WINDOW.total_seconds()
    assert register(browser, "elsewhere", **there) == 201
    # It is no reason to keep anybody from signing in.
    login = {"username": "user 1", "password": PASSWORD}
    assert browser("POST", "/auth/login", login, headers=here).status_code == 202
    service.clock.advance(WINDOW.total_seconds() + 1)
    assert register(browser, "later", **here) == 201


def test_what_is_refused_for_its_form_does_not_count(service: Service) -> None:
    browser = Browser(service)
    for _ in range(MOST_NEWCOMERS + 1):
        assert register(browser, " ann ") == 400
    assert register(browser, "ann") == 201
