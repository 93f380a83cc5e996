"""Primaries of a task shared among the parts of its input that start some."""

from collections.abc import Sequence


def shares(counts: Sequence[int], primaries: int) -> list[int]:
    """Share primaries in proportion to counts, by largest remainder; none is lost."""
    total = sum(counts)
    made = [count * primaries // total for count in counts]
    order = sorted(range(len(counts)), key=lambda at: -(counts[at] * primaries % total))
    for at in order[: primaries - sum(made)]:
        made[at] += 1
    return made
