"""The shipped configuration: nginx, gunicorn, workers, PostgreSQL and Redis, as browsers meet them."""

import contextlib
import gzip
import http.client
import http.cookiejar
import json
import signal
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.servers.deployment import Deployment
from tests.integration.servers.nginx import Nginx
from tests.integration.servers.postgresql import PostgreSql
from tests.integration.servers.process import accepts, wait_until
from tests.integration.servers.redis import RedisServer
from tests.unit.adapters.simulators.projects import water_box
from tests.waiting import LONGEST

HSTS = "max-age=31536000; includeSubDomains"


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory,
    postgresql: PostgreSql,
    redis_server: RedisServer,
    simulators_dir: Path,
) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    with redis_server.client() as client:
        client.flushall()
    with postgresql.database() as database_url:
        deployment = Deployment(
            folder,
            database_url,
            redis_server.url,
            simulators_dir,
            {
                "TRUST_PROXY": "true",
                "WEB_WORKERS": "2",
                # What is found soon all the same was handed back, not lost.
                "TASK_LEASE_SECONDS": "600",
                "STOP_GRACE_SECONDS": "0.5",
            },
        )
        try:
            deployment.start("web", "helper", "simulations")
            yield deployment
        finally:
            deployment.stop()


@pytest.fixture(scope="module")
def nginx(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), deployment.port, upload_mib=1)
    try:
        yield nginx
    finally:
        nginx.stop()


class Client:
    """A browser that speaks TLS, keeps cookies and sends headers of its own."""

    def __init__(self, nginx: Nginx, **headers: str) -> None:
        self.base = f"https://localhost:{nginx.https_port}"
        self.jar = http.cookiejar.CookieJar()
        self._headers = {"Content-Type": "application/json", **headers}
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar),
            urllib.request.HTTPSHandler(context=nginx.context()),
        )

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, self._headers, method=method)
        try:
            answer = self._opener.open(request, timeout=LONGEST)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, json.load(answer)

    def sign_in(self, name: str) -> "Client":
        credentials = {"username": name, "password": "a good password"}
        assert self("PUT", "/auth/register", credentials)[0] in (201, 403)
        assert self("POST", "/auth/login", credentials)[0] == 202
        return self

    def submit(self, primaries: int, ntasks: int) -> str:
        project = water_box(numberOfParticles=primaries)
        fields = {"sim_type": "mcsquare", "ntasks": ntasks, "input_type": "editor"}
        status, _, answer = self("POST", "/jobs/direct", {**fields, "input_json": project})
        assert status == 202, answer
        return str(answer["job_id"])


@pytest.fixture
def client(nginx: Nginx) -> Client:
    return Client(nginx).sign_in("ann")


def test_a_job_from_submission_to_results(client: Client) -> None:
    job_id = client.submit(4001, 4)

    def job() -> Any:
        return client("GET", f"/jobs?job_id={job_id}")[2]

    wait_until(lambda: job()["job_state"] == "COMPLETED", "the end of the job", progress=job)
    status, headers, results = client("GET", f"/results?job_id={job_id}")
    assert status == 200
    # The engine completes batches of 16: 1001 and thrice 1000 become 4 times 1008.
    assert results["estimators"][0]["metadata"]["primaries"] == "4032"
    assert headers["Strict-Transport-Security"] == HSTS
    assert client.jar
    assert all(cookie.secure for cookie in client.jar)


def test_a_body_that_is_too_large_is_a_413_in_json(nginx: Nginx) -> None:
    connection = http.client.HTTPSConnection(
        "localhost", nginx.https_port, timeout=LONGEST, context=nginx.context()
    )
    with contextlib.closing(connection):
        connection.putrequest("POST", "/jobs/direct")
        connection.putheader("Content-Length", str(2 << 20))
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert answer.headers["Strict-Transport-Security"] == HSTS
        assert answer.headers["Content-Type"] == "application/json"
        assert json.load(answer) == {"message": "body: must not be larger than 1 MiB"}


def test_plain_http_is_sent_to_https(nginx: Nginx) -> None:
    connection = http.client.HTTPConnection("localhost", nginx.http_port, timeout=LONGEST)
    with contextlib.closing(connection):
        connection.request("GET", "/jobs?job_id=x")
        answer = connection.getresponse()
        answer.read()
    assert answer.status == 308
    there = f"https://localhost:{nginx.https_port}/jobs?job_id=x"
    assert answer.headers["Location"] == there


def spoken(nginx: Nginx, version: ssl.TLSVersion) -> str | None:
    """Return what is spoken with a client that speaks nothing but this version."""
    context = nginx.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = version
        context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", nginx.https_port), LONGEST) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        return connection.version()


def test_tls_from_1_2(nginx: Nginx) -> None:
    assert spoken(nginx, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert spoken(nginx, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        spoken(nginx, ssl.TLSVersion.TLSv1_1)


def test_answers_are_compressed(nginx: Nginx) -> None:
    connection = http.client.HTTPSConnection(
        "localhost", nginx.https_port, timeout=LONGEST, context=nginx.context()
    )
    with contextlib.closing(connection):
        connection.request("GET", "/openapi.json", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "openapi" in json.loads(gzip.decompress(answer.read()))


def test_what_a_client_claims_of_its_way_is_not_believed(nginx: Nginx) -> None:
    liar = Client(
        nginx,
        **{
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": "/auth",
            "X-Forwarded-For": "10.1.2.3",
            "Forwarded": "proto=http",
        },
    ).sign_in("bob")
    assert all(cookie.secure for cookie in liar.jar)


def test_a_worker_that_stops_hands_its_task_to_another(
    deployment: Deployment, client: Client
) -> None:
    job_id = client.submit(500_000_000, 1)

    def state() -> str:
        (task,) = client("GET", f"/jobs?job_id={job_id}")[2]["job_tasks_status"]
        return str(task["task_state"])

    wait_until(lambda: state() == "RUNNING", "a running task")
    deployment.stop("simulations")
    assert state() == "PENDING"
    # Nobody changes the job now: who waits for news waits to the end and is not cut off.
    version = client("GET", f"/jobs/{job_id}/events?after=0&wait=0")[2]["version"]
    begin = time.monotonic()
    assert client("GET", f"/jobs/{job_id}/events?after={version}&wait=4")[0] == 200
    assert time.monotonic() - begin > 3
    deployment.start("simulations")
    wait_until(lambda: state() == "RUNNING", "a running task")
    assert client("DELETE", f"/jobs?job_id={job_id}")[0] == 200


def test_counters_are_not_for_strangers(nginx: Nginx) -> None:
    assert Client(nginx)("GET", "/metrics")[0] == 404


def test_a_graceful_restart_loses_no_request(
    deployment: Deployment, nginx: Nginx, client: Client
) -> None:
    statuses: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            statuses.append(client("GET", "/user/simulations?page_size=1&page_idx=1")[0])

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            before = len(statuses)
            deployment.processes["web"].tell(signal.SIGHUP)
            wait_until(
                lambda before=before: len(statuses) > before + 60,
                "sixty more answers",
                progress=lambda: len(statuses),
            )
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}


def test_an_api_that_is_away_is_a_503_in_json(
    deployment: Deployment, nginx: Nginx, client: Client
) -> None:
    deployment.stop("web")
    try:
        wait_until(lambda: not accepts(deployment.port), "a closed port")
        status, headers, answer = client("GET", "/")
        assert (status, headers["Retry-After"]) == (503, "5")
        assert "try again" in answer["message"]
        assert headers["Strict-Transport-Security"] == HSTS
    finally:
        deployment.start("web")
    assert client("GET", "/")[0] == 200
