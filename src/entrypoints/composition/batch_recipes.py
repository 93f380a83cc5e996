"""How each simulator is run on a cluster."""

from collections.abc import Mapping

from adapters.simulators.fluka.batch import batch_recipe as fluka
from adapters.simulators.geant4.batch import batch_recipe as geant4
from adapters.simulators.mcsquare.batch import batch_recipe as mcsquare
from adapters.simulators.shieldhit.batch import batch_recipe as shieldhit
from adapters.simulators.topas.batch import batch_recipe as topas
from application.ports.batch_recipe import BatchRecipes

RECIPES: Mapping[str, BatchRecipes] = {
    "fluka": fluka,
    "geant4": geant4,
    "mcsquare": mcsquare,
    "shieldhit": shieldhit,
    "topas": topas,
}
