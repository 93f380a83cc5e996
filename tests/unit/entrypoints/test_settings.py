import stat
from pathlib import Path

import pytest

from entrypoints.settings import VARIABLES, InvalidSetting, read_settings


def test_the_embedded_defaults(tmp_path: Path) -> None:
    settings = read_settings({"DATA_DIR": str(tmp_path)})
    assert settings.embedded
    assert settings.simulators_dir == tmp_path / "simulators"
    assert settings.external_url == settings.internal_url == "http://127.0.0.1:5000"
    assert settings.cors_origins == ()
    assert settings.allow_registration


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = read_settings({"DATA_DIR": str(tmp_path)}).secret_key
    assert len(first) >= 32
    assert read_settings({"DATA_DIR": str(tmp_path)}).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_names_of_existing_deployments_are_honoured(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.sqlite"
    settings = read_settings(
        {"DATA_DIR": str(tmp_path), "FLASK_SQLALCHEMY_DATABASE_URI": url, "FLASK_USE_CORS": "True"}
    )
    assert settings.database_url == url
    assert "http://localhost:3000" in settings.cors_origins


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_CORES", "many"),
        ("MAX_CORES", "0"),
        ("LOG_LEVEL_ROOT", "LOUD"),
        ("SECRET_KEY", "short"),
        ("ALLOW_REGISTRATION", "perhaps"),
        ("TASK_LEASE_SECONDS", "nan"),
        ("BACKEND_INTERNAL_URL", "ftp://host"),
        ("CORS_ORIGINS", "host"),
        ("DATABASE_URL", "mysql://host/db"),
        ("QUEUE_URL", "amqp://host"),
        ("QUEUE_URL", "redis:///0"),
        ("QUEUE_URL", "redis://host:port"),
        ("QUEUE_URL", "redis://host/zero"),
        ("COMPRESSION", "lzma"),
    ],
)
def test_bad_values_name_their_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        read_settings({"DATA_DIR": str(tmp_path), name: value})
    assert refused.value.name == name


def test_every_setting_has_a_meaning() -> None:
    assert all(variable.meaning for variable in VARIABLES)
