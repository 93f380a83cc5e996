"""A page that is left open for long: tokens are renewed at a third of their life, all by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers
from falcon import testing

from application.ports.security import TokenKind
from entrypoints.composition.container import Container
from entrypoints.processes.web import create_application
from tests.fakes.execution import FixedClock
from tests.integration.frontend.client import Frontend
from tests.integration.frontend.network import HurriedClock, InProcessNetwork
from tests.integration.http.in_process import InProcess, settings_of
from tests.integration.http.scripted import scripted_container

PASSWORD = "a good password"
PROJECT = {
    "primaries": 10,
    "project": {"title": "Water"},
    "scoringManager": {
        "outputs": [{"name": "out", "quantities": [{"name": "Dose", "keyword": "Dose"}]}],
        "filters": [],
    },
}


@dataclass
class Site:
    """The service in this process, whose time passes at once."""

    container: Container
    clock: HurriedClock
    application: Any

    def open(self) -> Frontend:
        """Return a page in a browser of its own."""
        client = testing.TestClient(self.application)
        page = Frontend(InProcessNetwork(client, self.clock), self.clock)
        page.load()
        return page

    def sign_in(self) -> Frontend:
        """Return a page of a user."""
        page = self.open()
        page.register("ann", PASSWORD)
        page.login("ann", PASSWORD)
        assert page.user == "ann"
        return page

    def finish(self) -> None:
        """Let workers do the first job there is."""
        InProcess(self.application).finish(1, 2)

    def access_life(self) -> float:
        """Return for how many seconds an access token is good."""
        token = self.container.tokens().issue_session(TokenKind.ACCESS, 1, "s")
        return float((token.expires - self.clock.now()).total_seconds())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = FixedClock()
    with settings_of(tmp_path):
        container = scripted_container()
        container.clock.override(providers.Object(clock))
        yield Site(container, HurriedClock(clock), create_application(container))
        container.engine().dispose()


def test_nobody_is_told_anything_who_only_loads_the_page(site: Site) -> None:
    page = site.open()
    assert (page.user, page.messages, page.cookies()) == (None, [], {})


def test_a_page_stays_signed_in_over_many_lives_of_its_token(site: Site) -> None:
    page = site.sign_in()
    job_id = page.submit(PROJECT, "mcsquare")
    assert job_id is not None
    for _ in range(4):
        page.pass_time(site.access_life())
        assert (page.card(job_id) or {}).get("jobState") == "PENDING"
    site.finish()
    assert page.until(lambda: page.results is not None, 10)
    assert page.results is not None
    assert page.results.titles == {"out": ["Dose"]}
    for _ in range(4):
        page.pass_time(site.access_life())
        assert (page.card(job_id) or {}).get("jobState") == "COMPLETED"
    assert page.user == "ann"
    assert page.messages == ["Simulation submitted"]


def test_after_logging_out_one_refresh_may_still_come(site: Site) -> None:
    page = site.sign_in()
    assert set(page.cookies()) == {"access_token", "refresh_token"}
    page.logout()
    assert page.cookies() == {}
    page.refresh()
    page.visit()
    assert (page.user, page.cookies(), page.messages) == (None, {}, [])


def test_a_wrong_password_is_told_once(site: Site) -> None:
    page = site.open()
    page.register("ann", PASSWORD)
    page.login("ann", "not the password")
    assert page.messages == ["Invalid login or password", "Login failed."]
    assert page.user is None


def test_deleting_what_is_gone_already_tells_nothing(site: Site) -> None:
    page, other = site.sign_in(), site.open()
    job_id = page.submit(PROJECT, "mcsquare")
    assert job_id is not None
    site.finish()
    other.login("ann", PASSWORD)
    page.delete(job_id)
    other.delete(job_id)
    other.visit()
    for found in (page, other):
        assert found.panels["simulations"].entries == []
    assert other.messages == []


def test_greeting_the_page_again_and_again_keeps_its_user(site: Site) -> None:
    page = site.sign_in()
    for _ in range(45):
        page.reach()
        assert page.user == "ann"


def test_a_refusal_is_shown_as_often_as_it_was_asked_for(site: Site) -> None:
    """A DELETE that fails is sent three times, whatever was answered."""
    page = site.sign_in()
    job_id = page.submit(PROJECT, "mcsquare")
    assert job_id is not None
    before = site.clock.now()
    page.delete(job_id)
    assert page.messages == ["Simulation submitted", *3 * [page.messages[-1]]]
    assert "is still running: cancel it first" in page.messages[-1]
    assert (site.clock.now() - before).total_seconds() == pytest.approx(0.9)
    assert page.submit({**PROJECT, "primaries": "many"}, "mcsquare") is None
    assert page.messages[4:] == [
        "primaries: must be a whole number", "Error while starting simulation",
    ]  # fmt: skip
