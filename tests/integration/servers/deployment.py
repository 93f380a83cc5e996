"""The processes of an installation for many users, started by hand as an operator would."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.integration.servers.process import Server, accepts, free_port
from tests.simulator_stand_ins.installing import READS

SECRET = "a secret of the tests, forty characters"


class Deployment:
    """Web, simulation and helper processes on one database and one broker.

    Each process is known by a name and can be killed, stopped and started again on its own. What a
    process prints is in `folder`/NAME.log.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str,
        queue_url: str,
        simulators_dir: Path,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.port = free_port()
        self.api_port = self.port
        self.processes: dict[str, Server] = {}
        self._known: dict[str, int] = {}
        (folder / "temporary").mkdir(exist_ok=True)
        self.settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SIMULATORS_DIR": str(simulators_dir),
            "DATABASE_URL": database_url,
            "QUEUE_URL": queue_url,
            "SECRET_KEY": SECRET,
            "MAX_CORES": "2",
            # A process that is killed leaves there what it would have removed.
            "TMPDIR": str(folder / "temporary"),
            "TASK_LEASE_SECONDS": "3",
            "RECOVERY_SECONDS": "0.5",
            **READS,
            **(settings or {}),
        }

    @property
    def work_dir(self) -> Path:
        """Return the folder below which simulators run."""
        return self.data_dir / "work"

    def start(self, *names: str) -> None:
        """Start processes: `web`, `helper`, anything else is a simulation worker."""
        try:
            for name in names:
                log = self.folder / f"{name}.log"
                self._known[name] = self.log(name).count("worker ready") if log.exists() else 0
                self.processes[name] = Server(self._command(name), log, self.environment())
            for name in names:
                self.processes[name].ready_when(lambda name=name: self._is_ready(name))
        except BaseException:
            self.kill(*(name for name in names if name in self.processes))
            raise

    def kill(self, *names: str) -> None:
        """End processes at once, with SIGKILL."""
        for name in names:
            self.processes.pop(name).kill()

    def stop(self, *names: str) -> None:
        """End those processes that run in good order, all of them if none are named."""
        running = [name for name in names or tuple(self.processes) if name in self.processes]
        for name in running:
            self.processes[name].tell(signal.SIGTERM)
        # One signal each: a second one would end a worker before it has handed back its work.
        for name in running:
            self.processes.pop(name).wait_for_end()

    def log(self, name: str) -> str:
        """Return what a process printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def environment(self) -> dict[str, str]:
        """Return all settings of a process that is started now."""
        internal = {"BACKEND_INTERNAL_URL": f"http://127.0.0.1:{self.api_port}"}
        return {**internal, **self.settings, "DATA_DIR": str(self.data_dir)}

    def _command(self, name: str) -> list[str]:
        if name == "web":
            config = ("--config", "python:entrypoints.gunicorn_config")
            address = ("--bind", f"127.0.0.1:{self.port}")
            return [sys.executable, "-m", "gunicorn", *config, *address]
        queue = "helper" if name == "helper" else "simulations"
        return [sys.executable, "-m", "entrypoints", "worker", queue]

    def _is_ready(self, name: str) -> bool:
        if name == "web":
            return accepts(self.port)
        return self.log(name).count("worker ready") > self._known[name]
