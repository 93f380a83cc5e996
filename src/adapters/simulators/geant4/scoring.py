"""Outputs of a project as scoring meshes of a macro, and what each mesh dumps where.

A mesh is named after its detector, a quantity after the project's. The numbers of bins of a
cylinder are given along r, z and phi.
"""

import re
from dataclasses import dataclass, field

from adapters.simulators.geant4 import spectra
from adapters.simulators.geant4.filters import ScorerFilter, scorer_filter
from adapters.simulators.geant4.source import plain
from adapters.simulators.native.scene_checks import quantity_refusal
from adapters.simulators.native.scored_outputs import NO_QUANTITY, scored_outputs
from adapters.simulators.project.checks import bins, detector_half_sizes, length
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.model import Detector, DetectorGeometry, Project, Quantity
from adapters.simulators.scored_output.plan import Plan, PlannedOutput, PlannedPage

NAME = "Geant4"
QUANTITIES = {
    "Dose": "doseDeposit",
    "DoseGy": "doseDeposit",
    "Energy": "energyDeposit",
    "Fluence": "cellFlux",
    spectra.KEYWORD: "cellFlux",
}
SCHEMES = ("linear", "log")
MOST_BINS = 100_000


@dataclass(slots=True)
class Mesh:
    """A detector's mesh: its name, the detector, and the lines of its quantities.

    A probe is a cube in the detector's middle, of which Geant4 can fill histograms.
    """

    name: str
    detector: Detector
    probe: bool = False
    lines: list[str] = field(default_factory=list)
    quantities: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Scoring:
    """Meshes by detector, what is dumped, which file is which quantity, and what was left out.

    Ions (Z, A) are those that filters name.
    """

    meshes: dict[tuple[str, bool], Mesh] = field(default_factory=dict)
    histograms: list[list[str]] = field(default_factory=list)
    ions: dict[tuple[int, int], None] = field(default_factory=dict)
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
        return [*made, *(line for lines in self.histograms for line in lines)]

    def written_spectra(self) -> list[str]:
        """Return the commands that write all histograms at the end."""
        if not self.histograms:
            return []
        return [f"/analysis/openFile {spectra.FILE}.csv", "/analysis/write", "/analysis/closeFile"]


def scoring_of(project: Project, drawn: bool, skip_unsupported: bool) -> Scoring:
    """Return what is scored; Unsupported names the first quantity that can't be."""
    made = Scoring()

    def score(detector: Detector, quantity: Quantity, place: str) -> _Scorer | str:
        del place
        return _scorer(project, detector, quantity, drawn)

    left_out = made.left_out if skip_unsupported else None
    for item in scored_outputs(project, NAME, score, left_out, list(QUANTITIES)):
        pages = [_add(made, item.detector, found.shown, found.score) for found in item.quantities]
        made.outputs.append(PlannedOutput(item.output.name, pages))
    return made


@dataclass(frozen=True, slots=True)
class _Scorer:
    """A quantity of Geant4, what filters it, and the histogram of a spectrum."""

    kind: str
    filter_name: str = ""
    filter: ScorerFilter | None = None
    spectrum: Quantity | None = None


def _add(made: Scoring, detector: Detector, shown: str, scorer: _Scorer) -> PlannedPage:
    mesh = _mesh_of(made, detector, scorer.spectrum is not None)
    name = _unused(shown, mesh.quantities)
    mesh.quantities.add(name)
    mesh.lines.append(f"/score/quantity/{scorer.kind} {name}")
    if scorer.filter is not None:
        mesh.lines.append(scorer.filter.command(_unused(scorer.filter_name, set())))
        made.ions.update(dict.fromkeys(scorer.filter.ions))
    if scorer.spectrum is not None:
        histogram = f"{name}_{len(made.histograms)}"
        made.histograms.append(_histogram(histogram, len(made.histograms), mesh, name, scorer))
        return PlannedPage(shown, spectra.file_of(histogram), 0, {"quantity": histogram})
    file = f"{mesh.name}_{name}.txt"
    made.dumps.append(f"/score/dumpQuantityToFile {mesh.name} {name} {file}")
    return PlannedPage(shown, file, 0, {"mesh": mesh.name, "quantity": name})


