"""What users are told of a project that is not run as it was sent.

Whoever knows only the frontend sees the title of the job and its logs; scripts see the answer to
the submission, and both the metadata of the results.
"""

from application.ports.adaptation import Adaptation
from application.ports.simulator import Simulator

LONGEST_TITLE = 500
CONVERSION_LOG = "conversion.log"
"""The log of a job that lists what was left out of it."""


def substitution_sentence(runs: Simulator, meant: Simulator) -> str:
    """Return which simulator runs a project instead of which."""
    return f"{runs.profile.title} runs it instead of {meant.profile.title}, which is not installed"


def substituted_title(title: str, runs: Simulator, meant: Simulator) -> str:
    """Return the title of a job that says so too, cut where it would be too long."""
    told = f"({runs.profile.title} instead of {meant.profile.title})"
    room = LONGEST_TITLE - len(told) - 1
    kept = title if len(title) <= room else f"{title[: room - 1]}…"
    return f"{kept} {told}".strip()


def in_one_line(adaptation: Adaptation) -> str:
    """Return all that was done to a project, for the answer to its submission."""
    sentences = [adaptation.substitution] if adaptation.substitution else []
    if adaptation.left_out:
        sentences.append(f"left out: {'; '.join(adaptation.left_out)}")
    return "; ".join(sentences)


def conversion_logs(adaptation: Adaptation) -> dict[str, str]:
    """Return the log that tells what was done to a project, none where nothing was."""
    if not adaptation:
        return {}
    lines = [f"{adaptation.substitution}."] if adaptation.substitution else []
    if adaptation.left_out:
        lines += ["Not scored, and left out of the project and its results:"]
        lines += [f"- {sentence}" for sentence in adaptation.left_out]
    else:
        lines += ["Everything that the project asks for is scored."]
    return {CONVERSION_LOG: "\n".join(lines) + "\n"}
