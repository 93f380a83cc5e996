"""The existing frontend as far as it speaks with the service: the same requests in the same order.

It is what the browser does, driven by a test in place of clicks. Nothing of it may be made easier
for the service: what it merges, remembers, repeats and hides is the wire contract.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.integration.frontend.asking import Asking, Json, Refused
from tests.integration.frontend.network import Clock, Cookies, Unreachable
from tests.integration.frontend.results import Results, drawn

GIVEN_UP = (Refused, Unreachable)
POLL, POLL_SETTLED = 1.5, 10.0
SUBMISSION_TIMEOUT = 30.0
SHORTEST = 0.001
FIRST_REFRESH = 180.0
SETTLED = ("COMPLETED", "FAILED", "CANCELED")
RECENT = ("RUNNING", "PENDING", "MERGING_QUEUED", "MERGING_RUNNING", "COMPLETED")
EVERY = (*RECENT, "FAILED", "CANCELED")


@dataclass
class Panel:
    """One of the two places that show jobs: its list as it was asked for last, and its cards."""

    states: tuple[str, ...]
    entries: list[Json] = field(default_factory=list)
    cards: list[Json] = field(default_factory=list)
    alive: bool = False
    due: float = 0.0

    @property
    def interval(self) -> float:
        settled = self.cards and all(card["jobState"] in SETTLED for card in self.cards)
        return POLL_SETTLED if settled else POLL


class Frontend:
    """A page of the frontend in a browser of its own."""

    def __init__(self, network: Any, clock: Clock) -> None:
        self._ask = Asking(network, clock)
        self._clock = clock
        self.cookies: Cookies = network.cookies
        self.user: str | None = None
        self.messages = self._ask.messages
        self.panels = {"simulations": Panel(EVERY), "recent": Panel(RECENT)}
        self.results: Results | None = None
        self._tracked: str | None = None
        self._statuses: dict[str, Json] = {}
        self._inputs: dict[str, Json | Exception] = {}
        self._refresh_interval = FIRST_REFRESH
        self._refresh_due = 0.0

    # What a user does.

    def load(self) -> None:
        """Load the page, which asks at once whether somebody is signed in."""
        self.reach()
        self.refresh()

    def register(self, username: str, password: str) -> None:
        self._ask("PUT", "/auth/register", {"username": username, "password": password})

    def login(self, username: str, password: str) -> None:
        credentials = {"username": username, "password": password}
        try:
            answer = self._ask("POST", "/auth/login", credentials)
        except GIVEN_UP:
            self.messages.append("Login failed.")
            self.logout()
            return
        self.user = username
        self._refresh_in(answer["accessExp"])
        self.visit()

    def logout(self) -> None:
        self.user = None
        with suppress(*GIVEN_UP):
            self._ask("DELETE", "/auth/logout")

    def visit(self) -> None:
        """Change to a panel: the backend is greeted and both lists are asked for."""
        for panel in self.panels.values():
            self._list(panel)

    def submit(self, project: Json, sim_type: str, ntasks: int = 2, title: str = "") -> str | None:
        """Run a project; return the id of the job, None where it was refused."""
        title = title or project["project"]["title"]
        return self._submit("editor", "input_json", project, sim_type, ntasks, title)

    def submit_files(self, files: dict[str, str], ntasks: int = 2) -> str | None:
        """Run with these input files: which simulator they are for is left to the service."""
        return self._submit("files", "input_files", files, "common", ntasks, "Files")

    def cancel(self, job_id: str) -> None:
        entry = self._entry(job_id)
        self._end(entry, f"/jobs/{entry['metadata']['platform'].lower()}")

    def delete(self, job_id: str) -> None:
        entry = self._entry(job_id)
        for panel in self.panels.values():
            panel.cards = [card for card in panel.cards if card["jobId"] != job_id]
        self._end(entry, "/user/simulations")

    def select(self, job_id: str) -> None:
        """Open the results of a card by a click."""
        card = self.card(job_id)
        if card is not None and card["jobState"] == "COMPLETED":
            self._open(card)

    def open_tab(self, estimator: str) -> None:
        """Look at another estimator of the results that are open."""
        assert self.results is not None
        if estimator not in self.results.titles:
            self.results.load(estimator, self._pages)

    def logs(self, job_id: str) -> dict[str, str]:
        found: dict[str, str] = self._ask("GET", "/logfiles", job_id=job_id)["logfiles"]
        return found

    def card(self, job_id: str, panel: str = "simulations") -> Json | None:
        """Return what a panel shows of a job, None where it shows nothing."""
        cards = self.panels[panel].cards
        return next((card for card in cards if card["jobId"] == job_id), None)

    # What the page does by itself.

    def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Let the page do what it does by itself until a condition holds; say whether it did."""
        end = self._now() + seconds
        while True:
            self._fire()
            if condition():
                return True
            if self._now() >= end:
                return False
            self._clock.sleep(max(SHORTEST, min(self._next_due(), end) - self._now()))

    def pass_time(self, seconds: float) -> None:
        self.until(lambda: False, seconds)

    def reach(self) -> None:
        """Greet the backend: a page that gets no message logs its user out."""
        try:
            reached = bool(self._ask("GET", "/", tries=1).get("message"))
        except GIVEN_UP:
            reached = False
        if not reached:
            self.user = None

    def refresh(self) -> None:
        """Renew the token; once it is there the lists are asked for again."""
        try:
            answer = self._ask("GET", "/auth/refresh", tries=1)
        except GIVEN_UP:
            self._refresh_due = self._now() + self._refresh_interval
            return
        self._refresh_in(answer["accessExp"])
        self.visit()

    def _fire(self) -> None:
        if self.user is not None and self._now() >= self._refresh_due:
            self.refresh()
        for panel in self.panels.values():
            if panel.alive and self._now() >= panel.due:
                self._poll(panel)

    def _next_due(self) -> float:
        dues = [panel.due for panel in self.panels.values() if panel.alive]
        if self.user is not None:
            dues.append(self._refresh_due)
        return min(dues, default=self._now() + POLL)

    def _refresh_in(self, access_exp: int) -> None:
        self._refresh_interval = max((access_exp / 1000 - self._now()) / 3, 1.0)
        self._refresh_due = self._now() + self._refresh_interval

    def _list(self, panel: Panel) -> None:
        try:
            panel.alive = bool(self._ask("GET", "/")["message"])
            answer = self._ask(
                "GET",
                "/user/simulations",
                page_idx=1,
                page_size=10,
                order_type="descend",
                order_by="start_time",
                job_state=",".join(panel.states),
            )
        except Unreachable:
            panel.alive = False
        except Refused:
            return
        else:
            panel.entries = list(answer["simulations"])
            panel.due = self._now()

    def _poll(self, panel: Panel) -> None:
        found = [self._status(entry) for entry in panel.entries]
        panel.cards = [card for card in found if card is not None]
        for card in panel.cards:
            drawn(card)
        panel.due = self._now() + panel.interval

    def _status(self, entry: Json) -> Json | None:
        """Return a card: the entry of the list laid over the status."""
        job_id = entry["jobId"]
        if job_id in self._statuses:
            return {**self._statuses[job_id], **entry}
        path = f"/jobs/{entry['metadata']['platform'].lower()}"
        try:
            card = {**self._ask("GET", path, job_id=job_id), **entry}
        except GIVEN_UP:
            return None
        if card["jobState"] not in EVERY:
            return None
        if card["jobState"] in SETTLED and _is_whole(card):
            if job_id == self._tracked and card["jobState"] == "COMPLETED":
                # Whether that succeeds or not, it is not tried again.
                with suppress(*GIVEN_UP):
                    self._open(card)
            self._statuses[job_id] = card
        return card

    def _open(self, card: Json) -> None:
        inputs = self._input(card["jobId"])
        items = self._ask("GET", "/estimators", job_id=card["jobId"])["estimatorsMetadata"]
        results = Results(card, inputs, items)
        results.load(results.names[0], self._pages)
        self.results = results

    def _input(self, job_id: str) -> Json:
        """Return what a job was submitted with; one failure is remembered until the page loads."""
        if job_id not in self._inputs:
            try:
                self._inputs[job_id] = self._ask("GET", "/inputs", job_id=job_id)["input"]
            except GIVEN_UP as error:
                self._inputs[job_id] = error
        kept = self._inputs[job_id]
        if isinstance(kept, Exception):
            raise kept
        return kept

    def _pages(self, job_id: str, estimator: str, numbers: str) -> list[Json]:
        pages: list[Json] = self._ask(
            "GET", "/results", job_id=job_id, estimator_name=estimator, page_numbers=numbers
        )["pages"]
        return pages

    def _submit(
        self, kind: str, key: str, sent: Any, sim_type: str, ntasks: int, title: str
    ) -> str | None:
        body = {
            key: sent, "input_type": kind, "ntasks": ntasks, "sim_type": sim_type, "title": title,
        }  # fmt: skip
        try:
            answer = self._ask("POST", "/jobs/direct", body, timeout=SUBMISSION_TIMEOUT)
        except GIVEN_UP:
            self.messages.append("Error while starting simulation")
            return None
        self.messages.append("Simulation submitted")
        # That a new job is watched makes both panels greet and ask for their lists.
        self._tracked = str(answer["jobId"])
        self.visit()
        return self._tracked

    def _end(self, entry: Json, path: str) -> None:
        try:
            self._ask("DELETE", path, job_id=entry["jobId"])
        except GIVEN_UP:
            return
        self._statuses.pop(entry["jobId"], None)
        self.visit()

    def _entry(self, job_id: str) -> Json:
        entries = self.panels["simulations"].entries
        return next(entry for entry in entries if entry["jobId"] == job_id)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _is_whole(card: Json) -> bool:
    """Say whether a status may be kept: a completed job is, once all its tasks are over."""
    if card["jobState"] != "COMPLETED":
        return True
    return all(task["taskState"] in ("COMPLETED", "FAILED") for task in card["jobTasksStatus"])
