"""`yaptide simulators` with a real S3 server."""

import io
import os
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adapters.binary_store.installer import BinaryInstaller
from adapters.binary_store.packages import BinaryPackage, Source
from adapters.binary_store.s3 import S3BinaryStore, S3Place
from adapters.binary_store.sealed_stream import StreamSeal
from domain.errors import InstallationFailed, ObjectNotFound, StoreUnreachable
from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.processes.installing import install_what_is_named
from entrypoints.settings import InvalidSetting, read_settings
from tests.integration.servers.process import free_port
from tests.integration.servers.s3 import S3Server

PROGRAM = b"#!/bin/sh\necho version 1.2.3\n"


class Admin:
    """Runs commands with the settings of one store and one SIMULATORS_DIR."""

    def __init__(self, server: S3Server, bucket: str, folder: Path) -> None:
        self.simulators = folder / "simulators"
        self.environment = {
            "DATA_DIR": str(folder / "data"),
            "SIMULATORS_DIR": str(self.simulators),
            "SECRET_KEY": "0123456789abcdef" * 3,
            "S3_ENDPOINT": server.url,
            "S3_ACCESS_KEY": server.access_key,
            "S3_SECRET_KEY": server.secret_key,
            "S3_ENCRYPTION_PASSWORD": "a password",
            "S3_ENCRYPTION_SALT": "a salt",
            "S3_SHIELDHIT_BUCKET": bucket,
            "S3_SHIELDHIT_KEY": "shieldhit",
            "S3_FLUKA_BUCKET": bucket,
            "S3_FLUKA_KEY": "fluka.tgz",
            "S3_TOPAS_BUCKET": bucket,
            "S3_TOPAS_KEY": "topas.tgz",
        }

    def __call__(self, *arguments: object, **changes: str) -> Result:
        words = [str(item) for item in ("simulators", *arguments)]
        return CliRunner().invoke(commands, words, env={**self.environment, **changes})

    def ok(self, *arguments: object, **changes: str) -> str:
        result = self(*arguments, **changes)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def admin(s3_server: S3Server, s3_bucket: str, tmp_path: Path) -> Admin:
    return Admin(s3_server, s3_bucket, tmp_path)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "shieldhit").write_bytes(PROGRAM)
    return tmp_path / "shieldhit"


def archive(path: Path, *names: str, content: bytes = PROGRAM) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o755
            file.addfile(info, io.BytesIO(content))
    return path


def tamper(server: S3Server, bucket: str, key: str, change: Any) -> None:
    client = server.client()
    data = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    client.put_object(Bucket=bucket, Key=key, Body=change(data))


def test_a_binary_goes_up_encrypted_and_is_installed(
    admin: Admin, program: Path, s3_server: S3Server, s3_bucket: str
) -> None:
    assert "SHA-256" in admin.ok("upload", "shieldhit", program)
    stored = s3_server.client().get_object(Bucket=s3_bucket, Key="shieldhit")["Body"].read()
    assert b"version" not in stored
    assert "is installed" in admin.ok("install", "shieldhit")
    executable = admin.simulators / "shieldhit" / "shieldhit"
    assert executable.read_bytes() == PROGRAM
    assert os.access(executable, os.X_OK)
    assert "1.2.3" in admin.ok("list", "--json")
    assert "as it was installed" in admin.ok("verify", "shieldhit")
    replaced = admin("upload", "shieldhit", program)
    assert replaced.exit_code == ExitCode.REFUSED
    admin.ok("upload", "shieldhit", program, "--yes")
    admin.ok("download", "shieldhit", admin.simulators / "copy")
    assert (admin.simulators / "copy").read_bytes() == PROGRAM
    assert (admin.simulators / "copy").stat().st_mode & 0o077 == 0


def test_a_changed_installation_is_noticed_and_removed(admin: Admin, program: Path) -> None:
    admin.ok("upload", "shieldhit", program)
    admin.ok("install", "shieldhit")
    (admin.simulators / "shieldhit" / "shieldhit").write_bytes(b"something else")
    (admin.simulators / "shieldhit" / "more").write_bytes(b"")
    wrong = admin("verify", "shieldhit")
    assert wrong.exit_code == ExitCode.CHECK_FAILED
    assert "shieldhit was changed" in wrong.output
    assert "more was added" in wrong.output
    assert admin("remove", "shieldhit").exit_code == ExitCode.REFUSED
    admin.ok("remove", "shieldhit", "--yes")
    assert not (admin.simulators / "shieldhit").exists()
    for command in ("verify", "remove"):
        options = ("--yes",) if command == "remove" else ()
        assert admin(command, "shieldhit", *options).exit_code == ExitCode.NOT_FOUND


