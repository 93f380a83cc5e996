"""The particles that the editor offers, by its numbers, as each simulator calls them.

Expected names are those of FLUKA's manual (section 5.1), of Geant4, which TOPAS takes over, and
SHIELD-HIT12A's numbers as pymchelper lists them.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from pymchelper.shieldhit.particle import SHParticleType

from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.shieldhit.simulator import ShieldHit
from adapters.simulators.topas.simulator import Topas
from domain.errors import Unsupported
from tests.locations import ROOT
from tests.unit.adapters.simulators.projects import Json

LEAD = ROOT / "examples" / "proton_beam_lead_collimator.json"
DRAWN = ROOT / "examples" / "proton_pencil_beam_in_water.geant4.json"
ELECTRONS = ROOT / "tests" / "data" / "frontend" / "electron_beam_lead_collimator.json"
NOWHERE = Path("/nowhere")
SH = SHParticleType

COMMON = [
    (1, "Neutron", SH.neutron, "NEUTRON", "neutron"),
    (2, "Proton", SH.proton, "PROTON", "proton"),
    (3, "Pion π-", SH.pi_minus, "PION-", "pi-"),
    (4, "Pion π+", SH.pi_plus, "PION+", "pi+"),
    (7, "Anti-proton", SH.anti_proton, "APROTON", "anti_proton"),
    (8, "Kaon κ-", SH.kaon_minus, "KAON-", "kaon-"),
    (9, "Kaon κ+", SH.kaon_plus, "KAON+", "kaon+"),
    (10, "Kaon κ0", SH.kaon_zero, "KAONZERO", "kaon0"),
    (11, "Kaon κ~", SH.kaon_tilde, "KAONLONG", "kaon0L"),
    (15, "Muon µ-", SH.muon_minus, "MUON-", "mu-"),
    (16, "Muon µ+", SH.muon_plus, "MUON+", "mu+"),
    (21, "Deuteron", SH.deuteron, "DEUTERON", "deuteron"),
    (22, "Triton", SH.triton, "TRITON", "triton"),
    (23, "Helium-3", SH.helium_3, "3-HELIUM", "He3"),
    (24, "Helium-4", SH.helium_4, "4-HELIUM", "alpha"),
]
"""What it offers for SHIELD-HIT12A and FLUKA: number, name, and what the simulators call it."""

OF_GEANT4_SCENES = [
    (1, "Neutron", "neutron", 1),
    (2, "Proton", "proton", 1),
    (3, "Photon", "gamma", 1),
    (4, "Electron", "e-", 1),
    (5, "Positron", "e+", 1),
    (6, "Alpha", "alpha", 4),
    (7, "Muon µ-", "mu-", 1),
    (8, "Muon µ+", "mu+", 1),
    (9, "Pion π-", "pi-", 1),
    (10, "Pion π+", "pi+", 1),
]
"""What it offers for Geant4, with the number of nucleons."""


def project(path: Path = LEAD, **beam: Any) -> Json:
    read: Json = json.loads(path.read_text())
    read["beam"] |= beam
    return read


def converted(simulator: Any, sent: Json, file: str) -> str:
    return str(simulator.convert(sent).files[file].decode())


def line(text: str, start: str) -> str:
    (found,) = [item for item in text.splitlines() if item.startswith(start)]
    return found


@pytest.mark.parametrize(("number", "name", "shieldhit", "fluka", "geant4"), COMMON)
def test_a_beam_of_each(number: int, name: str, shieldhit: int, fluka: str, geant4: str) -> None:
    # The editor may leave the numbers of the proton that was chosen before.
    sent = project(particle={"id": number, "name": name, "a": 1, "z": 1})
    beam_dat = converted(ShieldHit(NOWHERE), sent, "beam.dat")
    assert line(beam_dat, "JPART0").split()[1] == str(int(shieldhit))
    deck = converted(Fluka(NOWHERE), sent, "fl_sim.inp")
    assert line(deck, "BEAM ")[70:].strip() == fluka
    parameters = converted(Topas(NOWHERE), sent, "topas_sim.txt")
    assert line(parameters, "s:So/Beam/BeamParticle") == f's:So/Beam/BeamParticle = "{geant4}"'
    macro = converted(Geant4(), project(particle=sent["beam"]["particle"], **NARROW), "run.mac")
    assert line(macro, "/gps/particle") == f"/gps/particle {geant4}"


NARROW = {"divergence": {"x": 0, "y": 0, "distanceToFocal": 0}}
"""What Geant4 takes here."""


@pytest.mark.parametrize(("number", "name", "geant4", "nucleons"), OF_GEANT4_SCENES)
def test_a_beam_of_each_in_a_scene_for_geant4(
    number: int, name: str, geant4: str, nucleons: int
) -> None:
    sent = project(DRAWN, particle={"id": number, "name": name}, energy=10, energyUnit="MeV/nucl")
    macro = converted(Geant4(), sent, "run.mac")
    assert line(macro, "/gps/particle") == f"/gps/particle {geant4}"
    assert line(macro, "/gps/ene/mono") == f"/gps/ene/mono {10 * nucleons} MeV"


def test_carbon_has_a_number_of_its_own_there() -> None:
    sent = project(DRAWN, particle={"id": 11, "name": "12C"}, energy=100, energyUnit="MeV/nucl")
    macro = converted(Geant4(), sent, "run.mac")
    assert line(macro, "/gps/particle") == "/gps/particle ion"
    assert line(macro, "/gps/ion") == "/gps/ion 6 12 6 0"
    assert line(macro, "/gps/ene/mono") == "/gps/ene/mono 1200 MeV"


def test_photons_and_carbon_are_filtered_by_their_names_there() -> None:
    sent = project(DRAWN)
    kinds = [{"id": 3, "name": "Photon"}, {"id": 11, "name": "12C"}]
    sent["scoringManager"]["filters"][0]["data"]["particleTypes"] = kinds
    macro = converted(Geant4(), sent, "run.mac")
    name = sent["scoringManager"]["filters"][0]["name"]
    assert f"/score/filter/particle {name} gamma C12" in macro.splitlines()


def test_the_editors_own_example_of_an_electron_beam() -> None:
    sent = project(ELECTRONS)
    beam = line(converted(Fluka(NOWHERE), sent, "fl_sim.inp"), "BEAM ")
    assert (beam[10:20].strip(), beam[70:].strip()) == ("-0.01", "ELECTRON")
    assert '"e-"' in line(
        converted(Topas(NOWHERE), sent, "topas_sim.txt"), "s:So/Beam/BeamParticle "
    )
    assert line(converted(Geant4(), sent, "run.mac"), "/gps/particle") == "/gps/particle e-"


@pytest.mark.parametrize(
    ("simulator", "title"),
    [(ShieldHit(NOWHERE), "SHIELD-HIT12A"), (McSquare(NOWHERE), "MCsquare")],
)
def test_what_transports_no_electrons_refuses_them_by_name(simulator: Any, title: str) -> None:
    with pytest.raises(Unsupported) as refused:
        simulator.convert(project(ELECTRONS), skip_unsupported=True)
    assert refused.value.field == "beam.particle"
    assert title in refused.value.message
    assert "Electron" in refused.value.message


@pytest.mark.parametrize("number", [SH.gamma, SH.electron, SH.positron, SH.neutrino_e])
def test_shieldhit_starts_with_nothing_that_it_does_not_transport(number: int) -> None:
    with pytest.raises(Unsupported, match="SHIELD-HIT12A can't start with Odd"):
        ShieldHit(NOWHERE).convert(project(particle={"id": int(number), "name": "Odd"}))


def filtered(**particle: Any) -> Json:
    sent = project()
    scoring = sent["scoringManager"]
    scoring["filters"] = [{"uuid": "f", "name": "them", "particle": particle}]
    for output in scoring["outputs"]:
        output["quantities"] = [{"name": "n", "keyword": "Fluence", "filter": "f"}]
    return sent


@pytest.mark.parametrize(("number", "name", "shieldhit", "fluka", "geant4"), COMMON)
def test_a_filter_for_each(number: int, name: str, shieldhit: int, fluka: str, geant4: str) -> None:
    sent = filtered(id=number, name=name, a=1, z=1)
    rules = converted(ShieldHit(NOWHERE), sent, "detect.dat").split("Name them\n")[1]
    expected = NUCLEI.get(int(shieldhit), [f"ID == {int(shieldhit)}"])
    assert [" ".join(rule.split()) for rule in rules.split("\n\n")[0].splitlines()] == expected
    assert fluka in converted(Fluka(NOWHERE), sent, "fl_sim.inp")
    parameters = converted(Topas(NOWHERE), sent, "topas_sim.txt")
    assert f'OnlyIncludeParticlesNamed = 1 "{geant4}"' in parameters


NUCLEI = {
    1: ["Z == 0", "A == 1"],
    2: ["Z == 1", "A == 1"],
    21: ["Z == 1", "A == 2"],
    22: ["Z == 1", "A == 3"],
    23: ["Z == 2", "A == 3"],
    24: ["Z == 2", "A == 4"],
}


def test_a_filter_for_electrons_lets_no_protons_through() -> None:
    sent = filtered(id=26, name="Electron", a=1, z=1)
    with pytest.raises(Unsupported, match="which filter 'them' lacks"):
        ShieldHit(NOWHERE).convert(sent)
    assert "ELECTRON" in converted(Fluka(NOWHERE), sent, "fl_sim.inp")
    assert '= 1 "e-"' in converted(Topas(NOWHERE), sent, "topas_sim.txt")
