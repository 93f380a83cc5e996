"""How each simulator runs on a node: the uploaded folder, the watcher and a stand-in."""

import gzip
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.callbacks.result_json import results_json, stored_estimators
from adapters.executors.slurm_ssh.layout import pack_job
from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.topas.simulator import Topas
from application.ports.batch_clusters import BatchOrder
from application.ports.simulator import Simulator, TaskOutput
from domain.cluster import BatchOptions, Cluster
from entrypoints.composition.batch_recipes import RECIPES
from entrypoints.composition.merging_code import merging_code
from tests.locations import ROOT
from tests.simulator_stand_ins.installing import install
from tests.waiting import LONGEST

DATA = ROOT / "tests" / "data" / "simulators"
EXAMPLE = ROOT / "examples" / "proton_pencil_beam_in_water.geant4.json"
PRIMARIES = 1000


def case(name: str) -> tuple[Simulator, Mapping[str, bytes], str]:
    """Return a simulator, input files for it, and the program that a cluster has on PATH."""
    nowhere = Path("/none")
    if name == "fluka":
        deck = (DATA / "fluka" / "input" / "minimal.inp").read_bytes()
        return Fluka(nowhere), {"minimal.inp": deck}, "rfluka"
    if name == "topas":
        parameters = (DATA / "topas" / "input" / "minimal.txt").read_bytes()
        return Topas(nowhere), {"minimal.txt": parameters}, "topas"
    geant4 = Geant4()
    return geant4, geant4.convert(json.loads(EXAMPLE.read_text())).files, "geant4_app"


def run(name: str, folder: Path, **behaviour: object) -> dict[str, object]:
    """Run task 1 as its node would; return what the watcher left of it."""
    simulator, files, program = case(name)
    install(program, folder / "bin", **behaviour)
    order = BatchOrder(
        "job", 1, [PRIMARIES], {}, {1: simulator.task_files(files, PRIMARIES, 1)},
        RECIPES[name](files), BatchOptions(), "", "key", name, files, merging_code(),
    )  # fmt: skip
    # As submissions are unpacked on clusters.
    packed = pack_job(order, Cluster("c", "h"), str(folder))
    subprocess.run(["tar", "-xz", "-C", folder], input=packed, check=True)
    watcher(folder, "run", "1")
    found: dict[str, object] = json.loads((folder / "status" / "0001.json").read_text())
    return found


def watcher(folder: Path, *arguments: str) -> None:
    path = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}
    argv = [sys.executable, str(folder / "watcher.py"), *arguments]
    subprocess.run(argv, env=path, timeout=LONGEST, check=False)


@pytest.mark.parametrize("name", ["fluka", "topas", "geant4"])
def test_a_run_leaves_what_our_own_check_takes_and_is_merged_there_as_here(
    name: str, tmp_path: Path
) -> None:
    said = run(name, tmp_path)
    assert (said["state"], said["simulated"]) == ("COMPLETED", PRIMARIES), said["reason"]
    work = tmp_path / "tasks" / "0001"
    log = (work / "yaptide_output.log").read_text()
    simulator, files, _ = case(name)
    outputs = simulator.collect(work, 0, log)
    assert outputs
    watcher(tmp_path, "collect")
    with gzip.open(tmp_path / "collect" / "merged.json.gz") as file:
        found = json.load(file)
    assert (found["merged"], found["rejected"]) == ([1], {})
    here = simulator.merge([TaskOutput(work, PRIMARIES)], files)
    assert (
        found["estimators"] == json.loads(results_json(stored_estimators(here), {}))["estimators"]
    )


@pytest.mark.parametrize("name", ["fluka", "topas", "geant4"])
def test_progress_is_followed_until_a_run_breaks_off(name: str, tmp_path: Path) -> None:
    said = run(name, tmp_path, ending="crash")
    assert said["state"] == "FAILED"
    assert isinstance(said["simulated"], int)
    assert 0 < said["simulated"] < PRIMARIES
