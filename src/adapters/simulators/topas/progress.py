"""How far a run has come, as lines `G4WT6 > Begin processing for Run: 0, History: 1000` say.

TOPAS writes them every `Ts/ShowHistoryCountAtInterval` histories.
"""

import re

from adapters.simulators.native.event_progress import EventProgress

HISTORY = re.compile(r"Begin processing for Run:\s*\d+,\s*History:\s*(?P<done>\d+)\s*(?:,|$)")


class TopasProgress(EventProgress):
    """Reads the standard output of TOPAS."""

    pattern = HISTORY
    finished = "TOPAS run sequence complete"
