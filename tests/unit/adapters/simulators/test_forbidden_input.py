"""Files of users reach no shell and nothing outside of their folder, whatever simulator reads them."""

from pathlib import Path

import pytest

from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.topas.simulator import Topas
from domain.errors import InvalidInput

GDML = b'<!DOCTYPE gdml [<!ENTITY m SYSTEM "materials.xml">]><gdml/>'


def geant4(line: str, gdml: bytes = GDML) -> dict[str, bytes]:
    macro = f"/control/verbose 2\n{line}\n/run/beamOn 5\n/score/dumpQuantityToFile m q out.txt\n"
    return {"a.mac": macro.encode(), "g.gdml": gdml}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/control/shell rm -rf .", r"/control/shell is not run here: a\.mac line 2"),
        ("  /Control/SHELL ls", "is not run here"),
        ("/control/{x} ls", "made of aliases"),
        ("/control/execute ../other.mac", "must be plain"),
        ("/control/loop /etc/x.mac i 1 2", "must be plain"),
        ("/control/execute notes.txt", r"needs a file \.mac"),
        ("/control/macroPath /home", "must be plain"),
        ("/score/dumpQuantityToFile m q ../x.txt", "leave its own"),
        ("/score/dumpAllQuantitiesToFile m /x.txt", "leave its own"),
    ],
)
def test_macros(line: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        Geant4().total_primaries(geant4(line))


def test_shells_are_found_in_macros_that_are_executed() -> None:
    files = {**geant4("/control/execute b.mac"), "b.mac": b"# fine\n/control/shell ls\n"}
    with pytest.raises(InvalidInput, match=r"b\.mac line 2"):
        Geant4().total_primaries(files)


@pytest.mark.parametrize(
    "gdml",
    [
        b'<!DOCTYPE gdml [<!ENTITY m SYSTEM "file:///etc/passwd">]><gdml/>',
        '<!DOCTYPE gdml [<!ENTITY m SYSTEM "../x">]><gdml/>'.encode("utf-16"),
        b"<gdml><volume><file  name='../x.gdml'/></volume></gdml>",
    ],
)
def test_geometries(gdml: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"g\.gdml"):
        Geant4().total_primaries(geant4("", gdml))


@pytest.mark.parametrize(
    "line", ["", "/control/execute ./b.mac", "# /control/shell ls", "/gps/pos/type Point # /x/y"]
)
def test_what_stays_in_its_folder_is_taken(line: str) -> None:
    assert Geant4().total_primaries(geant4(line)) == 5


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("includeFile = /etc/passwd", "includeFile"),
        ("includeFile = b.txt ../c.txt", "includeFile"),
        ('s:Sc/Mine/OutputFile = "../x"', "Sc/Mine/OutputFile"),
        ('s:So/A/PhaseSpaceFileName = "/data/x"', "So/A/PhaseSpaceFileName"),
    ],
)
def test_parameter_files(line: str, field: str) -> None:
    text = f"i:So/A/NumberOfHistoriesInRun = 5\n{line}\n"
    with pytest.raises(InvalidInput, match="plain file name") as refused:
        Topas(Path("/none")).total_primaries({"a.txt": text.encode()})
    assert refused.value.field.startswith(field)


@pytest.mark.parametrize("name", ["/etc/passwd", "../spectrum.dat"])
def test_cards(name: str) -> None:
    text = f"TITLE\nx\nOPEN              47.\n{name}\nSTART           10.0\nSTOP\n"
    with pytest.raises(InvalidInput, match="OPEN"):
        Fluka(Path("/none")).total_primaries({"a.inp": text.encode()})
    plain = text.replace(name, "spectrum.dat")
    assert Fluka(Path("/none")).total_primaries({"a.inp": plain.encode()}) == 10
