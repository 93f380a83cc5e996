"""One output file of one task, read with pymchelper and checked."""

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pymchelper.input_output import AggregationType, fromfile
from pymchelper.shieldhit.detector.detector_type import SHDetType

from adapters.simulators.scored_output import fluka_pages
from adapters.simulators.scored_output.axes import axes_of
from adapters.simulators.scored_output.known_layouts import KnownLayouts, blocks_of
from adapters.simulators.scored_output.scored_file import ScoredFile, ScoredPage
from domain.errors import SimulationFailed
from domain.estimator import Axis

PHASE_SPACE_COLUMNS = 8
"""Numbers that SHIELD-HIT12A keeps of a particle in a phase space (MCPL)."""

ANSWERS = {"page_filter_name": "filter", "title": "title"}
"""What a page tells of itself, and the word for it here."""

# Its warnings about odd files go to the logs of the task as errors of ours.
logging.getLogger("pymchelper").setLevel(logging.ERROR)

_known_layouts = KnownLayouts()


def read_file(path: Path) -> ScoredFile:
    """Read a .bdo or FLUKA file; SimulationFailed says why it can't be used.

    Values are per primary where the quantity is; that is what pymchelper makes of them.
    """
    blocks = blocks_of(path)
    known = None if blocks is None else _known_layouts.read(blocks)
    if known is not None:
        return known
    found = _read(path)
    if blocks is not None:
        _known_layouts.learn(blocks, found)
    return found


def _read(path: Path) -> ScoredFile:
    try:
        found = fromfile(str(path))
        if found is None or not found.pages:
            raise SimulationFailed(f"{path.name} holds no results")
        fluka_pages.complete(str(path), found)
        pages = [_page(path, page) for page in _in_order(found.pages)]
    except SimulationFailed:
        raise
    except Exception as error:
        # The readers of pymchelper fail with whatever a broken file makes them do.
        reason = " ".join(str(error).split())[:200]
        raise SimulationFailed(f"{path.name} can't be read: {reason}") from error
    _check_complete(path, found)
    return ScoredFile(pages, int(found.number_of_primaries), _metadata(found))


def check_files(paths: Iterable[Path]) -> None:
    """Read files of a task once, so that a broken one fails the task and not the whole merge."""
    for path in paths:
        read_file(path)


def _in_order(pages: Sequence[Any]) -> list[Any]:
    """Return pages by the number they carry, which is their place in the input."""
    return sorted(pages, key=lambda page: int(getattr(page, "page_number", 0)))


def _check_complete(path: Path, found: Any) -> None:
    expected = int(getattr(found, "page_count", len(found.pages)))
    if expected != len(found.pages):
        raise SimulationFailed(
            f"{path.name} was not written to its end: {len(found.pages)} of {expected} pages"
        )


def _page(path: Path, page: Any) -> ScoredPage:
    rule = _rule(page)
    told = dict(_told(page))
    if rule is AggregationType.Concatenation or page.dettyp == SHDetType.mcpl:
        return _phase_space(page, told)
    axes = axes_of(page)
    raw = np.asarray(page.data_raw, dtype=np.float64)
    expected = math.prod(int(page.axis(number).n) for number in range(5))
    if raw.size != expected or (raw.size == 1 and bool(np.isnan(raw).all())):
        raise SimulationFailed(
            f"{path.name} was not written to its end: {raw.size} values for {expected} bins"
        )
    values = np.asarray(page.data, dtype=np.float64) if page.estimator else raw
    flat = values.reshape(-1, order="F") if expected > 1 else raw.reshape(-1)
    return ScoredPage(str(page.name), str(_unit(page)), flat, axes, rule, told)


def _phase_space(page: Any, told: Mapping[str, str]) -> ScoredPage:
    values = np.asarray(page.data_raw, dtype=np.float64).reshape(-1)
    particles = values.size // PHASE_SPACE_COLUMNS
    return ScoredPage(
        str(page.name),
        str(page.unit),
        values[: particles * PHASE_SPACE_COLUMNS],
        phase_space_axes(particles),
        AggregationType.Concatenation,
        told,
    )


def phase_space_axes(particles: int) -> list[Axis]:
    """Return the axes of a phase space: what is known of a particle, and the particles."""
    columns = [float(number) for number in range(PHASE_SPACE_COLUMNS)]
    return [
        Axis("Column", "", columns),
        Axis("Particle", "", [float(number + 1) for number in range(particles)]),
    ]


def _rule(page: Any) -> AggregationType:
    told = getattr(page, "page_normalized", AggregationType.AveragingCumulative)
    try:
        return AggregationType(int(told))
    except ValueError:
        return AggregationType.AveragingCumulative


def _unit(page: Any) -> str:
    """Return the unit; some versions separate its parts by semicolons."""
    first, *others = str(page.unit).split(";")
    return "/".join([first, *others])


def _told(page: Any) -> Iterator[tuple[str, str]]:
    for attribute, word in ANSWERS.items():
        if getattr(page, attribute, None):
            yield word, _text(getattr(page, attribute))
    geometry = getattr(page.estimator, "geo_name", None)
    if geometry:
        yield "geometry", _text(geometry)


def _metadata(found: Any) -> dict[str, str]:
    wanted = {"mc_code_version": "version", "geo_name": "geometry_name", "title": "title"}
    told = {word: getattr(found, name, None) for name, word in wanted.items()}
    metadata = {word: _text(value) for word, value in told.items() if value}
    if found.geotyp is not None:
        metadata["geometry"] = str(found.geotyp.name)
    return {"file_format": str(found.file_format), **metadata}


def _text(value: object) -> str:
    return value.decode("latin-1").strip() if isinstance(value, bytes) else str(value).strip()
