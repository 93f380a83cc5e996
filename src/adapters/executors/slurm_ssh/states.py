"""What each state of Slurm means, for us and for the user."""

import re
from collections.abc import Mapping

from domain.batch import Phase, RemoteState

STATES: Mapping[str, tuple[Phase, str]] = {
    "PENDING": (Phase.WAITING, ""),
    "CONFIGURING": (Phase.WAITING, ""),
    "SUSPENDED": (Phase.WAITING, "It was suspended by the cluster and will go on later."),
    "STOPPED": (Phase.WAITING, "It was stopped by the cluster and will go on later."),
    "REQUEUED": (Phase.WAITING, "It was put back into the queue and will start once more."),
    "REQUEUE_FED": (Phase.WAITING, "It was put back into the queue and will start once more."),
    "REQUEUE_HOLD": (Phase.WAITING, "It was put back into the queue and is held there."),
    "SPECIAL_EXIT": (Phase.WAITING, "It was put back into the queue and is held there."),
    "RESV_DEL_HOLD": (Phase.WAITING, "It is held: its reservation was deleted."),
    "RUNNING": (Phase.RUNNING, ""),
    "COMPLETING": (Phase.RUNNING, ""),
    "RESIZING": (Phase.RUNNING, ""),
    "SIGNALING": (Phase.RUNNING, ""),
    "STAGE_OUT": (Phase.RUNNING, ""),
    "COMPLETED": (Phase.DONE, ""),
    "FAILED": (Phase.FAILED, "It failed on the cluster."),
    "TIMEOUT": (
        Phase.FAILED,
        "It reached its time limit and was ended; ask for more with the option `time`.",
    ),
    "DEADLINE": (Phase.FAILED, "It was ended because it would have missed its deadline."),
    "OUT_OF_MEMORY": (
        Phase.FAILED,
        "It used more memory than it had asked for; ask for more with the option `mem-per-cpu`.",
    ),
    "NODE_FAIL": (Phase.FAILED, "The node it ran on failed."),
    "BOOT_FAIL": (Phase.FAILED, "The node it was to run on did not start."),
    "LAUNCH_FAILED": (Phase.FAILED, "The cluster could not start it."),
    "RECONFIG_FAIL": (Phase.FAILED, "The node it was to run on could not be set up."),
    "PREEMPTED": (Phase.FAILED, "It was ended to make room for a job that goes first."),
    "REVOKED": (Phase.FAILED, "It was taken over by another cluster."),
    "CANCELLED": (Phase.CANCELED, "It was cancelled on the cluster."),
}
"""States of squeue and sacct, from the manual pages of both, with a sentence where one helps."""

NEVER = "DependencyNeverSatisfied"

REASONS: Mapping[str, str] = {
    NEVER: "It waits for a job that can't end well any more, so it will never start.",
    "JobHeldUser": "It is held by its owner.",
    "JobHeldAdmin": "It is held by an administrator of the cluster.",
    "PartitionTimeLimit": "It asks for more time than its partition allows, so it waits for ever.",
    "PartitionDown": "It waits for its partition, which is down.",
    "ReqNodeNotAvail": "It waits for nodes that are not available now.",
    "QOSMaxJobsPerUserLimit": "It waits: too many jobs of its owner run already.",
    "QOSMaxCpuPerUserLimit": "It waits: jobs of its owner use all processors they may.",
    "AssocGrpCPUMinutesLimit": "It waits: the computing time of its grant is used up.",
    "AssocGrpBillingMinutes": "It waits: the computing time of its grant is used up.",
    "AssocMaxJobsLimit": "It waits: too many jobs of its grant run already.",
}
"""Reasons why a job waits that its owner should know; the others pass by themselves."""


def remote_state(name: str, reason: str = "", exit_code: str = "") -> RemoteState:
    """Return what a state's name means, perhaps with a reason (squeue) or exit code (sacct).

    An exit code is `code:signal`; `CANCELLED by 1001` names who did it. A state that nobody
    knows counts as running: what is over for good always has one of the known names.
    """
    word = name.split()[0].rstrip("+") if name.split() else ""
    phase, sentence = STATES.get(word, (Phase.RUNNING, ""))
    if phase is Phase.WAITING and reason in REASONS:
        sentence = REASONS[reason]
    if phase is Phase.WAITING and reason == NEVER:
        phase = Phase.CANCELED
    if word == "CANCELLED":
        sentence += _by(name)
    if word == "FAILED":
        sentence += _how(exit_code)
    return RemoteState(phase, sentence)


def _by(name: str) -> str:
    match = re.search(r"by (\d+)", name)
    return f" (By the account with the number {match.group(1)}.)" if match else ""


def _how(exit_code: str) -> str:
    code, _, signal = exit_code.partition(":")
    if signal.isdecimal() and int(signal):
        return f" (Signal {signal}.)"
    return f" (Exit code {code}.)" if code.isdecimal() and int(code) else ""
