"""What the general particle source, the scorers and the materials of Geant4 must be told.

Expected values are those of Geant4 11.4: its manual (general particle source, command-based scoring,
GDML) and what the program itself answered when it ran these files.
"""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from adapters.simulators.geant4.macro_files import Macro
from adapters.simulators.geant4.simulator import Geant4, data_variables
from adapters.simulators.geant4.spectra import histograms, read_spectrum
from adapters.simulators.geant4.tables import meshes
from application.ports.simulator import TaskOutput
from domain.errors import InvalidInput, SimulationFailed, Unsupported
from tests.locations import TESTS
from tests.unit.adapters.simulators.cases import case
from tests.unit.adapters.simulators.projects import Json, set_path

SPECTRUM = TESTS / "data/simulators/geant4/spectrum/spectra_h1_fluxdiff_0.csv"


def macro(project: Json) -> list[str]:
    return Geant4().convert(project).files["run.mac"].decode().split("\n")


def material(project: Json, name: str) -> dict[str, str]:
    """Return what the geometry says of a material: its base, density, mean excitation energy."""
    root = ElementTree.fromstring(Geant4().convert(project).files["geometry.gdml"].decode())
    found = root.find(f".//material[@name='{name}']")
    assert found is not None, [item.get("name") for item in root.iter("material")]
    told = {item.tag: item.get("value", item.get("ref", "")) for item in found}
    assert found.find("MEE").get("unit") == "eV"  # type: ignore[union-attr]
    return told


def materials(project: Json) -> set[str | None]:
    root = ElementTree.fromstring(Geant4().convert(project).files["geometry.gdml"].decode())
    return {item.get("ref") for item in root.iter("materialref")}


def test_photons_and_carbon_of_a_scene_for_geant4_are_what_they_are_called() -> None:
    project = case("conversion/01")
    assert "/gps/particle gamma" in macro(project)
    carbon = {"id": 11, "name": "12C", "a": 12, "z": 6}
    lines = macro(
        set_path(set_path(project, "beam.particle", carbon), "beam.energyUnit", "MeV/nucl")
    )
    assert lines[lines.index("/gps/particle ion") + 1] == "/gps/ion 6 12 6 0"
    assert not any("geantino" in line for line in lines)
    assert "/gps/ene/mono 1200 MeV" in lines, "100 MeV for each of twelve nucleons"
    assert "/gps/ene/sigma 12 MeV" in lines


def test_a_flat_square_is_told_by_its_half_sides() -> None:
    lines = macro(case("conversion/03"))
    assert {"/gps/pos/halfx 1 cm", "/gps/pos/halfy 2 cm"} <= set(lines)


def test_spectra_of_kinetic_energy_fill_a_histogram_from_a_probe() -> None:
    lines = macro(case("conversion/07"))
    start = lines.index("/score/create/probe EntrySlab_probe 2.5 cm")
    assert lines[start + 1 : start + 5] == [
        "/score/probe/locate 0 0 -10.55 cm",
        "/score/quantity/cellFlux fluxdiff",
        "/score/filter/particle protonFilter proton",
        "/score/close",
    ]
    assert "/analysis/h1/create fluxdiff_0 fluxdiff_0 100 0 200 MeV none linear" in lines
    assert "/score/fill1D 0 EntrySlab_probe fluxdiff" in lines
    run = lines.index("/run/beamOn 1000")
    assert lines.index("/score/fill1D 0 EntrySlab_probe fluxdiff") < run
    written = ["/analysis/openFile spectra.csv", "/analysis/write", "/analysis/closeFile"]
    assert lines[-4:-1] == written and lines.index(written[0]) > run


