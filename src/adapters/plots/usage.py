"""What was computed, as a picture."""

from collections.abc import Sequence
from pathlib import Path

from application.ports.usage_report import Usage

STATES = (("completed", "tab:green"), ("failed", "tab:red"), ("canceled", "tab:gray"))


def plot_usage(path: Path, labels: Sequence[str], found: Sequence[Usage]) -> None:
    """Write a PNG with jobs by state and CPU hours, a bar for each group."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(max(6.0, 0.5 * len(found)), 6), layout="constrained")
    FigureCanvasAgg(figure)
    jobs, hours = figure.subplots(2, 1, sharex=True)
    places = range(len(found))
    bottom = [0] * len(found)
    for state, color in STATES:
        heights = [getattr(item, state) for item in found]
        jobs.bar(places, heights, bottom=bottom, color=color, label=state)
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    going_on = [item.jobs - low for item, low in zip(found, bottom, strict=True)]
    jobs.bar(places, going_on, bottom=bottom, color="tab:blue", label="going on")
    jobs.set_ylabel("jobs")
    jobs.legend()
    hours.bar(places, [item.cpu_hours for item in found], color="tab:orange")
    hours.set_ylabel("CPU hours")
    # Names come from users: a dollar sign would start a formula.
    names = [label.replace("$", r"\$") for label in labels]
    hours.set_xticks(places, names, rotation=45, ha="right")
    figure.savefig(path, dpi=120, format="png")
