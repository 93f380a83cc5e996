"""Checks of what runs: API, workers, simulators, clusters, Keycloak, clocks."""

import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import urllib3
from urllib3.exceptions import HTTPError

from domain.errors import ConfinementUnavailable
from entrypoints.composition.administration import AdministrationContainer
from entrypoints.doctor.finding import NotUsed, Trouble

PATIENCE = 5.0
NEEDED_KERNEL = "run simulation workers on Linux 6.12 or newer with Landlock: docs/production.md"
MOST_SKEW = 5.0


class ServiceChecks:
    """Looks at everything that has to be running somewhere."""

    def __init__(self, container: AdministrationContainer) -> None:
        self._container = container
        self._settings = container.settings()

    def api(self) -> str:
        """Ask the API where workers would."""
        self._headers(
            self._settings.internal_url, "start it: yaptide up, or look at BACKEND_INTERNAL_URL"
        )
        return f"it answers at {self._settings.internal_url}"

    def workers(self) -> str:
        """Look for workers that reported lately."""
        seen = self._container.worker_notes().lately()
        if not seen:
            raise Trouble(
                "no simulation worker was seen lately",
                "start one: yaptide worker simulations; if one runs, it does not reach the API",
            )
        cores = sum(worker.note.cores for worker in seen)
        return f"{len(seen)} seen lately, {cores} cores"

    def simulators(self) -> str:
        """Look for simulators, on this machine and on the workers."""
        here = {item.name for item in self._container.simulators() if item.find() is not None}
        there: set[str] = set()
        for worker in self._container.worker_notes().lately():
            there |= set(worker.note.simulators)
        if not here | there:
            raise Trouble("none is installed", "run: yaptide simulators install mcsquare")
        return ", ".join(sorted(here | there))

    def confinement(self) -> str:
        """Look whether the kernel of this machine keeps engines to their own files."""
        try:
            coverage = self._container.runner().coverage()
        except ConfinementUnavailable as error:
            raise Trouble(str(error), NEEDED_KERNEL) from error
        if not coverage.wanted:
            raise NotUsed(coverage.sentence())
        if coverage.gaps or not coverage.confines:
            raise Trouble(coverage.sentence(), NEEDED_KERNEL, serious=False)
        return coverage.sentence()

    def keycloak(self) -> str:
        """Ask Keycloak for its keys."""
        realm = self._settings.keycloak
        if realm is None:
            raise NotUsed("KEYCLOAK_BASE_URL is not set")
        address = f"{realm.base_url}/realms/{realm.realm}/protocol/openid-connect/certs"
        self._headers(address, "look at KEYCLOAK_BASE_URL and KEYCLOAK_REALM, and at Keycloak")
        return f"realm {realm.realm} answers"

    def clusters(self) -> str:
        """Look whether the login nodes of all clusters speak SSH."""
        with self._container.unit_of_work(read_only=True) as work:
            clusters = work.clusters.all()
        if not clusters:
            raise NotUsed("none is registered")
        silent = [
            cluster.name for cluster in clusters if not _speaks_ssh(cluster.host, cluster.port)
        ]
        if silent:
            raise Trouble(
                f"no SSH server answers for: {', '.join(silent)}",
                "see more with: yaptide clusters test NAME",
            )
        return f"{len(clusters)} answer"

    def clock(self) -> str:
        """Compare our clock with that of the API."""
        headers = self._headers(self._settings.internal_url, "start the API to compare with it")
        theirs = parsedate_to_datetime(headers.get("Date", ""))
        skew = abs((datetime.now(UTC) - theirs).total_seconds())
        if skew > MOST_SKEW:
            raise Trouble(
                f"{skew:.0f} s away from the API's", "keep the clocks of all hosts right with NTP"
            )
        return f"within {MOST_SKEW:.0f} s of the API's"

    def _headers(self, address: str, remedy: str) -> Mapping[str, str]:
        pool = urllib3.PoolManager(timeout=PATIENCE, retries=False)
        try:
            answer = pool.request("GET", address)
        except HTTPError as error:
            raise Trouble(f"{address} can't be reached: {_reason(error)}", remedy) from error
        finally:
            pool.clear()
        if answer.status >= 400:
            raise Trouble(f"{address} answers with {answer.status}", remedy)
        return answer.headers


def _reason(error: HTTPError) -> str:
    cause = error.__cause__ or error.__context__
    return getattr(cause, "strerror", None) or type(error).__name__


def _speaks_ssh(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), PATIENCE) as connection:
            connection.settimeout(PATIENCE)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