def test_topas_comes_with_its_data(admin: Admin, s3_server: S3Server, tmp_path: Path) -> None:
    data_bucket = s3_server.new_bucket()
    seal = StreamSeal("a password", "a salt")
    for name in ("G4EMLOW", "PhotonEvaporation"):
        file = archive(tmp_path / f"{name}.tgz", f"{name}/table", content=b"1 2 3")
        with file.open("rb") as plain:
            body = b"".join(seal.seal(plain))
        s3_server.client().put_object(Bucket=data_bucket, Key=file.name, Body=body)
    admin.ok(
        "upload", "topas", archive(tmp_path / "topas.tgz", "topas/bin/topas", "topas/lib/x.so")
    )
    admin.ok("install", "topas", S3_GEANT4_BUCKET=data_bucket)
    folder = admin.simulators / "topas"
    assert os.access(folder / "bin" / "topas", os.X_OK)
    assert (folder / "G4Data" / "G4EMLOW" / "table").read_bytes() == b"1 2 3"
    assert (folder / "G4Data" / "PhotonEvaporation" / "table").exists()


def test_what_can_not_be_installed_leaves_the_working_binary(
    admin: Admin, s3_server: S3Server, s3_bucket: str, tmp_path: Path
) -> None:
    good = archive(tmp_path / "good.tgz", "fluka/bin/rfluka")
    admin.ok("upload", "fluka", good)
    admin.ok("install", "fluka")
    executable = admin.simulators / "fluka" / "bin" / "rfluka"
    traversal = archive(tmp_path / "evil.tgz", "../evil")
    other = archive(tmp_path / "other.tgz", "topas/bin/topas")
    cut = tmp_path / "cut.tgz"
    cut.write_bytes(good.read_bytes()[:-20])

    def broken(change: Any) -> None:
        admin.ok("upload", "fluka", good, "--yes")
        tamper(s3_server, s3_bucket, "fluka.tgz", change)

    for spoil, word, changes in (
        (lambda: None, "password or the salt", {"S3_ENCRYPTION_PASSWORD": "wrong"}),
        (lambda: broken(lambda data: data[:-1]), "changed", {}),
        (lambda: broken(lambda data: data[:40] + b"!" + data[41:]), "changed", {}),
        (lambda: broken(lambda data: PROGRAM), "is not a file that", {}),
        (lambda: admin.ok("upload", "fluka", traversal, "--yes"), "leads out", {}),
        (lambda: admin.ok("upload", "fluka", other, "--yes"), "holds no bin/rfluka", {}),
        (lambda: admin.ok("upload", "fluka", cut, "--yes"), "can't be unpacked", {}),
    ):
        spoil()
        result = admin("install", "fluka", **changes)
        assert result.exit_code == ExitCode.FAILED, (word, result.output)
        assert word in result.output
        assert executable.read_bytes() == PROGRAM
    assert not list(admin.simulators.glob(".installing-*"))
    assert len(list((admin.simulators / ".installed").iterdir())) == 1
    # The next good one is taken, whatever was left of the bad ones.
    admin.ok("upload", "fluka", archive(good, "fluka/bin/rfluka", content=b"new"), "--yes")
    admin.ok("install", "fluka")
    assert executable.read_bytes() == b"new"
    assert len(list((admin.simulators / ".installed").iterdir())) == 1


