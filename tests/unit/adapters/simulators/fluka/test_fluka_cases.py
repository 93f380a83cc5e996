"""What users tried with FLUKA, and what its input must be.

Expected values are those of its manual (BEAM, BEAMAXES, MAT-PROP, COMPOUND, preprocessor), of
relativistic kinematics, of chemistry and of the project itself.
"""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.simulators.fluka.simulator import Fluka
from domain.errors import InvalidInput, Unsupported
from tests.unit.adapters.simulators.cases import case, case_files
from tests.unit.adapters.simulators.projects import Json, set_path, water_box

SIMULATOR = Fluka(Path("/nowhere"))
FWHM = 2 * math.sqrt(2 * math.log(2))
PROTON = 938.272


def cards(project: Json, keyword: str) -> list[list[str]]:
    """Return the fields of the cards of a kind, the last is SDUM."""
    found = SIMULATOR.convert(project, skip_unsupported=True).files["fl_sim.inp"].decode()
    lines = [line.ljust(80) for line in found.split("\n") if line.split(" ")[0] == keyword]
    return [[line[at : at + 10].strip() for at in range(10, 80, 10)] for line in lines]


def beam(project: Json) -> list[float]:
    (fields,) = cards(project, "BEAM")
    return [float(field) for field in fields[:6]]


def test_a_flat_square_is_told_by_its_full_widths() -> None:
    assert beam(case("conversion/03"))[3:] == [2.0, 4.0, 0.0]


def test_gaussians_are_told_by_their_width_at_half_height() -> None:
    energy, spread, _, x, y, shape = beam(case("conversion/21"))
    assert energy == -0.15
    momentum = math.sqrt(150**2 + 2 * 150 * PROTON)
    # dp = E/p dE for a spread of 1.5 MeV.
    assert spread == pytest.approx(-FWHM * 1.5 * (150 + PROTON) / momentum / 1000, rel=1e-5)
    assert (x, y) == pytest.approx((-FWHM * 0.5, -FWHM * 0.3), rel=1e-6)
    assert shape < 0


def test_directions_are_cosines() -> None:
    (fields,) = cards(case("conversion/22"), "BEAMPOS")
    assert [float(field) for field in fields[3:5]] == pytest.approx([-1 / 3, -2 / 3], abs=1e-6)
    assert fields[6] == "NEGATIVE"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The spot of a beam along z, turned by 90 degrees about y, then by the azimuth about z.
        ("conversion/25", [0, 0, -1, 1, 0, 0]),
        ("conversion/26", [0, 0, -1, 0, -1, 0]),
        ("physics/conv_y_ellipse", [0, 0, -1, 0, 1, 0]),
    ],
)
def test_wide_beams_off_z_have_axes_of_their_own(name: str, expected: list[float]) -> None:
    (fields,) = cards(case(name), "BEAMAXES")
    assert [float(field) for field in fields[:6]] == expected


def test_a_point_along_any_direction_needs_no_axes() -> None:
    assert cards(case("conversion/22"), "BEAMAXES") == []


def test_ionisation_potentials_are_written() -> None:
    assert [row[2:4] for row in cards(case("conversion/18"), "MAT-PROP")] == [["80.0", "COM00001"]]


def test_another_density_keeps_the_ionisation_potential() -> None:
    project = case("physics/conv_matdens")
    assert [(row[2], row[6]) for row in cards(project, "MATERIAL")] == [("0.5", "COM00001")]
    # Water has 75 eV in ICRU Report 37.
    assert [row[2:4] for row in cards(project, "MAT-PROP")] == [["75.0", "COM00001"]]


def test_air_that_old_projects_give_no_density_is_air() -> None:
    project = case("conversion/17")
    assert "AIR" in [row[0] for row in cards(project, "ASSIGNMA")]
    # Only the lead of this project is none of FLUKA's own.
    assert [row[:3] for row in cards(project, "MATERIAL")] == [["82.0", "", "11.35"]]


def test_compounds_are_made_of_elements() -> None:
    project = case("conversion/24")
    made = {row[6]: row[:3] for row in cards(project, "MATERIAL")}
    (compound,) = cards(project, "COMPOUND")
    assert made[compound[6]][2] == "1.4"
    parts = {
        int(float(made[name][0])): -float(fraction)
        for fraction, name in zip(compound[0:6:2], compound[1:6:2], strict=True)
    }
    # Mylar is C10 H8 O4.
    masses = {6: 10 * 12.011, 1: 8 * 1.008, 8: 4 * 15.999}
    whole = sum(masses.values())
    assert parts == pytest.approx({z: mass / whole for z, mass in masses.items()}, abs=2e-5)
    # ICRU Report 37.
    assert [row[2:4] for row in cards(project, "MAT-PROP")] == [["78.7", compound[6]]]
    assert {row[0] for row in cards(project, "LOW-MAT")} == {row[1] for row in compounds_of(made)}


def compounds_of(made: Mapping[str, list[str]]) -> list[list[str]]:
    return [["", name] for name, fields in made.items() if fields[0]]