def test_a_spectrum_is_fluence_per_energy_and_primary() -> None:
    """500 protons cross 4.5 mm of a cube of 1 cm3: a fluence of 0.45/cm2 for each of them."""
    files = Geant4().convert(case("conversion/07")).files
    histogram = histograms(Macro(files))["fluxdiff_0"]
    (page,) = read_spectrum(SPECTRUM, 500, histogram).pages
    (axis,) = page.axes
    assert (axis.unit, len(axis.values), axis.values[0], axis.values[-1]) == ("MeV", 100, 1, 199)
    assert np.sum(page.values) * 2 == pytest.approx(0.45)
    assert axis.values[int(np.argmax(page.values))] == pytest.approx(151, abs=1)
    assert page.unit == "/cm2/MeV/prim"
    # The largest bin was filled 1899 times with the same weight: its relative error is 1/sqrt(n).
    assert page.errors is not None
    largest = int(np.argmax(page.values))
    assert page.errors[largest] / page.values[largest] == pytest.approx(1899**-0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("told", "energies"),
    [
        ("MeV none linear", [1.0, 3.0]),
        ("GeV none linear", [1000.0, 3000.0]),
        ("MeV log10 linear", [(10**0 + 10**2) / 2, (10**2 + 10**4) / 2]),
    ],
)
def test_the_axis_of_a_spectrum_leads_back_to_energies(
    tmp_path: Path, told: str, energies: list[float]
) -> None:
    text = f"/analysis/h1/create h title 2 0 4 {told}\n/score/fill1D 0 p q\n/run/beamOn 1\n"
    histogram = histograms(Macro({"a.mac": text.encode()}))["h"]
    path = tmp_path / "any_h1_h.csv"
    rows = "".join(f"1,{weight},1,0,0\n" for weight in (7, 1, 2, 7))
    path.write_text(
        "#class tools::histo::h1d\n#title t\n#dimension 1\n#axis fixed 2 0 4\n#bin_number 4\n"
        f"entries,Sw,Sw2,Sxw0,Sx2w0\n{rows}"
    )
    (page,) = read_spectrum(path, 1, histogram).pages
    assert page.axes[0].values == pytest.approx(energies)
    widths = {1.0: 2.0, 1000.0: 2000.0}.get(energies[0], 99.0)
    assert page.values[0] == pytest.approx(100 / widths)
    path.write_text(path.read_text().replace("1,2,1,0,0\n", ""))
    with pytest.raises(SimulationFailed, match="not written to its end"):
        read_spectrum(path, 1, histogram)


def test_spectra_go_from_the_run_to_the_merge(tmp_path: Path) -> None:
    files = Geant4().convert(case("conversion/07")).files
    (tmp_path / "out").mkdir()
    for name, content in files.items():
        (tmp_path / "out" / name).write_bytes(content)
    # The application has emptied ours, and wrote its own before.
    kept = SPECTRUM.read_text().split("\n")
    (tmp_path / "out" / "app_h1_fluxdiff_0.csv").write_text(SPECTRUM.read_text())
    empty = [line if "," not in line or "Sw" in line else "0,0,0,0,0" for line in kept]
    (tmp_path / "out" / "spectra_h1_fluxdiff_0.csv").write_text("\n".join(empty))
    for mesh, bins in (("CylZ_Mesh", (1, 1, 400)), ("YZ_Mesh", (1, 80, 100))):
        names = "iZ, iPHI, iR" if mesh == "CylZ_Mesh" else "iX, iY, iZ"
        order = (bins[2], 1, 1) if mesh == "CylZ_Mesh" else bins
        rows = "".join(
            f"{a},{b},{c},1,1,1\n"
            for a in range(order[0]) for b in range(order[1]) for c in range(order[2])
        )  # fmt: skip
        for quantity in ("eDep", "fluence"):
            head = f"# mesh name: {mesh}\n# primitive scorer name: {quantity}\n# {names}, "
            text = f"{head}total(value) [MeV], total(val^2), entry\n{rows}"
            (tmp_path / "out" / f"{mesh}_{quantity}.txt").write_text(text)
    collected = Geant4().collect(tmp_path / "out", 0, "done")
    assert "app_h1_fluxdiff_0.csv" in {path.name for path in collected}
    found = Geant4().merge([TaskOutput(tmp_path / "out", 500)], files)
    page = found[2].pages[0]
    assert (page.name, sum(page.values) * 2) == ("fluxdiff", pytest.approx(0.45))


def test_an_application_that_can_not_fill_histograms_is_told_as_such(tmp_path: Path) -> None:
    log = "ERROR : G4TScoreHistFiller is not instantiated in this application.\n"
    with pytest.raises(SimulationFailed, match="application has no G4TScoreHistFiller"):
        Geant4().collect(tmp_path, 0, log + "***** Batch is interrupted!! *****\n")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("charged", "/score/filter/charged protonFilter"),
        ("neutral", "/score/filter/neutral protonFilter"),
        ("kineticEnergy", "/score/filter/kineticEnergy protonFilter 5 50 MeV"),
        ("particle", "/score/filter/particle protonFilter e- C12"),
        (
            "particleWithKineticEnergy",
            "/score/filter/particleWithKineticEnergy protonFilter 5 50 MeV e- C12",
        ),
    ],
)
def test_filters_of_a_scene_for_geant4(kind: str, expected: str) -> None:
    project = set_path(case("conversion/08"), "scoringManager.filters.0.filterType", kind)
    kinds = [{"id": 4, "name": "Electron"}, {"id": 11, "name": "12C", "a": 12, "z": 6}]
    set_path(project, "scoringManager.filters.0.data.particleTypes", kinds)
    assert expected in macro(project)


