"""SHIELD-HIT12A on a cluster: its set-up puts `shieldhit` on PATH."""

from application.ports.batch_recipe import SEED, BatchRecipe
from application.ports.simulator import InputFiles

PRIMARY = (
    r"Primary particle no\.\s*(?P<done>\d+)"
    r"(?:\s+ETR:\s*(?P<hours>\d+)\s+hour\S*\s+(?P<minutes>\d+)\s+minute\S*\s+(?P<seconds>\d+)\s)?"
)


def batch_recipe(files: InputFiles) -> BatchRecipe:
    """Return the recipe: the seed's offset also numbers the outputs and the log."""
    del files
    command = ["shieldhit", "-N", SEED, "."]
    return BatchRecipe(command, [PRIMARY], logs=["shieldhit_*.log"], required=["*.bdo"])
