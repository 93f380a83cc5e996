"""TOPAS on a cluster: its set-up puts `topas` on PATH, and sets TOPAS_G4_DATA_DIR."""

from adapters.simulators.topas.parameters import ParameterFiles
from adapters.simulators.topas.progress import HISTORY
from application.ports.batch_recipe import BatchRecipe
from application.ports.simulator import InputFiles


def batch_recipe(files: InputFiles) -> BatchRecipe:
    """Return the recipe: the parameter file that no other includes; it holds the seed."""
    # A name that begins with a dash would be an option.
    command = ["topas", f"./{ParameterFiles(files).main}"]
    return BatchRecipe(command, progress=[HISTORY.pattern], required=["*.csv"])