def test_a_store_that_is_away_refuses_or_lacks_a_file_is_told(admin: Admin, program: Path) -> None:
    away = admin("install", "shieldhit", S3_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert away.exit_code == ExitCode.UNREACHABLE, away.output
    refused = admin("install", "shieldhit", S3_SECRET_KEY="wrong")
    assert refused.exit_code == ExitCode.REFUSED, refused.output
    lacking = admin("install", "shieldhit")
    assert lacking.exit_code == ExitCode.NOT_FOUND, lacking.output
    unset = admin("install", "fluka", S3_FLUKA_BUCKET="", S3_FLUKA_KEY="")
    assert unset.exit_code == ExitCode.WRONG_USE
    assert "S3_FLUKA_BUCKET" in unset.output
    half = admin("install", "fluka", S3_ENCRYPTION_SALT="")
    assert half.exit_code == ExitCode.WRONG_USE
    demo = admin(
        "install", "shieldhit", S3_SHIELDHIT_BUCKET="", S3_SHIELDHIT_KEY="",
        SHIELDHIT_DEMO_URL=f"http://127.0.0.1:{free_port()}/demo.tar.gz",
    )  # fmt: skip
    assert demo.exit_code == ExitCode.UNREACHABLE
    assert "demo.tar.gz" in demo.output
    assert not (admin.simulators / "shieldhit").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_nobody_may_write_to_is_told(admin: Admin, program: Path) -> None:
    admin.ok("upload", "shieldhit", program)
    admin.simulators.mkdir(mode=0o500)
    result = admin("install", "shieldhit")
    assert result.exit_code == ExitCode.FAILED
    assert "Permission denied" in result.output


def test_a_folder_that_can_not_be_made_is_told(admin: Admin, program: Path) -> None:
    admin.ok("upload", "shieldhit", program)
    result = admin("install", "shieldhit", SIMULATORS_DIR=str(program / "below-a-file"))
    assert result.exit_code == ExitCode.FAILED
    assert "can't be written" in result.output


def test_what_an_admin_put_there_by_hand_is_not_replaced(admin: Admin, program: Path) -> None:
    admin.ok("upload", "shieldhit", program)
    (admin.simulators / "shieldhit").mkdir(parents=True)
    result = admin("install", "shieldhit")
    assert result.exit_code == ExitCode.FAILED
    assert "move it away" in result.output


def test_files_are_encrypted_and_decrypted_whole_or_not_at_all(
    admin: Admin, program: Path, tmp_path: Path
) -> None:
    sealed, back = tmp_path / "sealed", tmp_path / "back"
    admin.ok("encrypt", program, sealed)
    admin.ok("decrypt", sealed, back)
    assert back.read_bytes() == PROGRAM
    sealed.write_bytes(sealed.read_bytes()[:-3])
    broken = admin("decrypt", sealed, tmp_path / "broken")
    assert broken.exit_code == ExitCode.FAILED
    assert not (tmp_path / "broken").exists()
    unset = admin("encrypt", program, sealed, S3_ENCRYPTION_PASSWORD="", S3_ENCRYPTION_SALT="")
    assert unset.exit_code == ExitCode.WRONG_USE


class Breaking(S3BinaryStore):
    """A store whose connection breaks after the first mebibyte, once."""

    broken = False

    def _fetch_rest(self, which: Any, tag: str, partial: Any, size: int, report: Any) -> None:
        self.starts = [*getattr(self, "starts", []), partial.size]

        def stop(done: int, total: int) -> None:
            if not self.broken:
                self.broken = True
                raise StoreUnreachable("the store", "the line broke")
            report(done, total)

        super()._fetch_rest(which, tag, partial, size, stop)


def test_a_broken_download_is_continued_unless_the_file_changed(
    admin: Admin, s3_server: S3Server, s3_bucket: str, tmp_path: Path
) -> None:
    store = Breaking(S3Place(s3_server.access_key, s3_server.secret_key, s3_server.url))
    content = os.urandom(3 << 20)
    (tmp_path / "big").write_bytes(content)
    store.upload(s3_bucket, "big", tmp_path / "big", lambda done, total: None)
    package = BinaryPackage("shieldhit", ["shieldhit"], Source(s3_bucket, "big"))
    installer = BinaryInstaller(admin.simulators, lambda: store, lambda: None)
    with pytest.raises(StoreUnreachable):
        installer.install(package, lambda done, total: None)
    executable = installer.install(package, lambda done, total: None)
    assert executable.read_bytes() == content
    assert store.starts == [0, 1 << 20]
    store.broken = False
    with pytest.raises(StoreUnreachable):
        installer.install(package, lambda done, total: None)
    (tmp_path / "big").write_bytes(content[::-1])
    store.upload(s3_bucket, "big", tmp_path / "big", lambda done, total: None)
    assert installer.install(package, lambda done, total: None).read_bytes() == content[::-1]
    assert store.starts == [0, 1 << 20, 0, 0]


def test_a_checksum_that_does_not_fit_is_noticed(
    admin: Admin, s3_server: S3Server, s3_bucket: str
) -> None:
    s3_server.client().put_object(
        Bucket=s3_bucket, Key="x", Body=PROGRAM, Metadata={"sha256": "0" * 64}
    )
    store = S3BinaryStore(S3Place(s3_server.access_key, s3_server.secret_key, s3_server.url))
    package = BinaryPackage("shieldhit", ["shieldhit"], Source(s3_bucket, "x"))
    with pytest.raises(InstallationFailed, match="checksum"):
        BinaryInstaller(admin.simulators, lambda: store, lambda: None).install(
            package, lambda done, total: None
        )


def test_a_worker_installs_what_is_named_and_goes_on_with_what_works(
    admin: Admin, program: Path
) -> None:
    def start(**changes: str) -> None:
        install_what_is_named(read_settings({**admin.environment, **changes}))

    executable = admin.simulators / "shieldhit" / "shieldhit"
    named = {"INSTALL_SIMULATORS": "shieldhit"}
    with pytest.raises(ObjectNotFound):
        start(**named)
    admin.ok("upload", "shieldhit", program)
    start(INSTALL_SIMULATORS="")
    assert not executable.exists()
    start(**named)
    assert executable.read_bytes() == PROGRAM
    away = {"S3_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    # The same source needs no store; another one that is away leaves the earlier installation.
    start(**named, **away)
    start(**named, **away, S3_SHIELDHIT_KEY="newer")
    assert executable.read_bytes() == PROGRAM
    with pytest.raises(InvalidSetting, match="INSTALL_SIMULATORS"):
        start(INSTALL_SIMULATORS="shieldhit, nonsense")


def test_without_a_store_the_demo_version_is_installed(admin: Admin, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    archive(site / "demo.tar.gz", "shield_hit12a_demo/bin/shieldhit", "shield_hit12a_demo/README")
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            admin.ok(
                "install", "shieldhit", S3_SHIELDHIT_BUCKET="", S3_SHIELDHIT_KEY="",
                SHIELDHIT_DEMO_URL=f"http://127.0.0.1:{server.server_port}/demo.tar.gz",
            )  # fmt: skip
        finally:
            server.shutdown()
            thread.join()
    assert os.access(admin.simulators / "shieldhit" / "bin" / "shieldhit", os.X_OK)
    assert "1.2.3" in admin.ok("list", "--json")
