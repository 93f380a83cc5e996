"""Which simulator runs a project whose own no worker has, and what is said of it."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.executors.local_process.executor import LocalProcessExecutor
from application.ports.adaptation import ScoringPlace
from application.simulators.catalog import SimulatorCatalog
from application.submission.announce_adaptation import CONVERSION_LOG, LONGEST_TITLE
from application.submission.retry_job import RetryJob
from application.submission.submit_job import BatchPlace, Submission, SubmitJob, SubmittedJob
from domain.cluster import BatchOptions
from domain.errors import InvalidInput, SimulatorNotInstalled
from domain.job import Job
from domain.states import EntityState
from tests.fakes.execution import FakeTaskQueue, FixedClock
from tests.fakes.persistence import FakeStore
from tests.fakes.simulator import ScriptedSimulator
from tests.unit.application.submission.scored_projects import output, project, quantity

ORDER = {"shieldhit": ("geant4", "mcsquare")}
WATER = project(output("depth", quantity("Dose"), quantity("Fluence"), quantity("LET")))


class Site:
    """An installation with open engines: SHIELD-HIT12A is on no worker."""

    def __init__(self, **order: tuple[str, ...]) -> None:
        self.store, self.queue, self.clock = FakeStore(), FakeTaskQueue(), FixedClock()
        self.shieldhit = ScriptedSimulator("shieldhit", installed=False, title="SHIELD-HIT12A")
        self.geant4 = ScriptedSimulator("geant4", title="Geant4")
        self.mcsquare = ScriptedSimulator("mcsquare", title="MCsquare")
        every = [self.mcsquare, self.shieldhit, self.geant4]
        self.catalog = SimulatorCatalog(every, "mcsquare")
        executor = LocalProcessExecutor(self.queue)
        self.submit_job = SubmitJob(
            self.store, self.catalog, executor, self.clock, substitutes=order
        )
        self.retry = RetryJob(self.store, executor, self.clock)
        with self.store() as work:
            self.user_id = work.users.add_local("ann", "hash").id
            work.commit()

    def submit(self, sent: Any = WATER, **changes: Any) -> SubmittedJob:
        submission = Submission("shieldhit", 2, "Pencil beam", project=sent, project_text=b"{}")
        return self.submit_job(self.user_id, replace(submission, **changes))

    def log(self, job: Job) -> str:
        with self.store() as work:
            return work.results.logs(job.simulation_id).get(CONVERSION_LOG, "")


def site(**fields: Any) -> Site:
    return Site(**(fields or ORDER))


def test_the_first_that_scores_all_runs_it() -> None:
    here = site()
    here.mcsquare.scores = here.geant4.scores = frozenset({"Dose", "Fluence", "LET"})
    submitted = here.submit()
    assert (submitted.job.sim_type, submitted.job.instead_of) == ("geant4", "shieldhit")
    assert submitted.job.title == "Pencil beam (Geant4 instead of SHIELD-HIT12A)"
    assert submitted.left_out == ()
    assert here.log(submitted.job).startswith("Geant4 runs it instead of SHIELD-HIT12A")
    # Nothing is asked of those behind it.
    assert here.mcsquare.conversions == 0


def test_one_that_scores_all_is_better_than_an_earlier_one() -> None:
    here = site()
    here.mcsquare.scores = frozenset({"Dose", "Fluence", "LET"})
    assert here.submit().job.sim_type == "mcsquare"


def test_else_the_one_that_scores_most_runs_it_and_says_what_is_missing() -> None:
    here = site()
    here.mcsquare.scores = frozenset({"Dose", "LET"})
    submitted = here.submit()
    assert submitted.job.sim_type == "mcsquare"
    assert submitted.left_out == ("MyFluence: not scored by MCsquare",)
    assert submitted.adaptation.unscored == (ScoringPlace(0, 1),)
    assert "- MyFluence: not scored by MCsquare" in here.log(submitted.job)
    with here.store() as work:
        kept = work.jobs.input_of(submitted.job.simulation_id)
    assert (kept.project, kept.adaptation) == (b"{}", submitted.adaptation)


def test_of_equals_the_first_runs_it() -> None:
    assert site().submit().job.sim_type == "geant4"
    assert site(shieldhit=("mcsquare", "geant4")).submit().job.sim_type == "mcsquare"


def test_one_that_refuses_or_is_not_there_leaves_it_to_the_others() -> None:
    here = site()
    here.geant4.particles = frozenset()
    assert here.submit().job.sim_type == "mcsquare"
    here = site()
    here.geant4.installed = False
    assert here.submit().job.sim_type == "mcsquare"


def test_what_is_there_runs_itself() -> None:
    here = site()
    here.shieldhit.installed = True
    here.shieldhit.scores = frozenset({"Dose", "Fluence", "LET"})
    submitted = here.submit()
    assert (submitted.job.sim_type, submitted.job.instead_of) == ("shieldhit", None)
    assert (submitted.job.title, here.log(submitted.job)) == ("Pencil beam", "")
    # It refuses what it can't score, although others could.
    with pytest.raises(InvalidInput, match="NoSuch"):
        here.submit(project(output("o", quantity("NoSuch"))))


def test_why_none_of_them_can_run_it_is_told_of_each() -> None:
    with pytest.raises(InvalidInput) as refused:
        site().submit({**WATER, "particle": "Carbon"})
    assert str(refused.value) == (
        "sim_type: shieldhit is not installed on any worker, and nothing that is there can run "
        "this project instead: Geant4: beam.particle: Geant4 has no Carbon; MCsquare: "
        "beam.particle: MCsquare has no Carbon"
    )


def test_what_is_wrong_with_the_project_itself_is_told_by_its_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        site().submit({**WATER, "primaries": "many"})
    assert refused.value.field == "primaries"


def test_without_the_setting_the_refusal_says_what_is_there_and_how() -> None:
    here = site(fluka=("mcsquare",))
    with pytest.raises(SimulatorNotInstalled) as refused:
        here.submit()
    assert str(refused.value) == (
        "sim_type: shieldhit is not installed on any worker: install it. MCsquare and Geant4 are "
        "here: an administrator can let one of them run such projects instead "
        "(SUBSTITUTE_SIMULATORS, or `yaptide up --substitute`)"
    )
    here.geant4.installed = False
    with pytest.raises(SimulatorNotInstalled, match=r"MCsquare is here: .* let it run such"):
        here.submit()
    here.mcsquare.installed = False
    with pytest.raises(SimulatorNotInstalled, match="No other simulator is there either"):
        here.submit()


def test_with_the_setting_but_nothing_installed_the_ways_are_named() -> None:
    here = site()
    here.geant4.installed = here.mcsquare.installed = False
    with pytest.raises(SimulatorNotInstalled) as refused:
        here.submit()
    assert "(Geant4: install it; MCsquare: install it)" in str(refused.value)


def test_files_are_for_one_simulator_alone() -> None:
    with pytest.raises(SimulatorNotInstalled) as refused:
        site().submit(None, files={"in.txt": b"5"})
    assert "but only SHIELD-HIT12A reads its input files" in str(refused.value)


def test_a_cluster_has_its_own_simulators() -> None:
    here = site()
    here.shieldhit.scores = frozenset({"Dose", "Fluence", "LET"})
    submission = Submission("shieldhit", 2, "Batch", project=WATER)
    place = BatchPlace(1, BatchOptions(), ["shieldhit", "mcsquare"])
    job = here.submit_job(here.user_id, submission, None, place).job
    assert (job.sim_type, job.instead_of, job.title) == ("shieldhit", None, "Batch")


@pytest.mark.parametrize("length", [0, 1, 460, 480, LONGEST_TITLE])
def test_a_title_has_room_for_what_really_runs(length: int) -> None:
    title = site().submit(title="x" * length).job.title
    assert len(title) <= LONGEST_TITLE
    assert title.endswith("(Geant4 instead of SHIELD-HIT12A)")
    assert title == title.strip()
    assert title.startswith("x" * min(length, LONGEST_TITLE - 40))


def test_a_retry_runs_on_the_same_simulator_and_says_the_same() -> None:
    here = site()
    first = here.submit().job
    with here.store() as work:
        work.jobs.move(first.simulation_id, EntityState.FAILED, here.clock.now())
        work.commit()
    # What is installed meanwhile does not change what is tried again.
    here.shieldhit.installed = True
    again = here.retry(first.job_id)
    assert (again.sim_type, again.instead_of, again.title) == (
        first.sim_type, first.instead_of, first.title,
    )  # fmt: skip
    assert here.log(again) == here.log(first)
    with here.store() as work:
        kept = [work.jobs.input_of(job.simulation_id) for job in (first, again)]
    assert kept[0] == kept[1]
