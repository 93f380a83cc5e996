"""Geant4 on a cluster: its set-up puts the site's application on PATH, as `geant4_app`.

It is called with a GDML file and a macro; where the application wants something else, a script of
that name calls it.
"""

import glob

from adapters.simulators.geant4.macro import dumped_files, geometry_name
from adapters.simulators.geant4.macro_files import Macro
from adapters.simulators.geant4.progress import EVENT
from adapters.simulators.geant4.spectra import spectrum_names
from application.ports.batch_recipe import BatchRecipe
from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names

PROGRAM = "geant4_app"


def batch_recipe(files: InputFiles) -> BatchRecipe:
    """Return the recipe: geometry and macro, which holds the seeds and names what is dumped."""
    dumped = dumped_files(files)
    check_file_names(dict.fromkeys(dumped, b""))
    command = [PROGRAM, f"./{geometry_name(files)}", f"./{Macro(files).name}"]
    # An application may begin the names of files with histograms as it likes.
    spectra = [f"*_h1_{glob.escape(name)}.csv" for name in spectrum_names(Macro(files))]
    required = [*(glob.escape(name) for name in dumped), *spectra]
    return BatchRecipe(command, progress=[EVENT.pattern], required=required)
