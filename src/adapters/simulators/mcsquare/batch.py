"""MCsquare on a cluster: its set-up puts `MCsquare_linux` on PATH, and says where Materials lie."""

from application.ports.batch_recipe import BatchRecipe
from application.ports.simulator import InputFiles

PERCENT = r"^\s*(?P<percent>\d{1,3}(?:\.\d+)?) %\s*$"


def batch_recipe(files: InputFiles) -> BatchRecipe:
    """Return the recipe: configuration and seed are in the folder that it runs in."""
    del files
    return BatchRecipe(["MCsquare_linux"], progress=[PERCENT], required=["Outputs/*"])
