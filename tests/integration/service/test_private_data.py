"""Nothing that the service keeps is for anybody else, whatever the umask and the folder were."""

import os
import signal
import stat
import sys
from pathlib import Path

import pytest
import urllib3

from tests.integration.servers.process import Server, free_port


def open_to_others(folder: Path) -> list[str]:
    found = []
    for path in (folder, *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if stat.S_IMODE(mode) & 0o077 and not stat.S_ISLNK(mode):
            found.append(f"{path} {stat.filemode(mode)}")
    return found


class Up(Server):
    """`yaptide up` of a careless user, until it is ready."""

    def __init__(self, data_dir: Path, log: Path) -> None:
        self.port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(log.parent),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DATA_DIR": str(data_dir),
            "WEB_WORKERS": "1",
            "WEB_THREADS": "4",
            "MAX_CORES": "1",
        }
        argv = [sys.executable, "-m", "entrypoints", "up", "--port", str(self.port)]
        super().__init__(argv, log, environment, umask=0)

    def ready(self) -> None:
        url = f"http://127.0.0.1:{self.port}/health/ready"

        def answers() -> bool:
            try:
                return urllib3.request("GET", url, timeout=5, retries=False).status == 200
            except urllib3.exceptions.HTTPError:
                return False

        self.wait_until(
            lambda: answers() and "helper worker ready" in self.log.read_text(), seconds=90
        )


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return a folder that is open to all, below others that are too."""
    folder = tmp_path / "open" / "data"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    return folder


def test_the_whole_service_keeps_everything_private(data_dir: Path, tmp_path: Path) -> None:
    for again in range(2):
        server = Up(data_dir, tmp_path / f"up-{again}.log")
        try:
            server.ready()
            who = {"username": f"ann{again}", "password": "a good password"}
            url = f"http://127.0.0.1:{server.port}/auth/register"
            assert urllib3.request("PUT", url, json=who).status == 201
            assert open_to_others(data_dir) == []
            names = {path.name for path in data_dir.rglob("*")}
            assert {"yaptide.sqlite", "secret-key", "simulations.sqlite"} <= names
        finally:
            server.stop(signal.SIGINT)
        assert open_to_others(data_dir) == []
        # As a version before would have left it.
        for path in (data_dir, *data_dir.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)


def test_a_folder_that_is_not_its_own_is_refused_with_a_sentence(
    data_dir: Path, tmp_path: Path
) -> None:
    (data_dir / "thesis.pdf").write_text("x")
    server = Up(data_dir, tmp_path / "up.log")
    server.wait_for_end(60)
    assert server.process.returncode not in (0, None)
    said = server.log.read_text()
    assert "DATA_DIR" in said
    assert f"chmod 700 {data_dir}" in said
    assert "Traceback" not in said
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o777
