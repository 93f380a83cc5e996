"""Each server's own program fails: the fixture says with what words, and leaves nothing behind."""

import os
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.integration.servers import keycloak, s3
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.keycloak import keycloak_server
from tests.integration.servers.mariadb import MariaDb
from tests.integration.servers.nginx import Nginx
from tests.integration.servers.openssh import SshServer
from tests.integration.servers.postgresql import running_postgresql
from tests.integration.servers.process import ProgramFailed, wait_until
from tests.integration.servers.redis import RedisServer
from tests.integration.servers.s3 import S3Server
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.service.service import Service

Break = Callable[[str], Path]

BROKEN = """#!/bin/sh
echo "$(pwd) $*" >> {called}
echo "it is broken on purpose"
echo "{name} has no such luck" >&2
exit 1
"""


@pytest.fixture
def called() -> Iterator[Path]:
    """Return the file in which broken programs note where and with what they were called.

    Servers that do not run as we do reach its folder too, which they can't with those of pytest.
    """
    with TemporaryDirectory(prefix="broken-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "called")
        file.touch()
        file.chmod(0o666)
        yield file


@pytest.fixture
def breaks(called: Path, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Return what puts a broken program of a name in front of all others."""
    folder = called.parent
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def make(name: str) -> Path:
        path = folder / name
        path.write_text(BROKEN.format(name=name, called=called))
        path.chmod(0o755)
        return path

    return make


def use_postgresql(folder: Path) -> None:
    with running_postgresql():
        pass


def use_slurm(folder: Path) -> None:
    SlurmCluster().stop()


def use_keycloak(folder: Path) -> None:
    with keycloak_server():
        pass


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("redis-server", RedisServer),
        ("initdb", use_postgresql),
        ("postgres", use_postgresql),
        ("nginx", lambda folder: Nginx(folder, 1)),
        ("openssl", lambda folder: Nginx(folder, 1)),
        ("ssh-keygen", lambda folder: SshServer(folder, {})),
        ("sshd", lambda folder: SshServer(folder, {})),
        ("mariadbd", MariaDb),
        ("munged", use_slurm),
        ("mariadb-install-db", use_slurm),
        ("slurmctld", use_slurm),
    ],
)
def test_its_words_are_shown_and_no_folder_is_left(
    name: str, use: Callable[[Path], object], breaks: Break, called: Path, tmp_path: Path
) -> None:
    breaks(name)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ProgramFailed, match=f"{name} has no such luck") as failed:
        use(folder)
    assert "it is broken on purpose" in str(failed.value)
    words = called.read_text().replace("=", " ").split()
    left = [word for word in words if word.startswith(("/tmp/slurm-", "/tmp/yaptide-postgresql-"))]
    assert not [word for word in left if Path(word).exists()]
    wait_until(lambda: not processes_below(folder), "the end of its processes")


def processes_below(folder: Path) -> list[str]:
    """Return the command lines of processes that name a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if any(str(folder) in word for word in words):
            found.append(" ".join(words))
    return found


def test_the_words_of_a_broken_java_are_shown(
    breaks: Break, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks("java")
    jar = tmp_path / "s3.jar"
    with zipfile.ZipFile(jar, "w") as file:
        file.writestr("a", "b")
    monkeypatch.setattr(s3, "JAR", jar)
    with pytest.raises(ProgramFailed, match="java has no such luck"):
        S3Server(tmp_path)


def test_the_words_of_a_broken_keycloak_are_shown_and_its_copy_is_removed(
    breaks: Break, called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "template"
    (template / "bin").mkdir(parents=True)
    breaks("kc.sh").rename(template / "bin" / "kc.sh")
    monkeypatch.setattr(keycloak, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(keycloak, "_template", lambda: template)
    with pytest.raises(ProgramFailed, match=r"kc\.sh has no such luck"):
        use_keycloak(tmp_path)
    assert called.read_text()
    assert not list((tmp_path / "cache").iterdir())


def test_a_taken_port_is_told_of(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        with pytest.raises(ProgramFailed, match="Address already in use"):
            server.start()


def test_a_configuration_with_a_mistake_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="Bad configuration option: NoSuchThing"):
        SshServer(tmp_path, {}, "NoSuchThing yes")


def test_a_bad_setting_of_ours_is_told_of_and_every_process_is_ended(tmp_path: Path) -> None:
    made = Deployment(tmp_path, f"sqlite:///{tmp_path / 'a.sqlite'}", "", tmp_path)
    made.start("web")
    made.settings["MAX_CORES"] = "many"
    with pytest.raises(ProgramFailed, match="MAX_CORES"):
        made.start("helper", "worker")
    assert set(made.processes) == {"web"}
    made.stop()
    assert not processes_below(tmp_path)


def test_a_bad_setting_of_yaptide_up_is_told_of(tmp_path: Path) -> None:
    service = Service(tmp_path / "data", tmp_path, MAX_CORES="many")
    with pytest.raises(ProgramFailed, match="MAX_CORES"):
        service.wait_until_ready()


def test_a_database_that_starts_leaves_the_temporary_tables_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MariaDB removes what it takes for its own: `#sql` files in TMPDIR, which is /tmp mostly."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    others = [tmp_path / f"#sql-temptable-1f4-1-3.{ending}" for ending in ("MAI", "MAD")]
    for path in others:
        path.touch()
    (tmp_path / "mariadb").mkdir()
    database = MariaDb(tmp_path / "mariadb")
    try:
        assert database.execute("select 6 * 7").split() == ["6", "*", "7", "42"]
    finally:
        database.stop()
    assert all(path.exists() for path in others)