def test_a_compound_without_neutron_data_is_refused_by_name() -> None:
    project = water_box()
    project["materialManager"]["materials"][0].update(icru=127, name="CdTe", density=6.2)
    with pytest.raises(Unsupported, match="no neutron data of element 52") as refused:
        SIMULATOR.convert(project)
    assert refused.value.field == "zoneManager.zones[0]"


def test_the_equivalent_fluence_of_neutrons() -> None:
    assert [row[1] for row in cards(case("conversion/10"), "USRBIN")[::2]] == ["SI1MEVNE"]


def test_unused_filters_and_detectors_stop_nothing() -> None:
    for name in ("conversion/13", "conversion/15"):
        assert cards(case(name), "USRBIN")


@pytest.mark.parametrize(
    ("energy", "field"), [(2e7, "beam.energy"), (1500, None), (70, None)]
)  # fmt: skip
def test_energies_above_those_fluka_knows_are_refused(energy: float, field: str | None) -> None:
    # 20 TeV without another event generator (manual, introduction).
    project = set_path(water_box(energy=energy), "beam.energyHighCutoff", 1e6)
    project["scoringManager"]["outputs"][0]["quantities"] = [{"keyword": "Dose", "name": "d"}]
    if field is None:
        assert beam(project)[0] == pytest.approx(-energy / 1000)
        return
    with pytest.raises(InvalidInput) as refused:
        SIMULATOR.convert(project)
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["07-", "07b-", "07c-"])
def test_the_preprocessor_is_heeded(name: str) -> None:
    files = case_files(name)
    assert SIMULATOR.total_primaries(files) == 20
    own = SIMULATOR.task_files(files, 7, 5)
    assert SIMULATOR.total_primaries(own) == 7
    text = own["run.inp"].decode()
    seeds = [line for line in text.split("\n") if line.startswith("RANDOMIZ")]
    counting = seeds if name != "07b-" else seeds[1:]
    assert [float(line.split()[2]) for line in counting] == [5.0]
    if name == "07b-":
        # The card within #if PROD counts for nothing and stays as it was.
        assert text.index(seeds[1]) > text.index("#endif")
    if name == "07-":
        assert "START          1000." in text


def deck(*lines: str) -> bytes:
    return "\n".join(["TITLE", "a title", *lines, "STOP", ""]).encode()


SCORED = (
    "USRBIN           10.    ENERGY      -21.        5.       0.1        5.dose_xz",
    "USRBIN           -5.      -0.1       0.0        4.        1.        4. &",
)


def test_included_files_count_in_their_place() -> None:
    files = {
        "run.inp": deck("#define QUICK", '#include "run_part.inp"', *SCORED),
        "run_part.inp": b"#if SLOW\nSTART          1000.\n#elif QUICK\nSTART            30.\n"
        b"#else\nSTART             5.\n#endif\n",
    }
    assert SIMULATOR.total_primaries(files) == 30
    own = SIMULATOR.task_files(files, 9, 2)
    assert SIMULATOR.total_primaries(own) == 9
    assert own["run_part.inp"].count(b"START          1000.") == 1
    assert b"START             5." in own["run_part.inp"]


def test_files_to_include_must_come_along() -> None:
    with pytest.raises(InvalidInput, match="is not among the files"):
        SIMULATOR.total_primaries({"run.inp": deck("#include other.inp", *SCORED)})
    with pytest.raises(InvalidInput, match="includes itself"):
        SIMULATOR.total_primaries(
            {"run.inp": deck("#include part.cards", *SCORED), "part.cards": b"#include part.cards"}
        )
    with pytest.raises(InvalidInput):
        SIMULATOR.total_primaries({"run.inp": deck("#include ../../etc/passwd", *SCORED)})


@pytest.mark.parametrize("lines", [("#if A", "START 5."), ("START            5.", "#endif")])
def test_conditions_must_be_closed(lines: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="#endif"):
        SIMULATOR.total_primaries({"run.inp": deck(*lines, *SCORED)})


def test_what_is_defined_within_a_branch_that_does_not_count_is_not() -> None:
    lines = ("#if A", "#define $N 7.", "#endif", "#define $N 8.", "START             $N")
    assert SIMULATOR.total_primaries({"run.inp": deck(*lines, *SCORED)}) == 8


def test_outputs_as_text_are_refused_at_submission() -> None:
    # A positive logical unit is a text file; results are read from binary ones.
    with pytest.raises(InvalidInput) as refused:
        SIMULATOR.check_scored(case_files("19-"))
    assert refused.value.field == "input_files"
    SIMULATOR.check_scored(case_files("07-"))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_texts_of_any_kind_come_back_as_they_were(ending: str, encoding: str) -> None:
    text = case_files("07-")["run.inp"].decode().replace("* 4", "* d\u00e9p\u00f4t \u0085 4")
    content = text.replace("\n", ending).encode(encoding)
    own = SIMULATOR.task_files({"run.inp": content}, 9, 3)["run.inp"]
    before, after = (
        item.decode(encoding).replace(ending, "\n").split("\n") for item in (content, own)
    )
    changed = [line for line, was in zip(after, before, strict=True) if line != was]
    assert [line.split()[0] for line in changed] == ["RANDOMIZ", "START"]
    assert own.startswith(content[:3])