def _mesh_of(made: Scoring, detector: Detector, probe: bool) -> Mesh:
    """Return the detector's mesh, or its probe, made when it is first asked for."""
    key = (detector.uuid, probe)
    if key not in made.meshes:
        taken = {mesh.name for mesh in made.meshes.values()}
        wanted = f"{detector.name or 'Mesh'}{'_probe' if probe else ''}"
        made.meshes[key] = Mesh(_unused(wanted, taken), detector, probe)
    return made.meshes[key]


def _histogram(name: str, number: int, mesh: Mesh, quantity: str, scorer: _Scorer) -> list[str]:
    """Return the commands that make a histogram and have it filled."""
    told = scorer.spectrum or Quantity(spectra.KEYWORD)
    limits = f"{plain(told.histogram_min)} {plain(told.histogram_max)} {told.histogram_unit}"
    axis = f"{told.histogram_n_bins} {limits}"
    scheme = f"{told.histogram_x_scale} {told.histogram_x_bin_scheme}"
    return [
        f"{spectra.CREATE} {name} {name} {axis} {scheme}",
        f"{spectra.FILL} {number} {mesh.name} {quantity}",
    ]


def _unused(name: str, taken: set[str]) -> str:
    """Return a name that is one word of a macro, a file name, and not taken."""
    plain_name = re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".-") or "Scored"
    found, number = plain_name[:60], 2
    while found in taken:
        found, number = f"{plain_name[:60]}_{number}", number + 1
    return found


def _scorer(project: Project, detector: Detector, quantity: Quantity, drawn: bool) -> _Scorer | str:
    """Return how a quantity is scored, or why it can't be."""
    kind = QUANTITIES.get(quantity.keyword)
    if kind is None:
        return f"{NAME} {NO_QUANTITY} {quantity.keyword} here"
    refusal = quantity_refusal(quantity, NAME) or _shape_refusal(detector.geometry_data)
    if refusal:
        return refusal
    is_spectrum = quantity.keyword == spectra.KEYWORD
    if is_spectrum and (refusal := _spectrum_refusal(quantity)):
        return refusal
    spectrum = quantity if is_spectrum else None
    if quantity.filter is None:
        return _Scorer(kind, spectrum=spectrum)
    chosen = project.filters()[quantity.filter]
    found = scorer_filter(chosen, drawn)
    return found if isinstance(found, str) else _Scorer(kind, chosen.name, found, spectrum)


def _spectrum_refusal(quantity: Quantity) -> str | None:
    if not 1 <= quantity.histogram_n_bins <= MOST_BINS:
        return f"histogramNBins must be from 1 to {MOST_BINS}"
    if not 0 <= quantity.histogram_min < quantity.histogram_max:
        return "histogramMin must be from 0 to below histogramMax"
    if quantity.histogram_unit not in spectra.MEV:
        return f"histogramUnit must be one of {', '.join(spectra.MEV)}"
    if quantity.histogram_x_scale not in spectra.SCALES:
        return f"histogramXScale must be one of {', '.join(spectra.SCALES)}"
    if quantity.histogram_x_bin_scheme not in SCHEMES:
        return f"histogramXBinScheme must be one of {', '.join(SCHEMES)}"
    logarithmic = quantity.histogram_x_bin_scheme == "log" or "log" in quantity.histogram_x_scale
    if logarithmic and quantity.histogram_min == 0:
        return "histogramMin must be above 0 where bins are logarithmic"
    return None


def _shape_refusal(shape: DetectorGeometry) -> str | None:
    if shape.geometry_type not in ("Mesh", "Cyl"):
        return f"{NAME} scores in detectors Mesh and Cyl here, not {shape.geometry_type}"
    if length(shape, "innerRadius") > 0:
        return f"{NAME} has no hollow scoring cylinders"
    return f"{NAME} detectors can't be turned here" if any(shape.rotation) else None


def _mesh_lines(mesh: Mesh, centre: Vector) -> list[str]:
    shape = mesh.detector.geometry_data
    place = " ".join(
        plain(value - middle) for value, middle in zip(shape.position, centre, strict=True)
    )
    if mesh.probe:
        half = plain(_probe_side(shape) / 2)
        return [f"/score/create/probe {mesh.name} {half} cm", f"/score/probe/locate {place} cm"]
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


def _probe_side(shape: DetectorGeometry) -> float:
    """Return the side (cm) of the cube that stands for a detector, as the editor chooses it."""
    if shape.geometry_type == "Cyl":
        return length(shape, "radius")
    return max(length(shape, side) for side in ("width", "height", "depth"))


def _half(value: float) -> str:
    return repr(round(float(value), 12))
