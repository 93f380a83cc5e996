"""docs/architecture.md is a map of the tree: every room is on it, and every name on it is there."""

import re

from tests.locations import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
SOURCE = ROOT / "src"
LAYERS = ("domain", "application", "adapters", "entrypoints")
PLACEHOLDER = "adapters/simulators/NAME/simulator.py"


def names_on_the_page() -> set[str]:
    return {
        name
        for name in re.findall(r"`([\w/.]+)`", PAGE)
        if name.split("/")[0] in LAYERS and name != PLACEHOLDER
    }


def rooms_of_the_tree() -> set[str]:
    return {
        str(place.parent.relative_to(SOURCE))
        for layer in LAYERS
        for place in SOURCE.glob(f"{layer}/*/__init__.py")
    }


def test_every_room_is_on_the_map() -> None:
    assert rooms_of_the_tree() - names_on_the_page() == set()


def test_every_name_on_the_map_is_in_the_tree() -> None:
    assert len(names_on_the_page()) > 30
    gone = {name for name in names_on_the_page() if not (SOURCE / name).exists()}
    assert gone == set()


def test_rooms_within_http_database_and_simulators_are_named_where_they_are_told() -> None:
    for part in ("http", "database", "simulators", "executors"):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `adapters/{part}` |"))
        told = set(re.findall(r"`(\w+)`", row))
        there = {place.parent.name for place in SOURCE.glob(f"adapters/{part}/*/__init__.py")}
        assert told <= there
        if part != "simulators":
            assert there <= told


def test_the_use_cases_are_listed_in_the_order_that_the_linter_holds() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    layers = re.search(r'containers = \["application"\]\nlayers = \[(.*?)\n\]', text, re.DOTALL)
    assert layers is not None
    order = [re.split(r" \| ", line) for line in re.findall(r'"(.+)"', layers[1])]
    height = {room: level for level, rooms in enumerate(order) for room in rooms}
    told = re.findall(r"^\| `application/(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(told) == sorted(height)
    assert [height[room] for room in told] == sorted(height[room] for room in told)
