"""One connection per user and cluster, used again and closed when idle."""

import hashlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from adapters.executors.slurm_ssh.connection import SshConnection
from application.ports.batch_clusters import Account
from domain.errors import ClusterUnreachable, CredentialsUnusable

IDLE_SECONDS = 180.0
TRIES = 3
PAUSE_SECONDS = 0.5

Connect = Callable[[Account], SshConnection]


@dataclass
class _Slot:
    """The place of one user's connection to one cluster."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    connection: SshConnection | None = None
    made_for: str = ""
    used: float = 0.0


class ConnectionPool:
    """Lends the one connection that a user has to a cluster; safe for threads, not for forks."""

    def __init__(self, known_hosts: Path | None, connect: Connect | None = None) -> None:
        self._connect = connect or (lambda account: SshConnection(account, known_hosts))
        self._slots: dict[tuple[int, int, str], _Slot] = {}
        self._lock = threading.Lock()

    def get(self, account: Account) -> SshConnection:
        """Return the open connection of an account, made anew if it is dead or the key changed."""
        key = (account.user_id, account.cluster.id, account.cluster.name)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        with slot.lock:
            wanted = _mark(account)
            if slot.connection is None or not slot.connection.alive or slot.made_for != wanted:
                _close(slot)
                slot.connection = self._connected(account)
                slot.made_for = wanted
            slot.used = time.monotonic()
            return slot.connection

    def _connected(self, account: Account) -> SshConnection:
        """Connect; a server refuses some of many that come at once, so try again a little later."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._connect(account)
            except CredentialsUnusable:
                raise
            except ClusterUnreachable:
                if attempt == TRIES:
                    raise
                time.sleep(PAUSE_SECONDS * attempt * random.uniform(0.5, 1.5))  # noqa: S311
        raise AssertionError("unreachable")

    def close_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Close connections that were not used for so long."""
        with self._lock:
            slots = list(self._slots.values())
        for slot in slots:
            if slot.lock.acquire(blocking=False):
                try:
                    if time.monotonic() - slot.used >= seconds:
                        _close(slot)
                finally:
                    slot.lock.release()


def _close(slot: _Slot) -> None:
    if slot.connection is not None:
        slot.connection.close()
        slot.connection = None


def _mark(account: Account) -> str:
    """Return what a connection was made for, without keeping the key itself."""
    parts = (account.key.private_key, account.key.certificate, repr(account.cluster), account.login)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
