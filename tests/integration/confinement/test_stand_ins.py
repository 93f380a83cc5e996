"""Stand-ins for all engines that a site installs, steered by their input to turn hostile."""

import json
from contextlib import closing
from typing import Any

import pytest

from adapters.executors.local_process.confinement.coverage import Confine
from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.shieldhit.simulator import ShieldHit
from adapters.simulators.topas.simulator import Topas
from application.ports.simulator import Simulator
from application.running.run_task import write_files
from tests.integration.confinement import hostile
from tests.integration.confinement.conftest import Machine
from tests.integration.confinement.test_hostile_program import REFUSALS
from tests.locations import ROOT, TESTS
from tests.simulator_stand_ins.behaviour import HOSTILE
from tests.simulator_stand_ins.installing import install

DATA = TESTS / "data" / "simulators"
PROGRAMS = {
    "shieldhit": ("shieldhit", ShieldHit, "shieldhit/input"),
    "fluka": ("rfluka", Fluka, "fluka/input"),
    "topas": ("topas", Topas, "topas/input"),
    "geant4": ("geant4_app", None, "geant4/reference"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_runs_as_ever_and_reaches_nothing(
    name: str, machine: Machine, targets: dict[str, Any]
) -> None:
    program, make, inputs = PROGRAMS[name]
    executable = install(program, machine.installation, targets=targets)
    simulator: Simulator = make(machine.installation) if make else Geant4(str(executable))
    files = {path.name: path.read_bytes() for path in (DATA / inputs).iterdir()}
    files.pop("pages.json", None)
    write_files(machine.folder, simulator.task_files(files, 100, 1))
    with closing(machine.runner(Confine.REQUIRED, ROOT)) as runner:
        command = simulator.command(machine.folder, 1)
        outcome = runner.run(command, machine.folder, lambda _: True)
    assert simulator.collect(machine.folder, outcome.exit_code, outcome.log)
    assert succeeded(outcome.log) == {}


def succeeded(log: str) -> dict[str, str]:
    """Return the attempts that were not refused, of those that a log tells of."""
    (line,) = (line for line in log.splitlines() if line.startswith(HOSTILE))
    found: dict[str, str] = json.loads(line.removeprefix(HOSTILE))
    assert set(found) == set(hostile.ATTEMPTS)
    return {name: said for name, said in found.items() if said not in REFUSALS}
