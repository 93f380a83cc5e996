"""A running `yaptide up` and a browser that talks to it."""

import http.client
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.simulator_stand_ins.installing import READS

TERMINAL = ("COMPLETED", "FAILED", "CANCELED")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
    """Runs `yaptide up` and collects its lines."""

    def __init__(
        self,
        data_dir: Path,
        simulators_dir: Path,
        *options: str,
        port: int | None = None,
        **settings: str,
    ) -> None:
        self.port = port or free_port()
        self.lines: list[str] = []
        command = [sys.executable, "-m", "entrypoints", "up", "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command,
            env={**environment(data_dir, simulators_dir), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.append(line)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            ready = sum("worker ready" in line for line in self.lines) >= 2
            if ready and self._answers():
                return
            time.sleep(0.05)
        raise AssertionError("".join(self.lines))

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
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(40)
        self._reader.join(10)
        return code


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
            with self._opener.open(request, timeout=30) as answer:
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

    def wait(self, job_id: str, seconds: float = 90) -> list[Any]:
        """Poll until the job is over; return all that was seen."""
        seen = [self.status(job_id)]
        deadline = time.monotonic() + seconds
        while seen[-1]["job_state"] not in TERMINAL and time.monotonic() < deadline:
            time.sleep(0.2)
            seen.append(self.status(job_id))
        return seen

    def send_large(self, path: str, size: int) -> tuple[int, Any]:
        """POST a body of spaces of `size` bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
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


def wait_for(condition: Any, seconds: float) -> float:
    """Return after how many seconds a condition held; AssertionError if it did not."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - start
