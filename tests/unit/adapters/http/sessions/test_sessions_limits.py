"""How often one may try to sign in."""

from typing import Any

import pytest

from application.accounts.limit_logins import MOST_OF_ACCOUNT, MOST_OF_ADDRESS, MOST_OF_PAIR
from tests.unit.adapters.http.conftest import Browser, Service

GOOD, BAD = "a good password", "a wrong password"


def attempt(service: Service, name: str, password: str, address: str = "10.0.0.1") -> Any:
    body = {"username": name, "password": password}
    headers = {"X-Forwarded-For": f"6.6.6.6, {address}"}
    return Browser(service, trust_proxy=True)("POST", "/auth/login", body, headers=headers)


@pytest.fixture
def ann(service: Service) -> Service:
    Browser(service)("PUT", "/auth/register", {"username": "ann", "password": GOOD})
    return service


def test_guessing_ends_and_the_answer_says_when_it_may_go_on(ann: Service) -> None:
    for _ in range(MOST_OF_PAIR):
        assert attempt(ann, "ann", BAD).status_code == 401
    blocked = attempt(ann, "ann", GOOD)
    assert blocked.status_code == 429
    assert blocked.headers["retry-after"] == "900"
    assert blocked.json["message"] == "Too many failed attempts to sign in; try again in 15 minutes"
    ann.clock.advance(840)
    assert attempt(ann, "ann", GOOD).json["message"].endswith("in 1 minute")
    ann.clock.advance(61)
    assert attempt(ann, "ann", GOOD).status_code == 202


def test_unknown_names_are_held_to_the_same_limit(ann: Service) -> None:
    statuses = [attempt(ann, "nobody", BAD).status_code for _ in range(MOST_OF_PAIR + 1)]
    assert statuses == [401] * MOST_OF_PAIR + [429]


def test_success_starts_the_count_again(ann: Service) -> None:
    for _ in range(3):
        for _ in range(MOST_OF_PAIR - 1):
            assert attempt(ann, "ann", BAD).status_code == 401
        assert attempt(ann, "ann", GOOD).status_code == 202


def test_others_behind_the_same_address_still_get_in(ann: Service) -> None:
    for _ in range(MOST_OF_PAIR + 5):
        attempt(ann, "victim", BAD)
    assert attempt(ann, "ann", GOOD).status_code == 202
    for number in range(MOST_OF_ADDRESS):
        attempt(ann, f"guess {number}", BAD)
    assert attempt(ann, "newcomer", BAD).status_code == 429
    assert attempt(ann, "ann", BAD).status_code == 401
    assert attempt(ann, "ann", GOOD).status_code == 202
    assert attempt(ann, "newcomer", BAD, "10.0.0.2").status_code == 401


def test_guessing_from_everywhere_does_not_lock_users_out(ann: Service) -> None:
    assert attempt(ann, "ann", GOOD, "192.0.2.1").status_code == 202
    for number in range(MOST_OF_ACCOUNT):
        assert attempt(ann, "ann", BAD, f"10.1.0.{number}").status_code == 401
    assert attempt(ann, "ann", BAD, "10.2.0.1").status_code == 429
    assert attempt(ann, "ann", GOOD, "192.0.2.1").status_code == 202


def test_a_subscriber_of_ipv6_has_one_network(ann: Service) -> None:
    for number in range(MOST_OF_PAIR):
        attempt(ann, "ann", BAD, f"2001:db8:1:2::{number:x}")
    assert attempt(ann, "ann", BAD, "2001:db8:1:2:ffff::1").status_code == 429
    assert attempt(ann, "ann", BAD, "2001:db8:1:3::1").status_code == 401


def test_what_clients_claim_of_their_address_is_not_believed(ann: Service) -> None:
    def claim(number: int, **settings: bool) -> int:
        body = {"username": "ann", "password": BAD}
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        browser = Browser(ann, **settings)
        return int(browser("POST", "/auth/login", body, headers=headers).status_code)

    assert [claim(number) for number in range(MOST_OF_PAIR + 1)][-1] == 429


@pytest.mark.parametrize("name", ["\x00", "x" * 5000, "ą" * 100, ""])
def test_senseless_names_are_wrong_logins(ann: Service, name: str) -> None:
    result = attempt(ann, name, BAD)
    assert (result.status_code, result.json) == (401, {"message": "Invalid login or password"})


def test_refresh_and_status_are_never_limited(ann: Service) -> None:
    browser = Browser(ann)
    for _ in range(MOST_OF_ADDRESS + 1):
        assert browser("GET", "/auth/refresh").status_code == 401
        assert browser("GET", "/").status_code == 200
