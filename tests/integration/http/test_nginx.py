"""What strangers reach through the nginx that is shipped, in front of a real server."""

import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.http.server import Client, Web
from tests.integration.servers.nginx import SHIPPED, Nginx
from tests.waiting import LONGEST

MIB = 1 << 20


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    settings = {"TRUST_PROXY": "true", "PATH_PREFIX": "/api", "WEB_WORKERS": "1"}
    server = Web(tmp_path_factory.mktemp("web"), **settings)
    try:
        yield server.ready()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def nginx(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), web.port)
    yield nginx
    nginx.stop()


def connection(nginx: Nginx) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", nginx.https_port), 60)
    return nginx.context().wrap_socket(plain, server_hostname="localhost")


def ask(nginx: Nginx, path: str, *headers: str) -> tuple[int, bytes]:
    """Return the status and the body of what is at an address, sent exactly as it is spelled."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    with connection(nginx) as stream:
        stream.sendall("\r\n".join(lines).encode())
        answer = b""
        while piece := stream.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize(
    "path",
    [
        "/metrics", "/metrics/", "/metrics%2f", "/metrics%2F", "/%6detrics", "//metrics",
        "/./metrics", "/x/../metrics", "/metrics?", "/metrics;x", "/api/metrics", "/api/metrics/",
        "/api/metrics%2f", "/api//metrics", "/api/%6Detrics", "/API/metrics",
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", ["", "X-Forwarded-For: ", "X-Forwarded-Prefix: /x"])
def test_counters_are_for_nobody_outside(nginx: Nginx, path: str, header: str) -> None:
    status, body = ask(nginx, path, *filter(None, [header]))
    assert status in (400, 404)
    assert b"yaptide_" not in body


def test_counters_are_there_for_those_inside(web: Web) -> None:
    for path in ("/metrics", "/api/metrics"):
        answer = Client(web.url)("GET", path)
        assert (answer.status, b"yaptide_http_requests" in answer.data) == (200, True)


def test_its_workers_are_not_root(nginx: Nginx) -> None:
    assert ask(nginx, "/api/health/live")[0] == 200
    master = nginx.server.process.pid
    workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    assert workers
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in workers}
    assert 0 not in owners


@pytest.mark.parametrize("kind", ["of another user", "a link"])
def test_it_uses_no_folder_that_somebody_else_has_prepared(tmp_path: Path, kind: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    if kind == "a link":
        folder = tmp_path / "link"
        folder.symlink_to(theirs)
    else:
        folder = theirs
        try:
            os.chown(theirs, 12345, 12345)
        except PermissionError:
            pytest.skip("only root may give a folder away")
    started = subprocess.run(
        ["sh", str(SHIPPED / "start.sh")],
        env={"PATH": os.environ["PATH"], "STATE_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert started.returncode == 1
    assert f"STATE_DIR: {folder}" in started.stderr
    assert not list(theirs.iterdir())


def test_plain_http_is_sent_to_the_same_address_and_port(nginx: Nginx) -> None:
    plain = http.client.HTTPConnection("localhost", nginx.http_port, timeout=LONGEST)
    with contextlib.closing(plain):
        plain.request("GET", "/api/x?y=z")
        answer = plain.getresponse()
        answer.read()
    there = f"https://localhost:{nginx.https_port}/api/x?y=z"
    assert (answer.status, answer.headers["Location"]) == (308, there)


def test_a_large_body_with_a_worthless_key_is_refused_before_it_has_come(nginx: Nginx) -> None:
    """Nor does it fill the disk of nginx."""
    before = kept(nginx)
    most = [0]

    def send() -> int:
        with connection(nginx) as stream:
            stream.sendall(
                b"POST /api/results HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer worthless\r\n"
                b"Content-Length: %d\r\n\r\n" % (150 * MIB)
            )
            # The answer comes although nothing of the body does.
            status = int(stream.recv(12)[9:12])
            with contextlib.suppress(OSError):
                for _ in range(20):
                    stream.sendall(b" " * MIB)
                    most[0] = max(most[0], kept(nginx))
        return status

    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(send())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [403] * 4
    assert most[0] - before < MIB


def kept(nginx: Nginx) -> int:
    """Return how many bytes nginx holds in files."""
    total = 0
    for file in nginx.state.rglob("*"):
        with contextlib.suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total


def test_a_large_body_of_somebody_known_goes_through(nginx: Nginx, web: Web) -> None:
    ann = Client(f"{web.url}/api").sign_in("ann behind nginx")
    cookies = "; ".join(f"{name}={value}" for name, value in ann.cookies.items())
    body = json.dumps({"sim_type": "x", "ntasks": 1, "title": " " * (5 * MIB)}).encode()
    with connection(nginx) as stream:
        stream.sendall(
            b"POST /api/jobs/direct HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Cookie: %b\r\nContent-Length: %d\r\n\r\n%b" % (cookies.encode(), len(body), body)
        )
        answer = b""
        while piece := stream.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"input_type" in answer
