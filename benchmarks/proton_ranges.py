"""Ranges of protons by MCsquare against NIST's PSTAR: `python -m benchmarks.proton_ranges`.

Blocks of one material are scored by four detectors that share no bins. The CSDA ranges are
integrals of PSTAR's stopping powers, which the engine ships beside those it reads. A slab of a
third of the range before water gives its water equivalent: in heavy materials protons are
scattered so much that a block's depth falls short of the length of their paths.
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np

from adapters.executors.local_process.runner import LocalProcessRunner
from adapters.simulators.mcsquare.simulator import McSquare
from application.ports.simulator import TaskOutput
from application.reading.depth_dose import distal_point
from application.running.run_task import write_files
from domain.estimator import Estimator
from entrypoints.settings import read_settings
from tests.unit.adapters.simulators.projects import detector, output, solid, water_box

ENERGIES = (60, 100, 135, 180, 230)
MATERIALS = {
    "water": (276, 1.0, "Water"),
    "PMMA": (223, 1.19, "PMMA"),
    "aluminium": (13, 2.6989, "aluminium"),
    "bone": (120, 1.85, "Bone_Cortical"),
    "copper": (29, 8.96, "copper"),
    "lead": (82, 11.35, "lead"),
}
"""ICRU number, density (g/cm3) and the folder of the engine's tables."""

TASKS = 2
WIDTH = 10.0


def csda_range(folder: Path, energy: float) -> float:
    """Return the range in g/cm2; below the table's first energy nothing is added (10 µm)."""
    found, power = np.loadtxt(folder / "PSTAR_Stop_Pow.dat", unpack=True)
    found, power = found[found > 0], power[found > 0]
    steps = np.exp(np.linspace(np.log(found[0]), np.log(energy), 20_000))
    path = 1 / np.exp(np.interp(np.log(steps), np.log(found), np.log(power)))
    return float(np.sum((path[1:] + path[:-1]) / 2 * np.diff(steps)))


def blocks(energy: float, *layers: tuple[str, float]) -> Any:
    """Return a project of layers (material, thickness) from z = 0 on, scored four times over."""
    depth = sum(thickness for _, thickness in layers)
    project = water_box(energy=energy, energySpread=0, position=[0, 0, -0.5])
    project["figureManager"]["figures"], project["zoneManager"]["zones"] = [], []
    project["materialManager"]["materials"] = [
        {"uuid": name, "name": name, "icru": icru, "density": density}
        for name, (icru, density, _) in MATERIALS.items()
    ] + [{"uuid": "vacuum", "name": "VACUUM", "icru": 1000, "density": 0}]
    start = 0.0
    for number, (material, thickness) in enumerate(layers):
        middle = [0, 0, start + thickness / 2]
        shape = solid("BoxGeometry", middle, [0, 0, 0], width=WIDTH, height=WIDTH, depth=thickness)
        uuid = f"layer {number}"
        figure = {"uuid": uuid, "name": uuid, "geometryData": shape}
        project["figureManager"]["figures"].append(figure)
        operations = [[{"mode": "union", "objectUuid": uuid}]]
        zone = {"uuid": uuid, "materialUuid": material, "unionOperations": operations}
        project["zoneManager"]["zones"].append(zone)
        start += thickness
    centre = [0, 0, depth / 2]
    world = solid("BoxGeometry", centre, [0, 0, 0], width=12, height=12, depth=depth + 2)
    project["zoneManager"]["worldZone"]["geometryData"] = world
    bins = round(depth / 0.05)
    across = {"width": WIDTH, "height": WIDTH, "depth": depth}
    project["detectorManager"]["detectors"] = [
        detector("depth", "Mesh", centre, **across, xSegments=1, ySegments=1, zSegments=bins),
        detector("all", "All", centre),
        detector(
            "plane", "Mesh", [0.3, 0, depth / 2 + 0.013], width=3, height=0.5, depth=depth * 0.9,
            xSegments=11, ySegments=1, zSegments=97,
        ),
        detector(
            "rings", "Cyl", centre, radius=4, innerRadius=0, depth=depth, radialSegments=8,
            zSegments=round(depth / 0.07),
        ),
    ]  # fmt: skip
    names = [item["uuid"] for item in project["detectorManager"]["detectors"]]
    project["scoringManager"]["outputs"] = [output(name, name, "Dose") for name in names]
    return project


def run(mcsquare: McSquare, project: Any, primaries: int) -> list[Estimator]:
    """Return what a project's tasks scored."""
    files = mcsquare.convert(project).files
    with tempfile.TemporaryDirectory(prefix="yaptide-ranges-") as folder:

        def task(seed: int) -> TaskOutput:
            place = Path(folder, str(seed))
            place.mkdir()
            write_files(place, mcsquare.task_files(files, primaries // TASKS, seed))
            runner = LocalProcessRunner()
            try:
                outcome = runner.run(mcsquare.command(place, seed), place, lambda _: True)
            finally:
                runner.close()
            mcsquare.collect(place, outcome.exit_code, outcome.log)
            return TaskOutput(place, primaries // TASKS)

        with ThreadPoolExecutor(TASKS) as pool:
            return mcsquare.merge(list(pool.map(task, range(1, TASKS + 1))), files)


def distal(estimators: list[Estimator]) -> float:
    """Return the distal 80 % point of the depth curve in cm."""
    page = estimators[0].pages[0]
    found = distal_point(page.axes[0].values, page.values)
    if found is None:
        raise SystemExit("the curve does not fall off")
    return found


@click.command()
@click.option("--primaries", default=6000, help="Of each run.")
@click.option("--energy", "energies", type=int, multiple=True, default=ENERGIES, help="MeV.")
def main(primaries: int, energies: tuple[int, ...]) -> None:
    """Print a table of ranges, one row for each material and energy."""
    mcsquare = McSquare(read_settings().simulators_dir)
    found = mcsquare.find()
    if found is None:
        raise click.ClickException(mcsquare.remedy)
    tables = found.executable.parent / "Materials"
    click.echo("| material | MeV | PSTAR cm | block cm | off mm | slab's WET off mm |")
    click.echo("|---|---|---|---|---|---|")
    for energy in energies:
        water = csda_range(tables / "Water", energy)
        in_water = 0.0
        for name, (_, density, folder) in MATERIALS.items():
            expected = csda_range(tables / folder, energy) / density
            thick = blocks(energy, (name, round(1.2 * expected, 1)))
            whole = distal(run(mcsquare, thick, primaries))
            in_water = whole if name == "water" else in_water
            slab = round(expected / 3, 1)
            layers = blocks(energy, (name, slab), ("water", round(0.9 * water, 1)))
            shift = slab + in_water - distal(run(mcsquare, layers, primaries))
            rest = (expected - slab) * density
            equivalent = water - water_left(tables, folder, energy, rest)
            off = 10 * (whole - expected), 10 * (shift - equivalent)
            row = f"| {name} | {energy} | {expected:.3f} | {whole:.3f} "
            click.echo(f"{row}| {off[0]:+.2f} | {off[1]:+.2f} |")


def water_left(tables: Path, folder: str, energy: float, rest: float) -> float:
    """Return the range in water (cm) of protons that have `rest` g/cm2 left in a material."""
    low, high = 1.0, energy
    for _ in range(40):
        middle = (low + high) / 2
        within = csda_range(tables / folder, middle) < rest
        low, high = (middle, high) if within else (low, middle)
    return csda_range(tables / "Water", low)


if __name__ == "__main__":
    main()