def rules(*told: tuple[str, str, float]) -> Json:
    made = [{"keyword": word, "operator": sign, "value": value} for word, sign, value in told]
    project = case("geant4/filter_particle_C12")
    return set_path(
        project, "scoringManager.filters.0", {"uuid": "fl-c", "name": "f", "rules": made}
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("E", ">=", 5), ("E", "<", 50)], "/score/filter/kineticEnergy f 5 50 MeV"),
        ([("E", "greater_than_or_equal", 5)], "/score/filter/kineticEnergy f 5 1000000000 MeV"),
        ([("Z", "==", 0)], "/score/filter/neutral f"),
        ([("Z", "not_equal", 0)], "/score/filter/charged f"),
        ([("Z", "equal", 6), ("A", "equal", 12)], "/score/filter/particle f C12"),
        (
            [("Z", "==", 1), ("A", "==", 1), ("E", "<", 9)],
            "/score/filter/particleWithKineticEnergy f 0 9 MeV proton",
        ),
    ],
)
def test_rules_that_geant4_has_a_filter_for(
    told: list[tuple[str, str, float]], expected: str
) -> None:
    assert expected in macro(rules(*told))


def test_a_limit_of_energy_counts_as_it_is_written() -> None:
    """Geant4 lets through from the first energy on and up to below the second."""
    (line,) = [line for line in macro(rules(("E", ">", 5), ("E", "<=", 50))) if "Energy f" in line]
    low, high = (float(word) for word in line.split()[2:4])
    assert 5 < low < 5.000001 and 50 < high < 50.000001


@pytest.mark.parametrize(
    "told",
    [[("GEN", "==", 0)], [("Z", "==", 2)], [("Z", "!=", 0), ("E", ">", 1)], [("E", "==", 1)]],
)
def test_rules_that_geant4_has_no_filter_for_are_refused(
    told: list[tuple[str, str, float]],
) -> None:
    with pytest.raises(Unsupported, match="'f'"):
        macro(rules(*told))


def test_an_ion_that_a_filter_names_is_made_before_it_is_scored() -> None:
    lines = macro(case("geant4/filter_particle_C12"))
    made = lines.index("/gps/ion 6 12 6 0")
    assert lines[made - 1] == "/gps/particle ion"
    # The beam is what is said last.
    assert made < lines.index("/gps/particle proton") < lines.index("/score/create/boxMesh Z")
    assert lines.index("/score/filter/particle c C12") > made


@pytest.mark.parametrize("name", ["energy_above_high_cutoff", "proton_1500MeV"])
def test_cuts_that_leave_nothing_of_the_beam_are_refused(name: str) -> None:
    project = case(f"geant4/{name}")
    with pytest.raises(Unsupported) as refused:
        macro(project)
    assert refused.value.field == "beam.energyHighCutoff"
    assert "MeV is below the beam's energy" in str(refused.value)
    highest = project["beam"]["energy"]
    assert macro(set_path(project, "beam.energyHighCutoff", highest))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"energyLowCutoff": 151}, "beam.energyLowCutoff"),
        ({"energySpread": 100, "energyLowCutoff": 149.99, "energyHighCutoff": 150.01},
         "beam.energyHighCutoff"),
        ({"energy": 2e5, "energyHighCutoff": 1e9, "particle": {"id": 25, "z": 92, "a": 238},
          "energyUnit": "MeV/nucl"}, None),
        ({"energy": 5e5, "energyHighCutoff": 1e9, "particle": {"id": 25, "z": 92, "a": 238},
          "energyUnit": "MeV/nucl"}, "beam.energy"),
    ],
)  # fmt: skip
def test_energies_that_no_run_would_come_to_an_end_with(
    change: dict[str, Any], field: str | None
) -> None:
    project = case("geant4/bone_editor")
    project["beam"].update(change)
    if field is None:
        assert macro(project)
        return
    with pytest.raises(Unsupported) as refused:
        macro(project)
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["geant4/beam_outside_world", "conversion/16"])
def test_a_beam_from_outside_the_world_is_refused(name: str) -> None:
    with pytest.raises(Unsupported) as refused:
        macro(case(name))
    assert refused.value.field == "beam.position"


