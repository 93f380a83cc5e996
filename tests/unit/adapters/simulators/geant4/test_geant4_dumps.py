"""Tables that Geant4 dumps: read once, kept as arrays, refused when they break off."""

from pathlib import Path

import pytest

from adapters.simulators.geant4.dumps import keep_dumps, kept_dumps, read_dumps
from adapters.simulators.geant4.tables import Mesh, condensed, find_tables, meshes, read_tables
from domain.errors import SimulationFailed

BINS = {"box": {"X": 1, "Y": 2, "Z": 3}, "rings": {"R": 2, "Z": 2, "PHI": 1}}
BOX = """# mesh name: box
# primitive scorer name: Dose
# iX, iY, iZ, total(value) [Gy], total(val^2), entry
0,0,0,1.5e-9,2.1e-18,3
0,0,1,2,4,3
0,0,2,3,9,3
0,1,0,4,16,3
0,1,1,5,25,3
0,1,2,6,36,42
"""
RINGS = """# mesh name: rings
# primitive scorer name: Flux
# iZ, iPHI, iR, total(value) , total(val^2), entry
0,0,0,1,1,1
0,0,1,2,4,1
1,0,0,3,9,1
1,0,1,4,16,1
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dump.txt"
    path.write_text(text)
    return path


def test_all_tables_of_a_file_are_read_and_kept(tmp_path: Path) -> None:
    path = written(tmp_path, BOX + RINGS.replace("# mesh name: rings\n", "# mesh name : rings\n"))
    found = kept_dumps(keep_dumps(path, read_dumps(path, BINS)))
    assert [(item.mesh, item.quantity, item.unit, item.axes) for item in found] == [
        ("box", "Dose", "Gy", ("X", "Y", "Z")),
        ("rings", "Flux", "", ("R", "PHI", "Z")),
    ]
    assert found[0].sums.tolist() == [[[1.5e-9, 2, 3], [4, 5, 6]]]
    assert found[1].sums.tolist() == [[[1, 3]], [[2, 4]]]


def test_a_mesh_is_named_once_for_all_its_quantities(tmp_path: Path) -> None:
    second = BOX.replace("# mesh name: box\n", "").replace("Dose", "Energy")
    found = read_dumps(written(tmp_path, f"{BOX}\n{second}"), BINS)
    assert [(item.mesh, item.quantity) for item in found] == [("box", "Dose"), ("box", "Energy")]


@pytest.mark.parametrize(
    "end",
    [
        "name: Flux\n", "# iZ, iPHI", "entry\n", "\n0,0,0,1,1,1\n", "\n1,0,1", "\n1,0,1,4",
        "\n1,0,1,4,16", "\n1,0,1,4,16,", "\n1,",
    ],
)  # fmt: skip
def test_a_file_that_breaks_off_is_no_result(tmp_path: Path, end: str) -> None:
    text = BOX + RINGS[: RINGS.index(end) + len(end)]
    with pytest.raises(SimulationFailed, match="not written to its end"):
        read_dumps(written(tmp_path, text), BINS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no results"),
        ("0,0,0,1,1,1\n", "holds no results"),
        (BOX.replace("box", "sphere"), "makes no mesh 'sphere'"),
        (BOX.replace("iX", "iR"), "makes no mesh 'box'"),
        (BOX.replace("0,1,2,6", "0,2,2,6"), "outside of mesh 'box'"),
        (BOX.replace("0,1,2,6", "0,-1,2,6"), "outside of mesh 'box'"),
        (BOX.replace("0,1,2,6", "0,1,2,nan"), "1 of 6 bins are missing"),
        (BOX.replace("0,1,2,6", "0,1,2,six"), "not written to its end"),
        (BOX.replace("0,1,2,6", "0,1,99999999999,6"), "not written to its end"),
    ],
)
def test_what_can_not_be_used_is_said(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SimulationFailed, match=reason):
        read_dumps(written(tmp_path, text), BINS)


def test_a_text_that_was_kept_as_it_is_can_be_merged_too(tmp_path: Path) -> None:
    path = written(tmp_path, BOX)
    made = {"box": Mesh(False, size=[1, 1, 1], bins=BINS["box"])}
    assert find_tables(tmp_path, "a/dump.txt") == path
    from_text = read_tables(path, 2, made, (0, 0, 0))
    kept = keep_dumps(path, read_dumps(path, BINS))
    assert find_tables(tmp_path, "dump.txt") == kept
    (page,) = read_tables(kept, 2, made, (0, 0, 0)).pages
    assert (
        page.values.tolist() == from_text.pages[0].values.tolist() == [7.5e-10, 2, 1, 2.5, 1.5, 3]
    )
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(SimulationFailed, match="can't be read"):
        read_tables(kept, 2, made, (0, 0, 0))


def test_a_mesh_that_is_not_the_macro_s_any_more_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, BOX)
    kept = keep_dumps(path, read_dumps(path, BINS))
    with pytest.raises(SimulationFailed, match="makes no mesh 'box'"):
        read_tables(kept, 1, {"box": Mesh(False, size=[1, 1, 1], bins=BINS["rings"])}, (0, 0, 0))


@pytest.mark.parametrize("places", [1, 2])
def test_a_probe_is_a_cube_at_each_of_its_places(tmp_path: Path, places: int) -> None:
    lines = ["/score/create/probe p 5 mm", *["/score/probe/locate 1 2 3 cm"] * places]
    macro = "\n".join([*lines, "/score/close", "/run/beamOn 5"]).encode()
    made = meshes({"g.gdml": b"", "a.mac": macro})
    assert (made["p"].size, made["p"].bins["X"]) == ([0.5, 0.5, 0.5], places)
    head = BOX.replace("box", "p").splitlines()[:3]
    rows = [f"{place},0,0,{place + 1},1,1" for place in range(places)]
    path = written(tmp_path, "\n".join([*head, *rows, ""]))
    (page,) = read_tables(condensed(path, made), 1, made, (0, 0, 0)).pages
    assert page.values.tolist() == [1.0, 2.0][:places]
    assert len(page.axes) == places - 1
