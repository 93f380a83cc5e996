"""Files like one read before give exactly what pymchelper makes of them, without it."""

import struct
from pathlib import Path

import numpy as np
import pytest
from pymchelper.input_output import fromfile

from adapters.simulators.scored_output.known_layouts import Blocks, KnownLayouts, blocks_of
from adapters.simulators.scored_output.reading import read_file
from adapters.simulators.scored_output.scored_file import ScoredFile
from tests.locations import TESTS
from tests.simulator_stand_ins import bdo

RECORDED = TESTS / "data" / "simulators" / "shieldhit"
OLDER = ("ex_yzmsh.bdo", "ex_zmsh.bdo")
"""Written in an older format."""

FILES = sorted(path for path in RECORDED.rglob("*.bdo") if path.name not in OLDER)


def blocks(path: Path) -> Blocks:
    found = blocks_of(path)
    assert found is not None
    return found


def rerun(source: Path, folder: Path, primaries: int, factor: float = 1.0) -> Path:
    target = folder / f"{primaries}_{source.name}"
    target.write_bytes(bdo.rescaled(source.read_bytes(), primaries, factor))
    return target


def known_after(path: Path) -> KnownLayouts:
    known = KnownLayouts()
    known.learn(blocks(path), read_file(path))
    return known


@pytest.mark.parametrize("source", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("first", [1, 700])
def test_numbers_are_those_of_pymchelper(source: Path, first: int, tmp_path: Path) -> None:
    known = known_after(rerun(source, tmp_path, first))
    other = rerun(source, tmp_path, 1234, 3.7)
    found = known.read(blocks(other))
    assert found is not None
    reference = fromfile(str(other))
    pages = sorted(reference.pages, key=lambda page: int(getattr(page, "page_number", 0)))
    assert found.primaries == reference.number_of_primaries == 1234
    for page, expected in zip(found.pages, pages, strict=True):
        assert np.array_equal(page.values, np.asarray(expected.data_raw).reshape(-1))
        assert page.quantity == expected.name


def test_another_layout_is_not_known(tmp_path: Path) -> None:
    known = known_after(RECORDED / "output" / "mesh.bdo")
    assert known.read(blocks(RECORDED / "output" / "fluence.bdo")) is None
    assert known.read(blocks(rerun(RECORDED / "output" / "mesh.bdo", tmp_path, 5))) is not None


@pytest.mark.parametrize("name", OLDER)
def test_older_files_are_left_to_pymchelper(name: str) -> None:
    assert blocks_of(RECORDED / "pages" / name) is None


@pytest.mark.parametrize("end", [-1, -9, 400, 30])
def test_files_that_are_cut_are_left_to_pymchelper(tmp_path: Path, end: int) -> None:
    cut = tmp_path / "cut.bdo"
    cut.write_bytes((RECORDED / "output" / "mesh.bdo").read_bytes()[:end])
    assert blocks_of(cut) is None


def test_a_value_that_is_missing_is_no_result(tmp_path: Path) -> None:
    source = next(path for path in FILES if "aggregation-mean" in path.name)
    known = known_after(source)
    empty = tmp_path / "empty.bdo"
    raw = source.read_bytes()
    last = bytes(struct.pack("<d", np.nan))
    empty.write_bytes(raw[: -len(last)] + last)
    assert known.read(blocks(empty)) is None


def test_what_pymchelper_reads_otherwise_is_not_learnt() -> None:
    source = RECORDED / "output" / "mesh.bdo"
    found = read_file(source)
    known = KnownLayouts()
    known.learn(blocks(source), ScoredFile(found.pages, found.primaries + 1, found.metadata))
    known.learn(blocks(source), ScoredFile(found.pages[1:], found.primaries, found.metadata))
    assert known.read(blocks(source)) is None


def test_the_oldest_layout_is_forgotten() -> None:
    mesh, fluence = RECORDED / "output" / "mesh.bdo", RECORDED / "output" / "fluence.bdo"
    known = KnownLayouts(most=1)
    known.learn(blocks(mesh), read_file(mesh))
    known.learn(blocks(fluence), read_file(fluence))
    assert known.read(blocks(mesh)) is None
    assert known.read(blocks(fluence)) is not None
