"""What users tried with TOPAS, and what its parameters and results must be.

Expected values are those of its manual (sources, materials, scoring, parameter files) and of the
project itself.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.simulators.topas.merge import find_file, scored_files
from adapters.simulators.topas.parameters import ParameterFiles
from adapters.simulators.topas.simulator import Topas
from application.ports.simulator import InputFiles, TaskOutput
from domain.errors import InvalidInput, Unsupported
from tests.simulator_stand_ins.installing import install
from tests.unit.adapters.simulators.cases import case, case_files
from tests.unit.adapters.simulators.projects import Json, output, set_path, water_box
from tests.unit.adapters.simulators.stand_in_runs import merged

SIMULATOR = Topas(Path("/nowhere"))


def parameters(project: Json) -> dict[str, str]:
    """Return the parameters of a project without their types."""
    made = SIMULATOR.convert(project, skip_unsupported=True).files["topas_sim.txt"].decode()
    return dict(re.findall(r"^[a-z]+:(\S+) = (.*)$", made, re.MULTILINE))


def cutoffs(found: dict[str, str]) -> list[str]:
    return [found[f"So/Beam/BeamPositionCutoff{axis}"] for axis in "XY"]


def test_a_flat_square_is_told_by_its_half_sides() -> None:
    found = parameters(case("conversion/03"))
    assert found["So/Beam/BeamPositionCutoffShape"] == '"Rectangle"'
    assert cutoffs(found) == ["1.0 cm", "2.0 cm"]


def test_a_gaussian_is_told_by_its_deviations() -> None:
    found = parameters(case("conversion/21"))
    assert found["So/Beam/BeamPositionSpreadX"] == "0.5 cm"
    assert found["So/Beam/BeamPositionSpreadY"] == "0.3 cm"
    # 1.5 of 150 MeV, in per cent.
    assert found["So/Beam/BeamEnergySpread"] == "1.0"


def turned(found: dict[str, str]) -> Any:
    """Return the axes of the beam's component in the world as columns.

    TOPAS turns components about X, then Y, then Z of the frame that turns along with them, by
    angles that count the other way round (its manual, rotations).
    """
    made = np.eye(3)
    for axis in range(3):
        text = found.get(f"Ge/BeamPosition/Rot{'XYZ'[axis]}", "0 deg")
        angle = np.radians(float(text.split()[0]))
        cosine, sine = np.cos(angle), np.sin(angle)
        one, two = [index for index in range(3) if index != axis]
        turn = np.eye(3)
        turn[one, one] = turn[two, two] = cosine
        turn[one, two], turn[two, one] = (-sine, sine) if axis != 1 else (sine, -sine)
        made = turn @ made
    return made.T


@pytest.mark.parametrize("name", ["conversion/26", "conversion/25", "physics/conv_y_ellipse"])
def test_spots_are_turned_by_polar_angle_and_azimuth(name: str) -> None:
    project = case(name)
    x, y, z = project["beam"]["direction"]
    azimuth = np.arctan2(y, x)
    axes = turned(parameters(project))
    assert axes[:, 2] == pytest.approx([x, y, z], abs=1e-9)
    # Across z: the spot's x looks along -z, its y along the azimuth turned by 90 degrees.
    assert axes[:, 0] == pytest.approx([0, 0, -1], abs=1e-9)
    assert axes[:, 1] == pytest.approx([-np.sin(azimuth), np.cos(azimuth), 0], abs=1e-9)


def test_axes_are_those_of_the_scene(tmp_path: Path) -> None:
    install("topas", tmp_path / "bin")
    simulator = Topas(tmp_path / "bin")
    project = case("conversion/04")
    files = simulator.convert(project).files
    (found,) = merged(simulator, files, tmp_path, tmp_path / "kept")
    depth = next(axis for axis in found.pages[0].axes if axis.name == "Position (Z)")
    # Bins of a cylinder from 0 to 20 cm, whatever the middle of the world is.
    count = len(depth.values)
    half = 20 / count / 2
    assert (depth.values[0], depth.values[-1]) == pytest.approx((half, 20 - half))


def test_densities_and_ionisation_potentials_make_materials() -> None:
    found = parameters(case("conversion/18"))
    assert found["Ma/Own0/Density"] == "1.25 g/cm3"
    assert found["Ma/Own0/MeanExcitationEnergy"] == "80.0 eV"
    found = parameters(case("physics/conv_matdens"))
    assert found["Ma/Own0/Density"] == "0.5 g/cm3"
    # What Geant4 gives to G4_WATER, and keeps for no other density by itself.
    assert found["Ma/Own0/MeanExcitationEnergy"] == "78.0 eV"


def test_air_that_old_projects_give_no_density_is_air() -> None:
    project = water_box()
    project["materialManager"]["materials"][1].update(icru=104, name="AIR", density=1)
    assert parameters(project)["Ge/World/Material"] == '"G4_AIR"'


def test_unused_filters_and_detectors_stop_nothing() -> None:
    for name in ("conversion/13", "conversion/15"):
        assert parameters(case(name))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("conversion/05", "zoneManager.zones[0]"),
        ("conversion/10", "scoringManager.outputs[0].quantities[0]"),
        ("conversion/16", "beam.position"),
        ("geant4/energy_above_high_cutoff", "beam.energyHighCutoff"),
    ],
)
def test_what_topas_lacks_is_refused_by_name(name: str, field: str) -> None:
    with pytest.raises(Unsupported, match="TOPAS") as refused:
        SIMULATOR.convert(case(name))
    assert refused.value.field == field


def test_the_ending_is_added_even_where_it_stands(tmp_path: Path) -> None:
    files = case_files("01-")
    assert scored_files(ParameterFiles(files)) == ["depth_dose.csv.csv"]
    written = tmp_path / "depth_dose.csv.csv"
    written.touch()
    assert find_file(TaskOutput(tmp_path, 10), "depth_dose.csv.csv") == written


def test_parameters_without_a_type_count() -> None:
    files = case_files("02-")
    assert SIMULATOR.total_primaries(files) == 1000
    own = SIMULATOR.task_files(files, 40, 3)
    assert own["beamline.txt"] == files["beamline.txt"]
    lines = own["run.txt"].decode().split("\n")
    assert "So/Ray/NumberOfHistoriesInRun = 40" in lines
    assert "Ts/Seed = 3" in lines
    assert not any(line.startswith("i:Ts/Seed") for line in lines)


def test_no_output_leaves_the_folder_by_a_parameter_without_a_type() -> None:
    with pytest.raises(InvalidInput) as refused:
        SIMULATOR.total_primaries(case_files("02b-"))
    assert refused.value.field.startswith("Sc/Depth/OutputFile")


SOURCE = 's:So/R/Type = "Beam"\ns:Sc/D/Quantity = "DoseToMedium"\n'


def chain(**texts: str) -> InputFiles:
    return {f"{name}.txt": text.encode() for name, text in texts.items()}


def test_what_includes_counts_before_what_is_included() -> None:
    files = chain(
        run='includeFile = middle.txt\nb:Ts/PauseBeforeQuit = "False"\n',
        middle="includeFile = base.txt\nSo/R/NumberOfHistoriesInRun = 50\n",
        base=f"{SOURCE}i:So/R/NumberOfHistoriesInRun = 900\ni:Ts/Seed = 1\n",
    )
    assert SIMULATOR.total_primaries(files) == 50
    own = SIMULATOR.task_files(files, 7, 4)
    assert b"So/R/NumberOfHistoriesInRun = 7\n" in own["middle.txt"]
    assert b"= 900\n" in own["base.txt"]
    assert b"i:Ts/Seed = 4\n" in own["base.txt"]


def test_files_that_nothing_includes_count_for_nothing() -> None:
    files = chain(
        run=f"includeFile = base.txt\n{SOURCE}", base="i:So/R/NumberOfHistoriesInRun = 9\n"
    )
    notes = {**files, "notes.txt": b"remember: So/R is the beam\n"}
    assert SIMULATOR.total_primaries(notes) == 9


def test_values_that_two_files_give_differently_are_shown() -> None:
    files = chain(
        run=f"includeFile = one.txt two.txt\n{SOURCE}",
        one="i:So/R/NumberOfHistoriesInRun = 1\n",
        two="i:So/R/NumberOfHistoriesInRun = 2\n",
    )
    with pytest.raises(InvalidInput, match="more than once"):
        SIMULATOR.total_primaries(files)


@pytest.mark.parametrize(
    ("lines", "scored"),
    [
        (['s:Sc/D/Quantity = "DoseToMedium"'], True),
        (['Sc/D/Quantity = "DoseToMedium"'], True),
        (['s:Sc/D/Quantity = "PhaseSpace"', 's:Sc/D/OutputType = "ASCII"'], False),
        (['s:Sc/D/Quantity = "DoseToMedium"', 'sv:Sc/D/Report = 1 "Max"'], False),
        ([], False),
    ],
)
def test_files_that_score_nothing_readable_are_refused(lines: list[str], scored: bool) -> None:
    files = chain(run="\n".join(["i:So/R/NumberOfHistoriesInRun = 9", *lines]))
    if scored:
        SIMULATOR.check_scored(files)
        return
    with pytest.raises(InvalidInput):
        SIMULATOR.check_scored(files)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_texts_of_any_kind_come_back_as_they_were(encoding: str, ending: str) -> None:
    text = "# d\u00e9p\u00f4t \u0085 i:Ts/Seed = 8\ni:So/R/NumberOfHistoriesInRun = 90\n"
    content = (text + SOURCE).replace("\n", ending).encode(encoding)
    own = SIMULATOR.task_files({"run.txt": content}, 40, 5)["run.txt"]
    changed = content.replace(b"= 90", b"= 40")
    assert own == changed + f"i:Ts/Seed = 5{ending}".encode()


def test_zones_are_refused_by_name() -> None:
    project = water_box()
    project["scoringManager"]["outputs"] = [output("z", "zone", "Dose")]
    with pytest.raises(Unsupported, match="Zone"):
        SIMULATOR.convert(project)


@pytest.mark.parametrize(
    ("operator", "kinds"), [("equal", '1 "neutral"'), ("not_equal", '2 "positive" "negative"')]
)
def test_charge_is_a_filter(operator: str, kinds: str) -> None:
    project = water_box()
    rule = {"keyword": "Z", "operator": operator, "value": 0}
    project["scoringManager"]["filters"] = [{"uuid": "f", "name": "n", "rules": [rule]}]
    project = set_path(project, "scoringManager.outputs.0.quantities.0.filter", "f")
    found = {name.split("/")[-1]: value for name, value in parameters(project).items()}
    assert found["OnlyIncludeParticlesCharged"] == kinds


def test_a_spectrum_has_bins_of_energy_and_is_per_mev(tmp_path: Path) -> None:
    install("topas", tmp_path / "bin")
    simulator = Topas(tmp_path / "bin")
    bins = {"diffType": "E", "lowerLimit": 10, "upperLimit": 60, "binsNumber": 20}
    project = water_box()
    whole = {"keyword": "Fluence", "name": "whole"}
    spectrum = {"keyword": "Fluence", "name": "spectrum", "modifiers": [bins]}
    project["scoringManager"]["outputs"] = [
        {"name": "o", "detectorUuid": "rings", "quantities": [whole, spectrum]}
    ]
    (found,) = merged(simulator, simulator.convert(project).files, tmp_path, tmp_path / "kept")
    fluence, differential = found.pages
    assert [axis.name for axis in differential.axes] == ["Radius (R)", "Kinetic energy"]
    energies = differential.axes[1]
    assert (energies.unit, energies.values[0], energies.values[-1]) == ("MeV", 11.25, 58.75)
    assert (fluence.unit, differential.unit) == ("/mm2", "/mm2/MeV")
    # The stand-in puts the whole into each bin, which is 2.5 MeV wide.
    first = np.reshape(differential.values, (-1, 4))[0]
    assert first == pytest.approx(np.array(fluence.values) / 2.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"isLog": True, "lowerLimit": 1}, "linear bins"),
        ({"diffType": "ANGLE"}, "over E"),
        ({"binsNumber": 1}, "binsNumber"),
        ({"lowerLimit": 60}, "lowerLimit"),
    ],
)
def test_spectra_that_topas_lacks_are_refused(change: Json, said: str) -> None:
    bins = {"diffType": "E", "lowerLimit": 0, "upperLimit": 60, "binsNumber": 20, **change}
    project = water_box()
    path = "scoringManager.outputs.0.quantities.0.modifiers"
    with pytest.raises(Unsupported, match=said):
        SIMULATOR.convert(set_path(project, path, [bins]))


def test_a_rule_on_the_number_of_a_particle_is_a_filter_for_its_kind() -> None:
    project = water_box()
    rule = {"keyword": "ID", "operator": "equal", "value": 24}
    project["scoringManager"]["filters"] = [{"uuid": "f", "name": "n", "rules": [rule]}]
    project = set_path(project, "scoringManager.outputs.0.quantities.0.filter", "f")
    found = {name.split("/")[-1]: value for name, value in parameters(project).items()}
    assert found["OnlyIncludeParticlesNamed"] == '1 "alpha"'
