"""A running `yaptide up` and a browser that talks to it."""

import http.client
import http.cookiejar
import json
import os
import re
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.integration.servers.process import Server, free_port, wait_until
from tests.simulator_stand_ins.installing import READS
from tests.waiting import LONGEST

TERMINAL = ("COMPLETED", "FAILED", "CANCELED")


def environment(data_dir: Path, simulators_dir: Path) -> dict[str, str]:
    """Return what a newcomer's shell would hold, with everything kept in a temporary folder."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(data_dir),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DATA_DIR": str(data_dir),
        "SIMULATORS_DIR": str(simulators_dir),
        "MAX_CORES": "2",
        "TASK_LEASE_SECONDS": "3",
        "RECOVERY_SECONDS": "0.5",
        **READS,
    }


class Service:
    """Runs `yaptide up` and keeps its lines."""

    def __init__(
        self,
        data_dir: Path,
        simulators_dir: Path,
        *options: str,
        port: int | None = None,
        **settings: str,
    ) -> None:
        self.port = port or free_port()
        command = [sys.executable, "-m", "entrypoints", "up", "--port", self.port, *options]
        # One that is started again goes on at the same port.
        beside = Path(tempfile.mkdtemp(prefix="up-", dir=data_dir.parent))
        # A process that is killed leaves there what it would have removed.
        own = {**environment(data_dir, simulators_dir), "TMPDIR": str(beside), **settings}
        self.server = Server(command, beside / "up.log", own)

    @property
    def lines(self) -> list[str]:
        """Return what was printed so far."""
        return self.server.log.read_text(errors="replace").splitlines(keepends=True)

    def wait_until_ready(self) -> None:
        self.server.ready_when(
            lambda: sum("worker ready" in line for line in self.lines) >= 2 and self._answers()
        )

    def _answers(self) -> bool:
        try:
            return Browser(self)("GET", "/")[0] == 200
        except OSError:
            return False

    def worker_pid(self) -> int:
        """Return the process that runs tasks, the newest if there were several."""
        found = [
            match[1]
            for line in self.lines
            if (match := re.search(r"simulation worker ready.*pid=(\d+)", line))
        ]
        return int(found[-1])

    def stop(self) -> int:
        """End it as Ctrl-C does and return its exit code."""
        try:
            if self.server.runs:
                self.server.tell(signal.SIGINT)
            wait_until(lambda: not self.server.runs, "the end of `yaptide up`")
        finally:
            self.server.kill()
        return int(self.server.process.returncode)


class Browser:
    """Keeps cookies and speaks JSON."""

    def __init__(self, service: Service) -> None:
        self._base = f"http://127.0.0.1:{service.port}"
        self._port = service.port
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.jar = jar.cookiejar

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=LONGEST) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def sign_in(self, name: str = "ann") -> "Browser":
        credentials = {"username": name, "password": "a good password"}
        assert self("PUT", "/auth/register", credentials)[0] in (201, 403)
        assert self("POST", "/auth/login", credentials)[0] == 202
        return self

    def submit(self, project: Any, ntasks: int, **changes: Any) -> str:
        body = {
            "sim_type": "mcsquare", "ntasks": ntasks, "title": "A job", "input_type": "editor",
            "input_json": project, **changes,
        }  # fmt: skip
        status, answer = self("POST", "/jobs/direct", body)
        assert status == 202, answer
        return str(answer["job_id"])

    def status(self, job_id: str) -> Any:
        status, answer = self("GET", f"/jobs?job_id={job_id}")
        assert status == 200, answer
        return answer

    def wait(self, job_id: str) -> list[Any]:
        """Poll until the job is over; return all that was seen."""
        seen: list[Any] = []

        def is_over() -> bool:
            seen.append(self.status(job_id))
            return seen[-1]["job_state"] in TERMINAL

        wait_until(is_over, f"the end of {job_id}", pause=0.2, progress=lambda: seen[-1:])
        return seen

    def send_large(self, path: str, size: int) -> tuple[int, Any]:
        """POST a body of spaces of `size` bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=LONGEST)
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(size))
        connection.putheader("Cookie", "; ".join(f"{c.name}={c.value}" for c in self.jar))
        connection.endheaders()
        piece = b" " * (1 << 20)
        for _ in range(size >> 20):
            connection.send(piece)
        answer = connection.getresponse()
        result = answer.status, json.loads(answer.read())
        connection.close()
        return result


def engines(folder: Path) -> list[int]:
    """Return the MCsquare processes that work below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            engine = entry.name.isdecimal() and "MCsquare" in (entry / "cmdline").read_text()
            if engine and str(folder) in str((entry / "cwd").readlink()):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
