"""Examines an installation, check by check, and says what to do about what it finds."""

from collections.abc import Iterator

from entrypoints.administration import AdministrationContainer
from entrypoints.doctor.finding import Finding, Verdict, examine
from entrypoints.doctor.service_checks import ServiceChecks
from entrypoints.doctor.storage_checks import StorageChecks

__all__ = ["Finding", "Verdict", "examine_installation"]


def examine_installation(container: AdministrationContainer) -> Iterator[Finding]:
    """Run every check; one that fails doesn't keep the others from being run."""
    storage, service = StorageChecks(container), ServiceChecks(container)
    yield examine("database", storage.database, "look at DATABASE_URL and at the server")
    yield examine("schema", storage.schema, "first make the database answer")
    yield examine("queue", storage.queue, "look at QUEUE_URL and at Redis")
    yield examine("api", service.api, "look at BACKEND_INTERNAL_URL")
    yield examine("workers", service.workers, "first make the database answer")
    yield examine("simulators", service.simulators, "first make the database answer")
    yield examine("clusters", service.clusters, "first make the database answer")
    yield examine("keycloak", service.keycloak, "look at KEYCLOAK_BASE_URL")
    yield examine("store", storage.store, "look at the settings S3_...")
    yield examine("disk", storage.disk, "look at DATA_DIR")
    yield examine("clock", service.clock, "keep the clocks of all hosts right with NTP")
