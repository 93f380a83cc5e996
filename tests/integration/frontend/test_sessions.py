"""A page that is left open for long: tokens are renewed at a third of their life, all by itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers
from falcon import testing

from entrypoints.composition.container import Container
from entrypoints.processes.web import create_application
from tests.fakes.execution import FixedClock
from tests.integration.frontend.client import Frontend
from tests.integration.frontend.network import HurriedClock, InProcessNetwork
from tests.integration.http.in_process import InProcess, settings_of
from tests.integration.http.scripted import scripted_container

PASSWORD = "a good password"
TOKEN_SECONDS = 600
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
        worker = InProcess(self.application)
        worker.tokens = self.container.tokens()
        worker.finish(1, 2)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Site]:
    clock = FixedClock()
    with settings_of(folder):
        os.environ |= settings
        container = scripted_container()
        container.clock.override(providers.Object(clock))
        yield Site(container, HurriedClock(clock), create_application(container))
        container.engine().dispose()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, ACCESS_TOKEN_SECONDS=str(TOKEN_SECONDS)) as found:
        yield found


def test_nobody_is_told_anything_who_only_loads_the_page(site: Site) -> None:
    page = site.open()
    assert (page.user, page.messages, page.cookies()) == (None, [], {})


def test_a_page_stays_signed_in_over_many_lives_of_its_token(site: Site) -> None:
    page = site.sign_in()
    job_id = page.submit(PROJECT, "mcsquare")
    assert job_id is not None
    for _ in range(4):
        page.pass_time(TOKEN_SECONDS)
        assert (page.card(job_id) or {}).get("jobState") == "PENDING"
    site.finish()
    assert page.until(lambda: page.results is not None, 10)
    assert page.results is not None
    assert page.results.titles == {"out": ["Dose"]}
    for _ in range(4):
        page.pass_time(TOKEN_SECONDS)
        assert (page.card(job_id) or {}).get("jobState") == "COMPLETED"
    assert page.user == "ann"
    assert page.messages == ["Simulation submitted"]


def test_a_page_that_is_left_open_over_night_is_still_signed_in(site: Site) -> None:
    """Both tokens have ended many times by then, and so would a session that nobody used."""
    page = site.sign_in()
    job_id = page.submit(PROJECT, "mcsquare")
    assert job_id is not None
    site.finish()
    page.pass_time(14 * 3600)
    page.cancel(job_id)
    page.visit()
    assert page.user == "ann"
    assert page.messages == ["Simulation submitted"]
    assert [entry["jobId"] for entry in page.panels["simulations"].entries] == [job_id]


def test_who_is_signed_out_by_time_is_told_so(tmp_path: Path) -> None:
    """A sentence that is hidden would leave an empty list and nothing else, for ever."""
    with running(tmp_path, ACCESS_TOKEN_SECONDS="60", SESSION_DAYS="0.1") as site:
        page = site.sign_in()
        page.pass_time(0.1 * 86400 - 120)
        assert page.messages == []
        page.pass_time(240)
        page.visit()
        assert set(page.messages) == {"Your session has ended: sign in again"}
        page.messages.clear()
        page.login("ann", PASSWORD)
        page.pass_time(600)
        assert page.messages == []


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
