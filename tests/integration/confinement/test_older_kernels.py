"""On older kernels less is prevented, and what is not is said: the same kernel asked for less."""

from typing import Any

import pytest

from adapters.executors.local_process.confinement.coverage import Confine, Coverage
from adapters.executors.local_process.launcher import Launcher
from adapters.executors.local_process.launching.order import Precautions
from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.simulator import Command
from tests.integration.confinement.conftest import SECRET, Machine
from tests.integration.confinement.test_hostile_program import REFUSALS, attempts

TRUNCATION = {"empty_a_file_of_another_task"}
SIGNALS = {"signal_the_worker", "signal_its_keeper"}
TCP = {"connect_to_redis", "listen_for_others"}
ABSTRACT = {"connect_to_an_abstract_socket"}
OTHERS = {
    "send_a_datagram",
    "connect_to_a_local_socket",
    "send_to_a_local_socket_from_one_of_a_pair",
    "lower_a_limit_of_the_worker",
    "leave_shared_memory",
    "hide_memory_in_a_file",
    "watch_the_data",
}


def left_open(
    machine: Machine,
    targets: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    coverage: Coverage,
) -> set[str]:
    """Return the attempts that succeed with no more than this."""
    made = machine.runner(Confine.AVAILABLE)
    made._coverage = coverage
    made._launcher = Launcher(Precautions(coverage.scoped, coverage.filtered, coverage.wanted))
    monkeypatch.setattr(Machine, "runner", lambda *_: made)
    found = attempts(machine, targets, Confine.AVAILABLE)
    return {name for name, said in found.items() if said not in REFUSALS}


@pytest.mark.parametrize(
    ("abi", "expected"),
    [
        (1, TRUNCATION | SIGNALS),
        (2, TRUNCATION | SIGNALS),
        (3, SIGNALS),
        (4, SIGNALS),
        (5, SIGNALS),
        (6, set()),
        (7, set()),
    ],
)
def test_with_the_filter(
    machine: Machine,
    targets: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    abi: int,
    expected: set[str],
) -> None:
    coverage = Coverage(abi, filtered=True)
    assert left_open(machine, targets, monkeypatch, coverage) == expected
    said = coverage.sentence()
    assert ("cut files" in said) == bool(TRUNCATION & expected)
    assert ("signal processes" in said) == bool(SIGNALS & expected)
    assert "socket" not in said


@pytest.mark.parametrize(
    ("abi", "expected"),
    [(3, SIGNALS | TCP | ABSTRACT | OTHERS), (4, SIGNALS | ABSTRACT | OTHERS), (6, OTHERS)],
)
def test_without_it(
    machine: Machine,
    targets: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    abi: int,
    expected: set[str],
) -> None:
    coverage = Coverage(abi, filtered=False)
    assert left_open(machine, targets, monkeypatch, coverage) == expected
    assert "open sockets other than TCP" in coverage.sentence()
    assert ("use TCP" in coverage.sentence()) == bool(TCP & expected)


def test_a_kernel_without_landlock_confines_nothing() -> None:
    coverage = Coverage(0, filtered=True)
    assert not coverage.confines
    assert coverage.sentence() == "engines are not confined: this kernel has no Landlock"


def test_with_neither_they_run_all_the_same(machine: Machine) -> None:
    runner = LocalProcessRunner(confine=Confine.OFF)
    outcome = runner.run(
        Command(["/bin/cat", str(machine.data / "secret-key")]), machine.folder, lambda _: True
    )
    runner.close()
    assert outcome.exit_code == 0
    assert SECRET in outcome.log
