"""Where binaries of simulators come from."""

from dataclasses import dataclass

from entrypoints.settings.values import InvalidSetting, Values


@dataclass(frozen=True, slots=True)
class Location:
    """A file in a bucket; `version` is empty for the newest one."""

    bucket: str
    key: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class BinarySettings:
    """Where binaries lie, what opens them, and what a worker installs when it starts."""

    password: str
    salt: str
    locations: dict[str, Location]
    geant4_bucket: str
    shieldhit_demo_url: str
    install: tuple[str, ...]


def binary_settings(values: Values) -> BinarySettings:
    """Read what is said of binaries; InvalidSetting where only a part is said."""
    locations = {
        name: location
        for name in ("shieldhit", "fluka", "topas")
        if (location := _location(values, name)) is not None
    }
    password, salt = values.text("S3_ENCRYPTION_PASSWORD"), values.text("S3_ENCRYPTION_SALT")
    if bool(password) != bool(salt):
        lacking = "S3_ENCRYPTION_SALT" if password else "S3_ENCRYPTION_PASSWORD"
        raise InvalidSetting(lacking, "password and salt must both be set or neither")
    if locations:
        for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY"):
            if not values.text(name):
                raise InvalidSetting(name, "must be set when binaries come from a bucket")
    return BinarySettings(
        password=password,
        salt=salt,
        locations=locations,
        geant4_bucket=values.text("S3_GEANT4_BUCKET"),
        shieldhit_demo_url=values.url("SHIELDHIT_DEMO_URL"),
        install=_names(values.text("INSTALL_SIMULATORS")),
    )


def _location(values: Values, name: str) -> Location | None:
    prefix = f"S3_{name.upper()}"
    bucket, key = values.text(f"{prefix}_BUCKET"), values.text(f"{prefix}_KEY")
    if bool(bucket) != bool(key):
        lacking = f"{prefix}_KEY" if bucket else f"{prefix}_BUCKET"
        raise InvalidSetting(lacking, "bucket and key must both be set or neither")
    version = values.text(f"{prefix}_VERSION") if name == "topas" else ""
    return Location(bucket, key, version) if bucket else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())
