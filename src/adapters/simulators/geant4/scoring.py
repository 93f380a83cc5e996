"""Outputs of a project as scoring meshes of a macro, and what each mesh dumps where.

A mesh is named after its detector, a quantity after the project's. The numbers of bins of a
cylinder are given along r, z and phi.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.simulators.geant4.source import plain
from adapters.simulators.native.geant4_names import filter_particle, particle_name
from adapters.simulators.native.scene_checks import quantity_refusal
from adapters.simulators.native.scored_outputs import scored_outputs
from adapters.simulators.project.checks import bins, detector_half_sizes, length
from adapters.simulators.project.filters import Filter
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.model import Detector, DetectorGeometry, Project, Quantity
from adapters.simulators.scored_output.plan import Plan, PlannedOutput, PlannedPage

NAME = "Geant4"
QUANTITIES = {
    "Dose": "doseDeposit",
    "DoseGy": "doseDeposit",
    "Energy": "energyDeposit",
    "Fluence": "cellFlux",
}


@dataclass(slots=True)
class Mesh:
    """A detector's mesh: its name, the detector, and the lines of its quantities."""

    name: str
    detector: Detector
    lines: list[str] = field(default_factory=list)
    quantities: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Scoring:
    """Meshes by detector, what is dumped, which file is which quantity, and what was left out."""

    meshes: dict[str, Mesh] = field(default_factory=dict)
    dumps: list[str] = field(default_factory=list)
    outputs: list[PlannedOutput] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        """Return which file is which quantity."""
        return Plan(self.outputs, self.left_out)

    def lines(self, centre: Vector) -> list[str]:
        """Return the commands that make all meshes; `centre` is the world's."""
        made: list[str] = []
        for mesh in self.meshes.values():
            made += [*_mesh_lines(mesh, centre), *mesh.lines, "/score/close", ""]
        return made


def scoring_of(project: Project, drawn: bool, skip_unsupported: bool) -> Scoring:
    """Return what is scored; Unsupported names the first quantity that can't be."""
    made = Scoring()

    def score(detector: Detector, quantity: Quantity, place: str) -> Sequence[str] | str:
        del place
        return _commands(project, detector, quantity, drawn)

    left_out = made.left_out if skip_unsupported else None
    for item in scored_outputs(project, NAME, score, left_out):
        pages = [_add(made, item.detector, found.shown, found.score) for found in item.quantities]
        made.outputs.append(PlannedOutput(item.output.name, pages))
    return made


def _add(made: Scoring, detector: Detector, shown: str, commands: Sequence[str]) -> PlannedPage:
    if detector.uuid not in made.meshes:
        taken = {mesh.name for mesh in made.meshes.values()}
        made.meshes[detector.uuid] = Mesh(_unused(detector.name or "Mesh", taken), detector)
    mesh = made.meshes[detector.uuid]
    name = _unused(shown, mesh.quantities)
    mesh.quantities.add(name)
    mesh.lines += [command.replace("NAME", name, 1) for command in commands]
    file = f"{mesh.name}_{name}.txt"
    made.dumps.append(f"/score/dumpQuantityToFile {mesh.name} {name} {file}")
    return PlannedPage(shown, file, 0, {"mesh": mesh.name, "quantity": name})


def _unused(name: str, taken: set[str]) -> str:
    """Return a name that is one word of a macro, a file name, and not taken."""
    plain_name = re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".-") or "Scored"
    found, number = plain_name[:60], 2
    while found in taken:
        found, number = f"{plain_name[:60]}_{number}", number + 1
    return found


def _commands(
    project: Project, detector: Detector, quantity: Quantity, drawn: bool
) -> Sequence[str] | str:
    """Return the commands that score a quantity, its name to be put in; or why there are none."""
    refusal = quantity_refusal(quantity, NAME) or _shape_refusal(detector.geometry_data)
    if refusal:
        return refusal
    kind = QUANTITIES.get(quantity.keyword)
    if kind is None:
        return f"{NAME} has no quantity {quantity.keyword} here"
    commands = [f"/score/quantity/{kind} NAME"]
    if quantity.filter is not None:
        chosen = project.filters()[quantity.filter]
        particles = _particles(chosen, drawn)
        if not particles:
            return f"{NAME} has no filter like {chosen.name!r}"
        word = _unused(chosen.name, set())
        commands.append(f"/score/filter/particle {word} {' '.join(particles)}")
    return commands


def _shape_refusal(shape: DetectorGeometry) -> str | None:
    if shape.geometry_type not in ("Mesh", "Cyl"):
        return f"{NAME} scores in detectors Mesh and Cyl here, not {shape.geometry_type}"
    if length(shape, "innerRadius") > 0:
        return f"{NAME} has no hollow scoring cylinders"
    return f"{NAME} detectors can't be turned here" if any(shape.rotation) else None


def _particles(found: Filter, drawn: bool) -> list[str]:
    """Return the particles of a filter by kind; none if it is a filter of another sort.

    Energies that the editor keeps in a filter by kind are not meant: its type says so.
    """
    if found.data is not None and found.filter_type == "particle":
        names = [particle_name(particle, True) for particle in found.data.particle_types]
        return [name for name in names if name] if all(names) else []
    if found.particle is not None and not found.rules:
        name = particle_name(found.particle, drawn)
        return [name] if name else []
    return _by_rules(found)


def _by_rules(found: Filter) -> list[str]:
    words: Mapping[str, float] = {rule.keyword: rule.value for rule in found.rules}
    name = filter_particle(found) if set(words) == {"Z", "A"} and len(found.rules) == 2 else None
    return [name] if name else []


def _mesh_lines(mesh: Mesh, centre: Vector) -> list[str]:
    shape = mesh.detector.geometry_data
    place = " ".join(
        plain(value - middle) for value, middle in zip(shape.position, centre, strict=True)
    )
    x, y, z = (_half(value) for value in detector_half_sizes(shape))
    if shape.geometry_type == "Cyl":
        counts = (bins(shape, "radialSegments"), bins(shape, "zSegments"), 1)
        radius = plain(length(shape, "radius"))
        kind, size = "cylinder", f"/score/mesh/cylinderSize {radius} {z} cm"
    else:
        counts = (bins(shape, "xSegments"), bins(shape, "ySegments"), bins(shape, "zSegments"))
        kind, size = "box", f"/score/mesh/boxSize {x} {y} {z} cm"
    return [
        f"/score/create/{kind}Mesh {mesh.name}",
        f"/score/mesh/translate/xyz {place} cm",
        size,
        f"/score/mesh/nBin {' '.join(str(count) for count in counts)}",
    ]


def _half(value: float) -> str:
    return repr(round(float(value), 12))
