"""Where task outputs wait: a bucket if one is set, else a folder that all hosts share."""

import os

from adapters.files.directory import DirectoryTaskFiles
from application.ports.task_files import TaskFiles
from entrypoints.settings import Settings


def make_task_files(settings: Settings) -> TaskFiles:
    """Return the store of task outputs that the settings choose."""
    s3 = settings.s3
    if not s3.task_files_bucket:
        return DirectoryTaskFiles(settings.data_dir / "task-files")
    from adapters.files.s3 import S3Address, S3TaskFiles

    address = S3Address(s3.task_files_bucket, s3.access_key, s3.secret_key, s3.endpoint, s3.region)
    return S3TaskFiles(address, settings.data_dir / "work" / str(os.getpid()))
