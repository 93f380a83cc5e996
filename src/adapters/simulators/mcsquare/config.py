"""MCsquare's configuration: lines of a key and a value."""

import re
from collections.abc import Mapping

from adapters.simulators.mcsquare.grid import Axis, Grid
from domain.errors import InvalidInput

CONFIG = "config.txt"
OUTPUTS = "Outputs"
FILE_KEYS = (
    "CT_File",
    "HU_Density_Conversion_File",
    "HU_Material_Conversion_File",
    "BDL_Machine_Parameter_File",
    "BDL_Plan_File",
    "Output_Directory",
)
SHORTEST_STEP, LONGEST_STEP = 0.02, 0.05
"""Bounds in cm of the longest step. The same for all bins that are no finer than the upper one, so
that a detector more changes no other's result: the engine goes through the same random numbers."""

LARGEST_SEED = 2**31 - 1


def project_config(
    primaries: int, nuclear: bool, let: bool, grid: Grid, image: Grid, finest: float
) -> bytes:
    """Return the configuration of a project scored on `grid`, with the image on `image`.

    `finest` is the width of the narrowest bin in cm.
    """
    step = min(LONGEST_STEP, max(SHORTEST_STEP, finest))
    values = {
        "Num_Threads": "1",
        "RNG_Seed": "1",
        "Num_Primaries": str(primaries),
        "CT_File": "CT.mhd",
        "HU_Density_Conversion_File": "density.txt",
        "HU_Material_Conversion_File": "material.txt",
        "BDL_Machine_Parameter_File": "bdl.txt",
        "BDL_Plan_File": "plan.txt",
        "Output_Directory": OUTPUTS,
        # Each step leaves its energy in one place: steps longer than a bin show as a saw-tooth.
        "D_Max": f"{step:.9g}",
        "Simulate_Nuclear_Interactions": str(nuclear),
        "Compute_stat_uncertainty": "False",
        "Energy_MHD_Output": "True",
        "Dose_MHD_Output": "False",
        "LET_MHD_Output": str(let),
        "Independent_scoring_grid": "True",
        "Scoring_origin": _three(scoring_origin(grid, image)),
        "Scoring_grid_size": " ".join(str(axis.count) for axis in grid.axes),
        "Scoring_voxel_spacing": _three([axis.spacing for axis in grid.axes]),
    }
    # The engine takes the end of the line for part of a third number: a comment keeps it away.
    return "".join(f"{key} {value} #\n" for key, value in values.items()).encode()


def scoring_origin(grid: Grid, image: Grid) -> list[float]:
    """Return where the engine is to begin its scoring grid, in cm from the image's corner.

    It turns images round along x as it reads them and results as it writes them: along x it
    counts from the image's far end (found by scoring parts of an image whose whole was known).
    """
    return [
        image.x.end - grid.x.end,
        grid.y.start - image.y.start,
        grid.z.start - image.z.start,
    ]


def scoring_start(origin: float, spacing: float, count: int, image: Axis, along_x: bool) -> float:
    """Return where a scoring grid of a configuration begins in the coordinates of the image."""
    if along_x:
        return image.end - origin - spacing * count
    return image.start + origin


def total_primaries(config: bytes) -> int:
    """Return the primaries that a configuration asks for.

    Takes any case, tabs and numbers such as 1e4; InvalidInput shows the lines when several do.
    """
    found = [line for line in _lines(config) if _key(line) == "num_primaries"]
    if not found:
        raise InvalidInput(CONFIG, "has no line Num_Primaries")
    if len(found) > 1:
        raise InvalidInput(CONFIG, "asks for primaries more than once: " + "; ".join(found))
    text = found[0].split()[1] if len(found[0].split()) > 1 else ""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 1e15 or value != int(value):
        raise InvalidInput(CONFIG, f"needs a whole number of primaries from 1: {found[0]}")
    return int(value)


def with_share(config: bytes, primaries: int, seed: int) -> bytes:
    """Return the configuration of one task; all its other lines stay as they are."""
    own = {"num_primaries": str(primaries), "rng_seed": str(spread_seed(seed)), "num_threads": "1"}
    # Only plain ASCII is searched for, so that any encoding comes out as it went in.
    lines = config.decode("latin-1").splitlines(keepends=True)
    kept = "".join(line for line in lines if _key(line) not in own)
    if kept and not kept.endswith(("\n", "\r")):
        kept += "\n"
    named = zip(("Num_Primaries", "RNG_Seed", "Num_Threads"), own.values(), strict=True)
    return (kept + "".join(f"{key} {value} #\n" for key, value in named)).encode("latin-1")


def check_paths(config: bytes) -> None:
    """Refuse a configuration that names a file outside its folder."""
    for line in _lines(config):
        words = line.split()
        known = {key.lower(): key for key in FILE_KEYS}
        if _key(line) in known and len(words) > 1 and not _is_plain(words[1]):
            raise InvalidInput(f"{CONFIG}: {known[_key(line)]}", _not_plain(words[1]))


def check_image_headers(files: Mapping[str, bytes]) -> None:
    """Refuse image headers that name their data outside the folder."""
    for name, text in files.items():
        if name.lower().endswith(".mhd"):
            for data in re.findall(r"ElementDataFile\s*=\s*(\S+)", text.decode("utf-8", "replace")):
                if not _is_plain(data):
                    raise InvalidInput(f"{name}: ElementDataFile", _not_plain(data))


def _is_plain(name: str) -> bool:
    return re.search(r"[/\\]|^\.", name) is None


def _not_plain(name: str) -> str:
    return f"{name!r} must be a plain file name"


def values_of(config: bytes) -> Mapping[str, str]:
    """Return the values by key in lower case."""
    pairs = (line.split(None, 1) for line in _lines(config))
    return {pair[0].lower(): pair[1] for pair in pairs if len(pair) > 1}


def spread_seed(seed: int) -> int:
    """Return a seed far from that of the next task, from 1 to 2^31 - 1.

    Multiplying by a prime modulo the prime 2^31 - 1 gives every task another one. Zero would
    make the engine seed itself from the clock.
    """
    return seed * 1_103_515_249 % LARGEST_SEED or LARGEST_SEED


def _lines(config: bytes) -> list[str]:
    plain = (line.split("#")[0].strip() for line in config.decode("utf-8", "replace").splitlines())
    return [line for line in plain if line]


def _key(line: str) -> str:
    words = line.split()
    return words[0].lower() if words else ""


def _three(values: list[float]) -> str:
    return " ".join(f"{value:.9g}" for value in values)
