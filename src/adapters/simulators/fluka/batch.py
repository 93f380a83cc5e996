"""FLUKA on a cluster: its set-up puts `rfluka` on PATH."""

from adapters.simulators.fluka.tasks import deck_name
from application.ports.batch_recipe import BatchRecipe
from application.ports.simulator import InputFiles

SIX_NUMBERS = (
    r"^\s*(?P<done>\d+)\s+(?P<left>\d+)\s+\d+"
    r"\s+(?P<each>\d+\.\d*(?:E[+-]?\d+)?)\s+\d+\.\d*(?:E[+-]?\d+)?\s+\d+\s*$"
)
"""Primaries done and left, left in the time limit, seconds per primary, seconds left, stars.

The seconds left are those of FLUKA's own time limit, 1E+30 without one.
"""


def batch_recipe(files: InputFiles) -> BatchRecipe:
    """Return the recipe: one cycle of the one .inp file, followed in FLUKA's own folder."""
    # A name that begins with a dash would be an option.
    command = ["rfluka", "-N0", "-M1", f"./{deck_name(files)}"]
    return BatchRecipe(command, [SIX_NUMBERS], logs=["fluka_*/*001.out"], required=["*001_fort.*"])
