"""How a simulator is run on the nodes of a cluster, where none of our own code is installed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from application.ports.simulator import InputFiles

SEED = "{seed}"
"""Stands in a command for the seed of the task."""


@dataclass(frozen=True, slots=True)
class BatchRecipe:
    """What the script of a task needs to know; it runs in a folder with the task's input files.

    `command` is found on the PATH that the cluster's set-up makes. `logs` are patterns of files
    to follow beside the standard output. `progress` are regular expressions, tried on each line,
    with groups among `done`, `left` (primaries), `percent`, `each` (seconds per primary), `hours`,
    `minutes`, `seconds` (the time left); where nothing tells the time left, the watcher estimates
    it. A run that ended well has left files for each pattern in `required`.
    """

    command: Sequence[str]
    progress: Sequence[str] = ()
    logs: Sequence[str] = ()
    required: Sequence[str] = ()


BatchRecipes = Callable[[InputFiles], BatchRecipe]
"""Returns the recipe for a job with these input files."""
