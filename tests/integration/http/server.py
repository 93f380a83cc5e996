"""A real gunicorn with several processes, and clients that talk to it."""

import gzip
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import urllib3
import zstandard

from adapters.auth.jwt_tokens import JwtTokenIssuer
from adapters.clock.system import SystemClock
from domain.job import JobRef
from tests.integration.servers.process import Server, free_port
from tests.waiting import LONGEST

SECRET = "the secret key of the tests, long enough"
PASSWORD = "a good password"


class Web(Server):
    """The API, served as in production."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data_dir),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DATA_DIR": str(data_dir),
            "TMPDIR": str(data_dir),
            "SECRET_KEY": SECRET,
            **settings,
        }
        argv = [
            *(
                sys.executable,
                "-m",
                "gunicorn",
                "--config",
                "python:entrypoints.gunicorn_config",
            ),
            *("--bind", f"127.0.0.1:{self.port}"),
            "tests.integration.http.scripted:create_application()",
        ]
        super().__init__(argv, data_dir / "web.log", environment)

    def ready(self) -> "Web":
        pool = urllib3.PoolManager(retries=False)

        def answers() -> bool:
            try:
                return pool.request("GET", f"{self.url}/health/ready", timeout=5).status == 200
            except urllib3.exceptions.HTTPError:
                return False

        self.ready_when(answers)
        pool.clear()
        return self


class Answer:
    """An answer with its JSON."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.sent = answer.data
        self.data = plain(answer.data, answer.headers.get("Content-Encoding", ""))
        self.json: Any = None
        if self.data and "json" in answer.headers.get("Content-Type", ""):
            self.json = msgspec.json.decode(self.data)


def plain(data: bytes, encoding: str) -> bytes:
    """Return what was answered as it was before it was compressed."""
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return gzip.decompress(data) if encoding == "gzip" else data


class Client:
    """Keeps cookies as a browser does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(retries=False, timeout=LONGEST, maxsize=16)
        self.cookies: dict[str, str] = {}

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **query: object,
    ) -> Answer:
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        data = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        fields = {name: str(value) for name, value in query.items()}
        address = self._url + path + ("?" + urlencode(fields) if fields else "")
        answer = Answer(
            self._pool.request(method, address, body=data, headers=sent, decode_content=False)
        )
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def close(self) -> None:
        self._pool.clear()

    def sign_in(self, name: str) -> "Client":
        credentials = {"username": name, "password": PASSWORD}
        assert self("PUT", "/auth/register", credentials).status in (201, 403)
        assert self("POST", "/auth/login", credentials).status == 202
        return self

    def submit(self, primaries: int = 10, ntasks: int = 2, **headers: str) -> str:
        answer = self("POST", "/jobs/direct", submission(primaries, ntasks), headers)
        assert answer.status == 202, answer.data
        return str(answer.json["job_id"])


class Worker(Client):
    """Reports as a worker does."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.tokens = JwtTokenIssuer(SystemClock(), SECRET)

    def tell(self, path: str, simulation_id: int, **fields: Any) -> Answer:
        # As those of a version before, which did not know the job's id.
        key = self.tokens.issue_update_key(JobRef(simulation_id, "")).text
        body = {
            "simulation_id": simulation_id,
            "sim_id": simulation_id,
            "update_key": key,
            **fields,
        }
        return self("POST", path, body)

    def task(self, simulation_id: int, index: int, **said: Any) -> Answer:
        answer = self.tell("/tasks", simulation_id, task_id=index, update_dict=said)
        assert answer.status == 202, answer.data
        return answer

    def finish(self, simulation_id: int, ntasks: int, *pages: dict[str, Any]) -> None:
        for index in range(1, ntasks + 1):
            self.task(simulation_id, index, task_state="RUNNING", simulated_primaries=1)
            self.task(simulation_id, index, task_state="COMPLETED")
        assert self.tell("/merges/claim", simulation_id, claim_id="m").json["order"]
        estimators = [{"name": "out", "metadata": {}, "pages": list(pages or [page(0)])}]
        assert self.tell("/results", simulation_id, estimators=estimators).status == 202


def submission(primaries: int = 10, ntasks: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "sim_type": "mcsquare", "ntasks": ntasks, "title": "Wiązka 🎯", "input_type": "editor",
        "input_json": {"primaries": primaries}, **changes,
    }  # fmt: skip


def page(number: int, values: int = 3) -> dict[str, Any]:
    return {
        "name": f"page {number}", "dimensions": 1,
        "data": {"name": "DOSE", "unit": "Gy", "values": [0.5 + n for n in range(values)]},
        "axis_dim1": {"name": "Z", "unit": "cm", "values": list(range(values))},
        "metadata": {"name": "DOSE", "unit": "Gy", "page_number": str(number)},
    }  # fmt: skip
