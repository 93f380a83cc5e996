"""Examines an installation, check by check, and says what to do about what it finds."""

from collections.abc import Callable, Iterator

from entrypoints.composition.administration import AdministrationContainer
from entrypoints.doctor.finding import Finding, Verdict, examine
from entrypoints.doctor.service_checks import ServiceChecks
from entrypoints.doctor.storage_checks import StorageChecks

FIRST_THE_DATABASE = "first make the database answer"

__all__ = ["Finding", "Verdict", "examine_installation"]


def examine_installation(container: AdministrationContainer) -> Iterator[Finding]:
    """Run every check; one that fails doesn't keep the others from being run."""
    storage, service = StorageChecks(container), ServiceChecks(container)
    database = examine("database", storage.database, "look at DATABASE_URL and at the server")
    yield database
    answers = database.verdict is not Verdict.FAILED
    yield _with_database("schema", storage.schema, answers)
    yield examine("queue", storage.queue, "look at QUEUE_URL and at Redis")
    yield examine("api", service.api, "look at BACKEND_INTERNAL_URL")
    yield _with_database("workers", service.workers, answers)
    yield _with_database("simulators", service.simulators, answers)
    yield examine("confinement", service.confinement, "look at CONFINE_SIMULATORS")
    yield _with_database("clusters", service.clusters, answers)
    yield examine("keycloak", service.keycloak, "look at KEYCLOAK_BASE_URL")
    yield examine("store", storage.store, "look at the settings S3_...")
    yield examine("disk", storage.disk, "look at DATA_DIR")
    yield examine("clock", service.clock, "keep the clocks of all hosts right with NTP")


def _with_database(name: str, check: Callable[[], str], answers: bool) -> Finding:
    """Run a check that asks the database; one that is away was waited for already."""
    if answers:
        return examine(name, check, FIRST_THE_DATABASE)
    return Finding(name, Verdict.FAILED, "the database does not answer", FIRST_THE_DATABASE)