def test_a_beam_from_outside_a_scene_for_geant4_is_refused() -> None:
    with pytest.raises(Unsupported, match=r"beam\.position"):
        macro(set_path(case("conversion/08"), "beam.position", [0, 0, -12.5]))


@pytest.mark.parametrize(
    ("name", "material_name", "density", "excitation", "base"),
    [
        # Mean excitation energies as Geant4 11.4 has them for the materials of these names.
        (
            "geant4/bone_editor",
            "G4_BONE_CORTICAL_ICRP_1.85",
            "1.85",
            "110",
            "G4_BONE_CORTICAL_ICRP",
        ),
        ("physics/conv_matdens", "G4_WATER_0.5", "0.5", "78", "G4_WATER"),
        ("conversion/18", "G4_WATER_1.25_80eV", "1.25", "80", "G4_WATER"),
    ],
)
def test_densities_and_ionisation_potentials(
    name: str, material_name: str, density: str, excitation: str, base: str
) -> None:
    told = material(case(name), material_name)
    assert told == {"MEE": excitation, "D": density, "fraction": base}
    assert material_name in materials(case(name))


def test_a_density_override_that_changes_nothing_leaves_the_material() -> None:
    assert "G4_WATER" in materials(case("geant4/water_density_override"))
    project = case("geant4/water_density_override")
    set_path(project, "zoneManager.zones.0.materialPropertiesOverrides.density", 1.1)
    assert material(project, "G4_WATER_1.1")["MEE"] == "78"


@pytest.mark.parametrize(
    ("icru", "density", "expected"),
    [
        (222, 1.4, "G4_MYLAR"), (258, 1.04, "G4_TESTIS_ICRP"), (262, 1.0, "G4_TISSUE_SOFT_ICRU-4"),
        (99, 1.127, "G4_A-150_TISSUE"), (278, 0.87, "G4_XYLENE"), (227, 2.2, "G4_TEFLON"),
        (146, 1.3048, "G4_1,2-DICHLOROBENZENE"), (209, 1.14, "G4_NYLON-6-6"),
        (239, 0.43, "G4_lPROPANE"), (92, 18.95, "G4_U"), (906, 2.21, "G4_GRAPHITE"),
    ],
)  # fmt: skip
def test_materials_of_the_editor_have_names_in_geant4(
    icru: int, density: float, expected: str
) -> None:
    project = case("conversion/24")
    project["materialManager"]["materials"][-1].update(icru=icru, density=density)
    assert expected in materials(project)


def test_a_material_that_geant4_lacks_is_refused_by_its_zone() -> None:
    project = case("conversion/24")
    project["materialManager"]["materials"][-1].update(icru=172, name="GLUCOSE", density=1.54)
    with pytest.raises(Unsupported) as refused:
        macro(project)
    assert refused.value.field == "zoneManager.zones[0]"
    assert "GLUCOSE" in str(refused.value)


PHANTOM = "figureManager.figures.0.children.0.children.0.simulationMaterial"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("G4_TESTES_ICRP", "G4_TESTIS_ICRP"), ("G4_TISSUE_SOFT_ICRU", "G4_TISSUE_SOFT_ICRU-4")],
)
def test_names_that_the_editor_misspells(wanted: str, expected: str) -> None:
    project = set_path(case("geant4/geant4_scene_G4"), f"{PHANTOM}.geant4_name", wanted)
    assert expected in materials(project)


def test_names_that_geant4_does_not_know_are_refused_with_those_alike() -> None:
    project = set_path(case("geant4/geant4_scene_G4"), f"{PHANTOM}.geant4_name", "G4_GLUCOSE")
    with pytest.raises(Unsupported) as refused:
        macro(project)
    figure = "figureManager.figures[0].children[0].children[0]"
    assert refused.value.field == f"{figure}.simulationMaterial.geant4_name"
    assert "G4_SUCROSE" in str(refused.value)


