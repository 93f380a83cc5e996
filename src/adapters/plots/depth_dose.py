"""The depth-dose curve as a picture."""

from collections.abc import Sequence
from pathlib import Path


def plot_depth_dose(
    path: Path,
    title: str,
    depths: Sequence[float],
    doses: Sequence[float],
    errors: Sequence[float] | None,
    marks: Sequence[tuple[str, float]],
) -> None:
    """Write a PNG of doses (MeV/g per primary) with standard errors over depths (cm).

    `marks` are vertical lines: a label and a depth in cm each.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(depths, doses, color="tab:blue", linewidth=1.4, label="dose")
    if errors is not None:
        low = [dose - error for dose, error in zip(doses, errors, strict=True)]
        high = [dose + error for dose, error in zip(doses, errors, strict=True)]
        axes.fill_between(
            depths, low, high, color="tab:blue", alpha=0.3, linewidth=0, label="± standard error"
        )
    for (label, depth), color in zip(marks, ("tab:orange", "tab:red", "tab:green"), strict=False):
        axes.axvline(
            depth, color=color, linestyle="--", linewidth=1, label=f"{label}: {depth:.2f} cm"
        )
    axes.set_xlabel("depth / cm")
    axes.set_ylabel("dose / (MeV/g) per primary")
    # Titles come from users: a dollar sign would start a formula.
    axes.set_title(title.replace("$", r"\$"))
    axes.set_xlim(min(depths), max(depths))
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=120)
