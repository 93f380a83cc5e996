"""How far a run has come, as lines `--> Event 1000 starts.` say.

Geant4 writes them every `/run/printProgress` events; with threads each with `G4WT0 > ` in front.
"""

import re

from adapters.simulators.native.event_progress import EventProgress

EVENT = re.compile(r"-->\s*Event\s+(?P<done>\d{1,15})\s+starts")


class Geant4Progress(EventProgress):
    """Reads the standard output of an application."""

    pattern = EVENT