def test_a_scene_for_geant4_has_the_densities_that_it_stores() -> None:
    project = set_path(case("geant4/geant4_scene_G4"), f"{PHANTOM}.density", 1.85)
    set_path(project, f"{PHANTOM}.geant4_name", "G4_BONE_CORTICAL_ICRP")
    assert material(project, "G4_BONE_CORTICAL_ICRP_1.85")["D"] == "1.85"


def test_several_runs_share_the_primaries_of_a_task(tmp_path: Path) -> None:
    """Geant4 empties its scorers at each run; what is dumped is of the run before it."""
    text = (
        "/control/alias N 100\n/control/alias mesh box\n"
        "/score/create/boxMesh {mesh}\n/score/mesh/boxSize 1 1 1 cm\n/score/mesh/nBin 1 1 1\n"
        "/random/setSeeds 1 2\n/run/beamOn {N}\n/score/dumpQuantityToFile {mesh} a one.txt\n"
        "/random/setSeeds 1 2\n/run/beamOn 50\n/score/dumpQuantityToFile box a two.txt\n"
    )
    files = {"g.gdml": b"<gdml/>", "a.mac": text.encode()}
    assert Geant4().total_primaries(files) == 150
    own = Geant4().task_files(files, 30, 5)["a.mac"].decode().split("\n")
    assert [line for line in own if "beamOn" in line] == ["/run/beamOn 20", "/run/beamOn 10"]
    seeds = [line for line in own if "setSeeds" in line]
    assert len(set(seeds)) == 2 and seeds[0] == "/random/setSeeds 5 1000008"
    assert list(meshes(files)) == ["box"]
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(
            "# mesh name: box\n# primitive scorer name: a\n"
            "# iX, iY, iZ, total(value) [percm2], total(val^2), entry\n0,0,0,60,1,1\n"
        )
    found = Geant4().merge([TaskOutput(tmp_path, 30)], files)
    assert [(item.name, item.pages[0].values) for item in found] == [
        ("one.txt", [60 / 20]), ("two.txt", [60 / 10]),
    ]  # fmt: skip


def test_runs_that_can_not_be_counted_are_refused() -> None:
    loop = {
        "g.gdml": b"<gdml/>",
        "a.mac": b"/control/loop b.mac i 1 10\n",
        "b.mac": b"/run/beamOn 5\n/score/dumpQuantityToFile m q {i}.txt\n",
    }
    with pytest.raises(InvalidInput, match=r"a\.mac runs b\.mac in a loop"):
        Geant4().total_primaries(loop)
    twice = {
        "g.gdml": b"<gdml/>",
        "a.mac": b"/control/execute b.mac\n/control/execute b.mac\n",
        "b.mac": b"/run/beamOn 5\n/score/dumpQuantityToFile m q o.txt\n",
    }
    with pytest.raises(InvalidInput, match="may not be executed more than once"):
        Geant4().total_primaries(twice)


@pytest.mark.parametrize(
    "line",
    [
        "/score/dumpQuantityToFile m q {HOME}", "/analysis/openFile /somewhere/x.csv",
        "/control/alias out ..\n/score/dumpQuantityToFile m q {out}/x.txt",
    ],
)  # fmt: skip
def test_aliases_lead_out_of_no_folder(line: str) -> None:
    files = {"g.gdml": b"<gdml/>", "a.mac": f"{line}\n/run/beamOn 5\n".encode()}
    with pytest.raises(InvalidInput):
        Geant4().total_primaries(files)


def test_a_macro_that_keeps_nothing_is_refused_when_it_is_submitted() -> None:
    files = {"g.gdml": b"<gdml/>", "a.mac": b"/run/beamOn 5\n"}
    with pytest.raises(InvalidInput, match="keeps no results: it needs /score/dumpQuantityToFile"):
        Geant4().check_scored(files)
    Geant4().check_scored({**files, "a.mac": b"/run/beamOn 5\n/score/dumpQuantityToFile m q o\n"})


def test_an_event_counts_up_to_what_an_integer_holds() -> None:
    assert Geant4().most_task_primaries == 2**31 - 1


def test_the_application_is_told_where_its_data_lie_and_nothing_else() -> None:
    environment = {"G4LEDATA": "/d/em", "GEANT4_DATA_DIR": "/d", "SECRET_KEY": "x", "PATH": "/bin"}
    assert data_variables(environment) == {"G4LEDATA": "/d/em", "GEANT4_DATA_DIR": "/d"}
