"""The S3-compatible store: where it is and who may use it."""

from dataclasses import dataclass

from entrypoints.settings.values import InvalidSetting, Values


@dataclass(frozen=True, slots=True)
class S3Settings:
    """An S3-compatible store; no endpoint means Amazon's. `task_files_bucket` may be empty."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str
    task_files_bucket: str


def s3_settings(values: Values) -> S3Settings:
    """Read what is said of the store; InvalidSetting for a bucket that nobody may use."""
    found = S3Settings(
        endpoint=values.url("S3_ENDPOINT"),
        access_key=values.text("S3_ACCESS_KEY"),
        secret_key=values.text("S3_SECRET_KEY"),
        region=values.text("S3_REGION"),
        task_files_bucket=values.text("S3_TASK_FILES_BUCKET"),
    )
    if found.task_files_bucket:
        for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY"):
            if not values.text(name):
                raise InvalidSetting(name, "must be set when S3_TASK_FILES_BUCKET is")
    return found
