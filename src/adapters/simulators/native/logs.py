"""Look for sentences in logs."""

import re
from collections.abc import Sequence

from adapters.simulators.runs.lines import lines_of

LONGEST_QUOTE = 200


def matching_lines(pattern: re.Pattern[str], log: str) -> Sequence[str]:
    """Return the lines of a log in which `pattern` is found, none of them very long."""
    return [line.strip()[:LONGEST_QUOTE] for line in lines_of(log) if pattern.search(line)]
