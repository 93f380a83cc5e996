"""requirements/ pins what pyproject.toml asks for, by hashes, and all of its files agree."""

import re
import tomllib
from dataclasses import dataclass

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.locations import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DEVELOPMENT = PROJECT["project"]["optional-dependencies"]["dev"]
BUILD = PROJECT["dependency-groups"]["build"]
ASKED = {
    "backend": RUNTIME,
    "build": BUILD,
    "development": RUNTIME + DEVELOPMENT + BUILD + PROJECT["dependency-groups"]["lock"],
    "lowest": RUNTIME + DEVELOPMENT + BUILD,
}
"""What each file of requirements/ is made for."""


@dataclass(frozen=True)
class Pin:
    """One release of a package: these files of it and no others."""

    requirement: Requirement
    hashes: frozenset[str]

    @property
    def version(self) -> str:
        (only,) = self.requirement.specifier
        assert only.operator == "==", self.requirement
        return only.version


def text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(name: str) -> dict[str, Pin]:
    """Return the pins of a file by the names of their packages, as pip would read it."""
    content = re.sub(r"#.*", "", text(name)).replace("\\\n", " ")
    found = {}
    for line in filter(None, map(str.strip, content.splitlines())):
        requirement, *hashes = line.split(" --hash=sha256:")
        pin = Pin(Requirement(requirement), frozenset(map(str.strip, hashes)))
        assert canonicalize_name(pin.requirement.name) not in found, "two releases of a package"
        found[canonicalize_name(pin.requirement.name)] = pin
    return found


@pytest.mark.parametrize("name", ASKED)
def test_every_package_is_pinned_by_its_hashes_and_no_index_is_named(name: str) -> None:
    assert len(pins(name)) >= len(ASKED[name])
    for pin in pins(name).values():
        assert pin.version
        assert pin.hashes, pin.requirement
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in pin.hashes), pin.requirement
    assert "://" not in text(name)
    assert not re.findall(r"^\s*(?!--hash=)-.*", text(name), re.MULTILINE)


@pytest.mark.parametrize("name", ASKED)
def test_what_pyproject_asks_for_is_pinned_within_its_bounds(name: str) -> None:
    pinned = pins(name)
    for wanted in map(Requirement, ASKED[name]):
        pin = pinned[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(pin.version), f"{wanted}, not {pin.version}: make lock"


@pytest.mark.parametrize("name", ["backend", "build"])
def test_what_is_installed_elsewhere_is_what_was_tested(name: str) -> None:
    tested = pins("development")
    for package, pin in pins(name).items():
        assert pin.version == tested[package].version, package
        assert pin.hashes == tested[package].hashes, package


def test_the_lowest_versions_that_are_tested_are_the_lower_bounds() -> None:
    pinned = pins("lowest")
    for wanted in map(Requirement, ASKED["lowest"]):
        (lowest,) = (item for item in wanted.specifier if item.operator == ">=")
        pin = pinned[canonicalize_name(wanted.name)]
        assert Version(pin.version) == Version(lowest.version), wanted


def test_what_builds_is_pinned_like_what_runs() -> None:
    assert PROJECT["build-system"]["requires"] == BUILD


@pytest.mark.parametrize("name", ["Makefile", "docker/backend.Dockerfile"])
def test_nothing_is_installed_that_is_not_pinned(name: str) -> None:
    commands = re.findall(r"\bpip (?:install|wheel) .*", (ROOT / name).read_text())
    assert len(commands) >= 2
    for command in commands:
        assert re.search("--require-hashes --only-binary :all: -r|--no-deps", command), command
