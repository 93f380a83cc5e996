"""One scene means the same to all simulators: what each is told is read back from its own input.

The readers follow the manuals of the simulators, as docs/one-scene-five-simulators.md lists them.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.shieldhit.simulator import ShieldHit
from adapters.simulators.topas.simulator import Topas
from domain.errors import Unsupported
from tests.unit.adapters.simulators.projects import Json, output, water_box
from tests.unit.adapters.simulators.topas.test_topas_cases import turned

NOWHERE = Path("/nowhere")
FWHM = 2 * math.sqrt(2 * math.log(2))
AMU, PROTON, MUON, ALPHA = 931.494, 938.272, 105.658, 3727.379
MIDDLE = np.array([1.0, -2.0, 3.0])
"""Of the world: not where the scene counts from."""


@dataclass
class Told:
    """What a simulator is told of a beam: MeV of the whole particle, cm, axes as columns."""

    energy: float
    spread: float
    position: Any
    axes: Any
    shape: str
    sizes: tuple[float, float]


def scene(**beam: Any) -> Json:
    made = water_box(position=MIDDLE.tolist(), **beam)
    for shape in (
        made["figureManager"]["figures"][0]["geometryData"],
        made["zoneManager"]["worldZone"]["geometryData"],
        made["detectorManager"]["detectors"][0]["geometryData"],
    ):
        shape["position"] = MIDDLE.tolist()
    made["scoringManager"]["outputs"] = [output("depth", "mesh", "Dose")]
    return made


def text(simulator: Any, project: Json, name: str) -> str:
    return str(simulator.convert(project).files[name].decode())


def about_y_then_z(polar: float, azimuth: float) -> Any:
    """Return the rotation by a polar angle about y and then by an azimuth about z, in degrees."""
    (cp, sp), (ca, sa) = (
        (math.cos(angle), math.sin(angle)) for angle in np.radians([polar, azimuth])
    )
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    return np.array([[ca, -sa, 0], [sa, ca, 0], [0, 0, 1]]) @ about_y


def shieldhit(project: Json) -> Told:
    lines = text(ShieldHit(NOWHERE), project, "beam.dat").split("\n")
    rows = {line.split()[0]: line.split("!")[0].split()[1:] for line in lines if line}
    energy, spread = map(float, rows["TMAX0"])
    nucleons = int(rows["HIPROJ"][0]) if "HIPROJ" in rows else {"24": 4}.get(rows["JPART0"][0], 1)
    x, y = map(float, rows["BEAMSIGMA"])
    shape, sizes = "gauss", (x, y)
    if x < 0 and y < 0:
        shape, sizes = "square", (-x, -y)
    elif y < 0:
        shape, sizes = "circle", (-y, -y)
    axes = about_y_then_z(*map(float, rows["BEAMDIR"]))
    place = np.array([float(value) for value in rows["BEAMPOS"]])
    return Told(energy * nucleons, spread * nucleons, place, axes, shape, sizes)


MASSES = {"PROTON": PROTON, "MUON+": MUON, "4-HELIUM": ALPHA, "HEAVYION": AMU}


def fluka(project: Json) -> Told:
    lines = [line.ljust(80) for line in text(Fluka(NOWHERE), project, "fl_sim.inp").split("\n")]

    def fields(card: str) -> list[float]:
        (found,) = [line for line in lines if line.split(" ")[0] == card]
        return [float(found[at : at + 10].strip() or 0) for at in range(10, 70, 10)]

    (beam,) = [line for line in lines if line.startswith("BEAM ")]
    kind = beam[70:].strip()
    energy, momentum_width, _, x, y, form = fields("BEAM")
    nucleons = fields("HI-PROPE")[1] if kind == "HEAVYION" else 1
    kinetic, mass = -energy * 1000, MASSES[kind]
    momentum = math.sqrt(kinetic**2 + 2 * kinetic * mass)
    spread = -momentum_width * 1000 / FWHM * momentum / (kinetic + mass)
    shape, sizes = "square", (x / 2, y / 2)
    if form < 0:
        gauss = x < 0
        shape = "gauss" if gauss else "circle"
        sizes = (-x / FWHM, -y / FWHM) if gauss else (x, x)
    place = fields("BEAMPOS")
    (position,) = [line for line in lines if line.startswith("BEAMPOS ")]
    axes = np.eye(3)
    if any(line.startswith("BEAMAXES") for line in lines):
        values = fields("BEAMAXES")
        x_axis, z_axis = np.array(values[:3]), np.array(values[3:])
        axes = np.stack([x_axis, np.cross(z_axis, x_axis), z_axis], axis=1)
    elif "NEGATIVE" in position:
        axes = np.diag([1.0, -1.0, -1.0])
    return Told(
        kinetic * nucleons, spread * nucleons, np.array(place[:3]), axes, shape, sizes
    )  # fmt: skip


def topas(project: Json) -> Told:
    made = text(Topas(NOWHERE), project, "topas_sim.txt")
    found = dict(re.findall(r"^[a-z]+:(\S+) = (.*)$", made, re.MULTILINE))

    def value(name: str) -> float:
        return float(found[name].split()[0])

    energy = value("So/Beam/BeamEnergy")
    shape, words = "gauss", "Spread"
    if found["So/Beam/BeamPositionDistribution"] == '"Flat"':
        words = "Cutoff"
        shape = {'"Rectangle"': "square"}.get(found["So/Beam/BeamPositionCutoffShape"], "circle")
    sizes = value(f"So/Beam/BeamPosition{words}X"), value(f"So/Beam/BeamPosition{words}Y")
    place = np.array([value(f"Ge/BeamPosition/Trans{axis}") for axis in "XYZ"])
    spread = energy * value("So/Beam/BeamEnergySpread") / 100
    return Told(energy, spread, place + MIDDLE, turned(found), shape, sizes)


def geant4(project: Json) -> Told:
    lines = text(Geant4(), project, "run.mac").split("\n")
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("/gps")}

    def vector(name: str, default: list[float]) -> Any:
        return np.array([float(value) for value in rows.get(f"/gps/{name}", default)[:3]])

    direction = vector("direction", [])
    x, y = vector("pos/rot1", [1, 0, 0]), vector("pos/rot2", [0, 1, 0])
    assert abs(np.cross(x, y) @ direction) == pytest.approx(np.linalg.norm(direction))
    shape, words = "gauss", ("sigma_x", "sigma_y")
    if rows["/gps/pos/type"] == ["Plane"]:
        square = rows["/gps/pos/shape"] == ["Rectangle"]
        shape, words = ("square", ("halfx", "halfy")) if square else ("circle", ("radius",) * 2)
    sizes = [float(rows[f"/gps/pos/{word}"][0]) for word in words]
    energy, spread = (float(rows[f"/gps/ene/{word}"][0]) for word in ("mono", "sigma"))
    axes = np.stack([x, y, direction / np.linalg.norm(direction)], axis=1)
    place = vector("position", []) + MIDDLE
    return Told(energy, spread, place, axes, shape, (sizes[0], sizes[1]))


READERS: dict[str, Callable[[Json], Told]] = {
    "shieldhit": shieldhit, "fluka": fluka, "topas": topas, "geant4": geant4,
}  # fmt: skip
SHAPES = {"Gaussian": "gauss", "Flat square": "square", "Flat circular": "circle"}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(
    "direction",
    [(0, 0, 1), (0, 0, -1), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (1, 2, -2), (-3, 1, 0.5)],
)
def test_spots_have_their_sizes_and_lie_by_one_rule(
    reader: str, kind: str, direction: tuple[float, float, float]
) -> None:
    project = scene(direction=list(direction), sigma={"type": kind, "x": 0.5, "y": 1.25})
    told = READERS[reader](project)
    assert told.position == pytest.approx(MIDDLE)
    sizes = (1.25, 1.25) if kind == "Flat circular" else (0.5, 1.25)
    assert (told.shape, told.sizes) == (SHAPES[kind], pytest.approx(sizes, rel=1e-6))
    unit = np.array(direction) / np.linalg.norm(direction)
    assert told.axes[:, 2] == pytest.approx(unit, abs=1e-6)
    # Turned by the polar angle about y, then by the azimuth about z; either end of an axis will do.
    polar, azimuth = math.acos(unit[2]), math.atan2(unit[1], unit[0])
    expected = about_y_then_z(*np.degrees([polar, azimuth]))
    if kind != "Flat circular":
        for axis in (0, 1):
            assert abs(told.axes[:, axis] @ expected[:, axis]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("beam", "energy", "spread"),
    [
        ({"energy": 150, "energySpread": 1.5}, 150, 1.5),
        ({"energy": 90, "particle": {"id": 16, "name": "Muon"}, "energySpread": 2}, 90, 2),
        (
            {"energy": 100, "particle": {"id": 24, "name": "He"}, "energyUnit": "MeV/nucl",
             "energySpread": 1},
            400, 4,
        ),
        (
            {"energy": 100, "particle": {"id": 25, "a": 12, "z": 6}, "energyUnit": "MeV/nucl",
             "energySpread": 0.5},
            1200, 6,
        ),
        (
            {"energy": 1200, "particle": {"id": 25, "a": 12, "z": 6}, "energyUnit": "MeV",
             "energySpread": 6, "energyHighCutoff": 12000},
            1200, 6,
        ),
    ],
)  # fmt: skip
def test_energies_are_those_of_the_whole_particle(
    reader: str, beam: Json, energy: float, spread: float
) -> None:
    sizes = {"type": "Gaussian", "x": 0.5, "y": 0.5}
    told = READERS[reader](scene(sigma=sizes, **beam))
    assert told.energy == pytest.approx(energy, rel=1e-5)
    assert told.spread == pytest.approx(spread, rel=1e-4)


def test_mcsquare_is_told_the_same_of_protons() -> None:
    beam = {"energy": 150, "energySpread": 1.5, "sigma": {"type": "Gaussian", "x": 0.3, "y": 0.3}}
    files = McSquare(NOWHERE).convert(scene(**beam)).files
    assert "####Energy (MeV)\n150\n" in files["plan.txt"].decode()
    row = files["bdl.txt"].decode().split("\n")
    head = next(line for line in row if line.startswith("NominalEnergy")).split()
    values = dict(
        zip(head, next(line for line in row if line.startswith("151")).split(), strict=True)
    )
    # Per cent of the energy, and mm.
    assert float(values["EnergySpread"]) == pytest.approx(1.0)
    assert [float(values[f"SpotSize1{axis}"]) for axis in "xy"] == [3.0, 3.0]


def water_at(**changes: Any) -> Json:
    project = scene(sigma={"type": "Gaussian", "x": 0.5, "y": 0.5})
    project["zoneManager"]["zones"][0].update(changes)
    return project


def fluka_water(project: Json) -> tuple[float, float]:
    lines = text(Fluka(NOWHERE), project, "fl_sim.inp").split("\n")
    (material,) = [line for line in lines if line.startswith("MATERIAL ")]
    (properties,) = [line for line in lines if line.startswith("MAT-PROP")]
    return float(material[30:40]), float(properties[30:40])


def topas_water(project: Json) -> tuple[float, float]:
    made = text(Topas(NOWHERE), project, "topas_sim.txt")
    density = re.search(r"Density = (\S+) g/cm3", made)
    energy = re.search(r"MeanExcitationEnergy = (\S+) eV", made)
    assert density is not None and energy is not None
    return float(density[1]), float(energy[1])


def geant4_water(project: Json) -> tuple[float, float]:
    root = ElementTree.fromstring(text(Geant4(), project, "geometry.gdml"))
    (made,) = root.iter("material")
    values = {item.tag: float(item.get("value", "nan")) for item in made}
    return values["D"], values["MEE"]


WATERS: list[tuple[Callable[[Json], tuple[float, float]], float]] = [
    (fluka_water, 75.0), (topas_water, 78.0), (geant4_water, 78.0),
]  # fmt: skip


@pytest.mark.parametrize(("water", "own"), WATERS)
def test_a_density_changes_the_density_alone(
    water: Callable[[Json], tuple[float, float]], own: float
) -> None:
    found = water(water_at(materialPropertiesOverrides={"density": 0.9}))
    assert found == (0.9, own), "the mean excitation energy stays that of water"
    changed = {"density": 0.9, "averageIonisationPotential": 67.2}
    assert water(water_at(materialPropertiesOverrides=changed)) == (0.9, 67.2)


@pytest.mark.parametrize("simulator", [ShieldHit(NOWHERE), McSquare(NOWHERE)])
def test_who_takes_no_potential_refuses_it_by_name(simulator: Any) -> None:
    project = water_at(materialPropertiesOverrides={"averageIonisationPotential": 67.2})
    with pytest.raises(Unsupported) as refused:
        simulator.convert(project)
    assert refused.value.field.endswith("averageIonisationPotential")
    assert simulator.title in refused.value.message


def test_the_density_of_the_material_manager_counts_everywhere() -> None:
    project = scene(sigma={"type": "Gaussian", "x": 0.5, "y": 0.5})
    project["materialManager"]["materials"][0]["density"] = 0.8
    assert "MEDIUM 1\nICRU 276\nRHO 0.8\n" in text(ShieldHit(NOWHERE), project, "mat.dat")
    assert [water(project)[0] for water, _ in WATERS] == [0.8] * 3
    numbers = McSquare(NOWHERE).convert(project).files["density.txt"].decode().split()
    assert "0.8" in numbers


@pytest.mark.parametrize(
    "simulator", [ShieldHit(NOWHERE), Fluka(NOWHERE), Topas(NOWHERE), Geant4()]
)
@pytest.mark.parametrize(
    ("beam", "field"),
    [
        ({"position": [0, 0, -50]}, "beam.position"),
        ({"energyHighCutoff": 60}, "beam.energyHighCutoff"),
        ({"energyLowCutoff": 80}, "beam.energyLowCutoff"),
    ],
)
def test_beams_that_no_particle_would_come_from_are_refused(
    simulator: Any, beam: Json, field: str
) -> None:
    with pytest.raises(Unsupported) as refused:
        simulator.convert(json.loads(json.dumps(water_box(**beam))), skip_unsupported=True)
    assert refused.value.field == field
    assert simulator.title in refused.value.message or field != "beam.position"
