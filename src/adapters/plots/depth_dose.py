"""The depth-dose curve as a picture."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from application.reading.depth_dose_summary import DepthDoseCurve


def plot_depth_dose(
    path: Path,
    title: str,
    curve: DepthDoseCurve,
    marks: Sequence[tuple[str, float]],
    of_errors: str,
) -> None:
    """Write a PNG of a curve; `of_errors` says what its standard errors are of.

    `marks` are vertical lines: a label and a position in cm each.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    depths, doses, errors = curve.positions, curve.doses, curve.errors
    axes.plot(depths, doses, color="tab:blue", linewidth=1.4, label="dose")
    if errors is not None:
        # An error that is not known has no band.
        errors = [error if isfinite(error) else 0.0 for error in errors]
        low = [dose - error for dose, error in zip(doses, errors, strict=True)]
        high = [dose + error for dose, error in zip(doses, errors, strict=True)]
        axes.fill_between(
            depths,
            low,
            high,
            color="tab:blue",
            alpha=0.3,
            linewidth=0,
            label=f"± standard error ({of_errors})",
        )
    for (label, depth), color in zip(marks, ("tab:orange", "tab:red", "tab:green"), strict=False):
        axes.axvline(
            depth, color=color, linestyle="--", linewidth=1, label=f"{label}: {depth:.2f} cm"
        )
    axes.set_xlabel(f"{curve.letter} / cm")
    axes.set_ylabel("dose / (MeV/g) per primary")
    # Titles come from users: a dollar sign would start a formula.
    axes.set_title(title.replace("$", r"\$"))
    axes.set_xlim(min(depths), max(depths))
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=120)
