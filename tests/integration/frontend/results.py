"""Results and cards as the frontend draws them; AssertionError where its page would break."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Json = dict[str, Any]
AskPages = Callable[[str, str, str], list[Json]]
"""Asks for pages of a job by estimator and page numbers such as `0-3,5`."""


class Results:
    """The results of one job in the panel Results: tabs of estimators, pages with titles."""

    def __init__(self, card: Json, inputs: Json, items: list[Json]) -> None:
        self.job_id: str = card["jobId"]
        self.title: str = card["title"]
        self.inputs = inputs
        self.names = [item["name"] for item in items]
        self.titles: dict[str, list[str | None]] = {}
        self.pages: dict[str, list[Json]] = {}
        self._items = {item["name"]: item for item in items}

    def load(self, estimator: str, ask: AskPages) -> None:
        """Load the pages of an estimator, those of each dimension with a request of its own."""
        groups: dict[int, list[int]] = {}
        for page in self._items[estimator]["pagesMetadata"]:
            groups.setdefault(page["pageDimension"], []).append(page["pageNumber"])
        titles: list[str | None] = []
        pages: list[Json] = []
        for dimension in sorted(groups):
            found = ask(self.job_id, estimator, ranges(groups[dimension]))
            titles += [self._title(estimator, index, page) for index, page in enumerate(found)]
            pages += found
        for page in pages:
            _check_page(page)
        self.titles[estimator], self.pages[estimator] = titles, pages

    @property
    def grouped(self) -> set[str]:
        """The estimators with pages of several dimensions.

        The frontend counts those of each dimension from 0 when it titles them.
        """
        return {
            name
            for name, item in self._items.items()
            if len({page["pageDimension"] for page in item["pagesMetadata"]}) > 1
        }

    def _title(self, estimator: str, index: int, page: Json) -> str | None:
        """Return the name of the quantity at the place of a page in its output of the project."""
        project = self.inputs.get("inputJson")
        if project is None:
            return page["name"] or page["data"]["name"]
        outputs = project["scoringManager"]["outputs"]
        (output, *_) = [item for item in outputs if item["name"] == estimator]
        quantities = output["quantities"]
        return quantities[index]["name"] if index < len(quantities) else None


def ranges(numbers: list[int]) -> str:
    """Return page numbers as the frontend asks for them: `0-3,5`."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in found)


def drawn(card: Json) -> None:
    """Draw a card: a time that is none blanks the whole application."""
    assert datetime.fromisoformat(card["startTime"]).tzinfo is not None
    end = card["endTime"]
    assert end is None or datetime.fromisoformat(end).tzinfo is not None
    assert isinstance(card["title"], str)
    assert isinstance(card["jobTasksStatus"], list)


def _check_page(page: Json) -> None:
    """Draw a page: the browser crashes without the axes of its dimensions."""
    assert page["dimensions"] in (0, 1, 2, 3)
    lengths = 1
    for number in range(1, page["dimensions"] + 1):
        axis = page[f"axisDim{number}"]
        assert isinstance(axis["unit"], str)
        lengths *= len(axis["values"])
    assert isinstance(page["data"]["unit"], str)
    assert len(page["data"]["values"]) == lengths
