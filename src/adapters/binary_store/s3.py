"""Binaries in an S3-compatible store."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adapters.binary_store.resuming import Partial
from application.ports.binary_store import Report, StoredObject
from domain.errors import InstallationFailed, ObjectNotFound, StoreRefused, StoreUnreachable

CHECKSUM = "sha256"
"""The metadata of an object that holds the checksum of its content."""

PIECE = 1 << 20
GONE = ("404", "NoSuchKey", "NoSuchBucket", "NotFound", "NoSuchVersion")
REFUSED = ("403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden")


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where the store is and who may use it; no endpoint means Amazon's own."""

    access_key: str
    secret_key: str
    endpoint: str = ""
    region: str = "us-east-1"


class S3BinaryStore:
    """BinaryStore port on S3."""

    def __init__(self, place: S3Place) -> None:
        self._where = place.endpoint or "Amazon S3"
        self._client = boto3.client(
            "s3",
            endpoint_url=place.endpoint or None,
            aws_access_key_id=place.access_key,
            aws_secret_access_key=place.secret_key,
            region_name=place.region,
            config=Config(
                connect_timeout=10,
                read_timeout=60,
                retries={"max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path" if place.endpoint else "auto"},
                # Older stores answer newer checksums with an error; ours is in the metadata.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def list(self, bucket: str, prefix: str = "") -> Sequence[StoredObject]:
        """Return the files of a bucket whose keys begin with `prefix`."""
        with self._translated(f"bucket {bucket}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix
            )
            return [
                StoredObject(item["Key"], item["Size"])
                for page in pages
                for item in page.get("Contents", ())
                if not item["Key"].endswith("/")
            ]

    def upload(self, bucket: str, key: str, file: Path, report: Report) -> StoredObject:
        """Keep a file with its checksum; large ones go in parts that appear together."""
        size, done = file.stat().st_size, 0
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()

        def count(more: int) -> None:
            nonlocal done
            done += more
            report(done, size)

        with self._translated(f"{bucket}/{key}"):
            extra = {"Metadata": {CHECKSUM: digest}}
            self._client.upload_file(str(file), bucket, key, ExtraArgs=extra, Callback=count)
        return StoredObject(key, size, digest)

    def download(
        self, bucket: str, key: str, target: Path, report: Report, version: str = ""
    ) -> None:
        """Fetch a file, from where an earlier attempt of the same object ended."""
        which = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
        name = f"{bucket}/{key}"
        with self._translated(name):
            head = self._client.head_object(**which)
            size, tag = int(head["ContentLength"]), str(head["ETag"])
            partial = Partial(target, tag)
            if partial.size < size:
                self._fetch_rest(which, tag, partial, size, report)
        _check(name, partial, size, head.get("Metadata", {}).get(CHECKSUM))
        partial.complete()

    def _fetch_rest(
        self, which: dict[str, str], tag: str, partial: Partial, size: int, report: Report
    ) -> None:
        # IfMatch: an object that is replaced meanwhile must not be glued to the old beginning.
        answer = self._client.get_object(
            **which, Range=f"bytes={partial.size}-{size - 1}", IfMatch=tag
        )
        with answer["Body"] as body:
            partial.append(_pieces(body), lambda done: report(done, size))

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in GONE:
                raise ObjectNotFound(what, self._where) from error
            if code in REFUSED:
                raise StoreRefused(what, self._where) from error
            if code in ("PreconditionFailed", "412"):
                raise InstallationFailed(f"{what} was replaced meanwhile: try again") from error
            raise StoreUnreachable(self._where, code or str(error)) from error
        except (BotoCoreError, Boto3Error) as error:
            if _refused_upload(error):
                raise StoreRefused(what, self._where) from error
            raise StoreUnreachable(self._where, str(error)) from error


def _refused_upload(error: Exception) -> bool:
    return any(code in str(error) for code in REFUSED[1:])


def _pieces(body: Any) -> Iterator[bytes]:
    while piece := body.read(PIECE):
        yield piece


def _check(name: str, partial: Partial, size: int, sha256: str | None) -> None:
    if partial.size != size:
        raise InstallationFailed(
            f"{name}: {partial.size} of {size} bytes came; run it again to go on from there"
        )
    if sha256 and partial.sha256() != sha256:
        partial.discard()
        raise InstallationFailed(f"{name} does not have the checksum it was uploaded with")
