"""Task files in a real folder and in a real S3 server."""

import json
import os
import time
from pathlib import Path

import pytest

from adapters.files.directory import DRAFT, DRAFT_SECONDS, DirectoryTaskFiles
from adapters.files.s3 import MANIFEST, S3Address, S3TaskFiles
from domain.errors import Unavailable
from tests.contracts.execution import TaskFilesContract
from tests.integration.servers.process import free_port
from tests.integration.servers.s3 import S3Server
from tests.job_refs import job_ref


class TestDirectory(TaskFilesContract):
    @pytest.fixture
    def files(self, tmp_path: Path) -> DirectoryTaskFiles:
        return DirectoryTaskFiles(tmp_path / "task-files")


def address(server: S3Server, bucket: str, secret_key: str | None = None) -> S3Address:
    return S3Address(bucket, server.access_key, secret_key or server.secret_key, server.url)


@pytest.fixture
def s3_files(s3_server: S3Server, s3_bucket: str) -> S3TaskFiles:
    return S3TaskFiles(address(s3_server, s3_bucket))


class TestS3(TaskFilesContract):
    @pytest.fixture
    def files(self, s3_files: S3TaskFiles) -> S3TaskFiles:
        return s3_files


def test_large_outputs_come_back_whole(s3_files: S3TaskFiles, tmp_path: Path) -> None:
    content = bytes(range(256)) * (20 << 12)
    (tmp_path / "large.bin").write_bytes(content)
    s3_files.put(job_ref(1), 1, 1, [tmp_path / "large.bin"])
    with s3_files.fetch(job_ref(1), 1, 1) as folder:
        assert (folder / "large.bin").read_bytes() == content


def test_an_attempt_without_a_manifest_is_not_there(
    s3_files: S3TaskFiles, s3_server: S3Server, s3_bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("x")
    s3_files.put(job_ref(1), 1, 1, [tmp_path / "a"])
    s3_server.client().delete_object(Bucket=s3_bucket, Key=f"{job_ref(1).job_id}/1-1/{MANIFEST}")
    with pytest.raises(FileNotFoundError), s3_files.fetch(job_ref(1), 1, 1):
        pass
    s3_files.remove(job_ref(1).job_id)
    assert "Contents" not in s3_server.client().list_objects_v2(Bucket=s3_bucket)


def test_a_second_put_leaves_nothing_of_the_first(
    s3_files: S3TaskFiles, s3_server: S3Server, s3_bucket: str, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        s3_files.put(job_ref(1), 1, 1, [tmp_path / name])
    found = s3_server.client().list_objects_v2(Bucket=s3_bucket)["Contents"]
    names = {Path(item["Key"]).name for item in found}
    assert {"b", MANIFEST} <= names
    assert "a" not in names


def test_outputs_that_a_version_before_put_are_lent_and_swept(
    s3_files: S3TaskFiles, s3_server: S3Server, s3_bucket: str
) -> None:
    manifest = {"folder": "1/1-1/abc/", "files": ["a"]}
    for key, content in (
        ("1/1-1/abc/a", b"older"),
        ("1/1-1/manifest.json", json.dumps(manifest).encode()),
        ("simulators/of-another", b"not ours"),
    ):
        s3_server.client().put_object(Bucket=s3_bucket, Key=key, Body=content)
    with s3_files.fetch(job_ref(1), 1, 1) as folder:
        assert (folder / "a").read_bytes() == b"older"
    assert s3_files.kept() == ["1"]
    for name in ("1", "simulators", ""):
        s3_files.remove(name)
    left = s3_server.client().list_objects_v2(Bucket=s3_bucket)["Contents"]
    assert {item["Key"] for item in left} - {"simulators/"} == {"simulators/of-another"}


def test_a_folder_of_a_version_before_is_lent_and_swept(tmp_path: Path) -> None:
    files = DirectoryTaskFiles(tmp_path)
    (tmp_path / "1" / "1-1").mkdir(parents=True)
    (tmp_path / "1" / "1-1" / "a").write_text("older")
    (tmp_path / "lost+found").mkdir()
    with files.fetch(job_ref(1), 1, 1) as folder:
        assert (folder / "a").read_text() == "older"
    assert files.kept() == ["1"]
    for name in ("1", "lost+found", "", ".."):
        files.remove(name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["lost+found"]


def test_what_a_killed_worker_began_to_put_goes_with_its_job(tmp_path: Path) -> None:
    files = DirectoryTaskFiles(tmp_path / "task-files")
    output = tmp_path / "out"
    output.write_text("x")
    files.put(job_ref(1), 1, 1, [output])
    folder = tmp_path / "task-files" / job_ref(1).job_id
    begun = folder / f"{DRAFT}abc"
    begun.mkdir()
    (begun / "half").write_text("x")
    with files.fetch(job_ref(1), 1, 1) as lent:
        assert [file.name for file in lent.iterdir()] == ["out"]
    files.remove(job_ref(1).job_id)
    assert not folder.exists()


def test_drafts_of_a_version_before_are_swept_once_they_are_old(tmp_path: Path) -> None:
    files = DirectoryTaskFiles(tmp_path)
    for name, age in (("old", DRAFT_SECONDS + 60), ("new", DRAFT_SECONDS - 60)):
        draft = tmp_path / f"{DRAFT}{name}"
        draft.mkdir()
        os.utime(draft, times=(time.time() - age,) * 2)
    for name in (f"{DRAFT}new", *files.kept()):
        files.remove(name)
    assert [entry.name for entry in tmp_path.iterdir()] == [f"{DRAFT}new"]


def test_a_put_leaves_nothing_for_others_to_read(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("x")
    output.chmod(0o666)
    before = os.umask(0)
    try:
        DirectoryTaskFiles(tmp_path / "task-files").put(job_ref(1), 1, 1, [output])
    finally:
        os.umask(before)
    kept = [tmp_path / "task-files", *(tmp_path / "task-files").rglob("*")]
    assert len(kept) == 4
    assert not any(path.stat().st_mode & 0o077 for path in kept)


def test_a_store_that_can_not_be_used_says_so(
    s3_server: S3Server, s3_bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("x")
    stranger = S3TaskFiles(address(s3_server, s3_bucket, "a-wrong-secret"))
    with pytest.raises(Unavailable):
        stranger.put(job_ref(1), 1, 1, [tmp_path / "a"])
    away = S3TaskFiles(S3Address(s3_bucket, "a", "b", f"http://127.0.0.1:{free_port()}"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(Unavailable):
        away.kept()
