"""One version: of the package, the command, the description of the API, the images, the changes."""

import re
import tomllib
from importlib import metadata

import pytest
from click.testing import CliRunner

from adapters.http.operation.openapi import describe
from entrypoints.cli import commands
from tests.locations import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_what_is_installed_is_what_is_here() -> None:
    assert metadata.version("yaptide") == VERSION


def test_the_command_says_it() -> None:
    answer = CliRunner().invoke(commands, ["--version"])
    assert answer.output.split()[-1] == VERSION


def test_the_description_of_the_api_says_it() -> None:
    assert describe({})["info"]["version"] == VERSION


@pytest.mark.parametrize("name", ["backend.Dockerfile", "nginx/Dockerfile"])
def test_an_image_is_labelled_with_it(name: str) -> None:
    recipe = (ROOT / "docker" / name).read_text()
    assert re.findall(r"^ARG VERSION=(.*)", recipe, re.MULTILINE) == [VERSION]
    assert re.findall(r"^LABEL .*\bimage\.version=(\S+)", recipe, re.MULTILINE) == ["$VERSION"]


def test_images_are_tagged_with_it() -> None:
    tags = re.findall(r"image: yaptide/\w+:(\S+)", (ROOT / "docker-compose.yml").read_text())
    assert tags == [VERSION, VERSION]


def test_its_changes_are_told() -> None:
    told = re.findall(r"^## \[([\w.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert told[0] == "Unreleased"
    assert told[1] == VERSION
