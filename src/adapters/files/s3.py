"""Task outputs in a bucket of an S3-compatible store."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adapters.files.places import is_place, place, places
from application.submission.file_names import check_file_names
from domain.errors import Unavailable
from domain.job import JobRef

MANIFEST = "manifest.json"
GONE = ("404", "NoSuchKey", "NotFound")


@dataclass(frozen=True, slots=True)
class S3Address:
    """Where a bucket is and who may use it; no endpoint means Amazon's own."""

    bucket: str
    access_key: str
    secret_key: str
    endpoint: str = ""
    region: str = "us-east-1"


class S3TaskFiles:
    """TaskFiles port: job/index-attempt/, files first, then the manifest that names them.

    An attempt without a manifest is not there. Each put has a folder of its own, so that a second
    one replaces the first at the moment its manifest is written. Copies lie in `work_dir`, which
    whoever removes leftovers knows.
    """

    def __init__(self, address: S3Address, work_dir: Path | None = None) -> None:
        self._bucket = address.bucket
        self._work_dir = work_dir
        self._client = _client(address)

    def put(self, job: JobRef, index: int, attempt: int, files: Sequence[Path]) -> None:
        """Keep copies of `files`, streamed; Unavailable when the store is away for long."""
        prefix = _prefix(place(job), index, attempt)
        draft = f"{prefix}{uuid4().hex}/"
        with _translated_errors():
            older = list(self._keys(prefix))
            for file in files:
                self._client.upload_file(str(file), self._bucket, draft + file.name)
            manifest = json.dumps({"folder": draft, "files": [file.name for file in files]})
            self._client.put_object(
                Bucket=self._bucket, Key=prefix + MANIFEST, Body=manifest.encode()
            )
            self._delete(key for key in older if key != prefix + MANIFEST)

    @contextmanager
    def fetch(self, job: JobRef, index: int, attempt: int) -> Iterator[Path]:
        """Lend a temporary folder with copies of the files."""
        what = f"outputs of task {index}, attempt {attempt}"
        if self._work_dir is not None:
            self._work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryDirectory(prefix="yaptide-outputs-", dir=self._work_dir) as folder:
            newer, older = (_prefix(name, index, attempt) for name in places(job))
            try:
                self._download(newer, Path(folder), what)
            except FileNotFoundError:
                self._download(older, Path(folder), what)
            yield Path(folder)

    def remove(self, name: str) -> None:
        """Forget all files kept under a name, manifests first."""
        if not is_place(name):
            return
        with _translated_errors():
            keys = sorted(self._keys(f"{name}/"), key=lambda key: MANIFEST not in key)
            self._delete(iter(keys))

    def kept(self) -> Sequence[str]:
        """Return the names that files are kept under here, drafts included."""
        with _translated_errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Delimiter="/"
            )
            names = [
                item["Prefix"].rstrip("/")
                for page in pages
                for item in page.get("CommonPrefixes", ())
            ]
        return sorted(name for name in names if is_place(name))

    def _download(self, prefix: str, folder: Path, what: str) -> None:
        with _translated_errors(what):
            answer = self._client.get_object(Bucket=self._bucket, Key=prefix + MANIFEST)
            manifest = json.loads(answer["Body"].read())
            check_file_names(manifest["files"])
            for name in manifest["files"]:
                key = manifest["folder"] + name
                self._client.download_file(self._bucket, key, str(folder / name))

    def _keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return (item["Key"] for page in pages for item in page.get("Contents", ()))

    def _delete(self, keys: Iterator[str]) -> None:
        # One by one: stores differ in the checksum they want of a list of keys.
        for key in keys:
            self._client.delete_object(Bucket=self._bucket, Key=key)


def _prefix(name: str, index: int, attempt: int) -> str:
    return f"{name}/{index}-{attempt}/"


def _client(address: S3Address) -> Any:
    config = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 6},
        # Names of buckets in the host name need DNS, and newer checksums are not known everywhere.
        s3={"addressing_style": "path" if address.endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=32,
    )
    session = boto3.session.Session(
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
        region_name=address.region,
    )
    return session.client("s3", endpoint_url=address.endpoint or None, config=config)


@contextmanager
def _translated_errors(what: str = "the bucket") -> Iterator[None]:
    """Raise FileNotFoundError for what is not there, Unavailable for everything else."""
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in GONE:
            raise FileNotFoundError(what) from error
        raise Unavailable(f"the store of task outputs can't be used: {error}") from error
