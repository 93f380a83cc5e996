import stat
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.executors.local_process.confinement.coverage import Confine
from application.accounts.session_terms import SessionTerms
from entrypoints.composition.simulators import make_simulators
from entrypoints.settings import VARIABLES, InvalidSetting, read_settings
from entrypoints.settings.shown import settings_in_force, settings_markdown
from entrypoints.settings.substitutes import OPEN_SUBSTITUTES, simulator_names, substitutes
from tests.locations import ROOT


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
        ("SUBSTITUTE_SIMULATORS", "shieldhit"),
        ("SUBSTITUTE_SIMULATORS", "shieldhit="),
        ("SUBSTITUTE_SIMULATORS", "shieldhit=mcsquare,"),
        ("SUBSTITUTE_SIMULATORS", "=mcsquare"),
        ("SUBSTITUTE_SIMULATORS", "shieldhit=mcsquare,fluka=mcsquare"),
        ("SUBSTITUTE_SIMULATORS", "shieldhit=nosuch"),
        ("SUBSTITUTE_SIMULATORS", "common=mcsquare"),
        ("SUBSTITUTE_SIMULATORS", "shieldhit=shieldhit"),
        ("SUBSTITUTE_SIMULATORS", "shieldhit=mcsquare,mcsquare"),
        ("SUBSTITUTE_SIMULATORS", "shieldhit=mcsquare;shieldhit=geant4"),
        ("ACCESS_TOKEN_SECONDS", "1"),
        ("ACCESS_TOKEN_SECONDS", "ten"),
        ("ACCESS_TOKEN_SECONDS", "inf"),
        ("SESSION_IDLE_SECONDS", "599"),
        ("SESSION_IDLE_SECONDS", "1e12"),
        ("SESSION_DAYS", "0"),
        ("SESSION_DAYS", "1e300"),
        ("CONFINE_SIMULATORS", "perhaps"),
        ("SIMULATOR_READS", "opt/fluka"),
    ],
)
def test_bad_values_name_their_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        read_settings({"DATA_DIR": str(tmp_path), name: value})
    assert refused.value.name == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        (" ; ", {}),
        ("shieldhit=mcsquare", {"shieldhit": ("mcsquare",)}),
        (
            " ShieldHit = geant4 , MCsquare ;fluka=mcsquare;",
            {"shieldhit": ("geant4", "mcsquare"), "fluka": ("mcsquare",)},
        ),
    ],
)
def test_substitutes_are_named_in_their_order(
    tmp_path: Path, text: str, expected: dict[str, tuple[str, ...]]
) -> None:
    settings = read_settings({"DATA_DIR": str(tmp_path), "SUBSTITUTE_SIMULATORS": text})
    assert settings.substitutes == expected


def test_what_may_stand_in_are_the_simulators_there_are(tmp_path: Path) -> None:
    assert {item.name for item in make_simulators(tmp_path)} == set(simulator_names())


def test_open_engines_stand_in_for_those_that_a_site_must_get_itself() -> None:
    order = substitutes(OPEN_SUBSTITUTES)
    assert set(order) == {"shieldhit", "fluka", "topas"}
    assert set(order.values()) == {("geant4", "mcsquare")}


def test_how_long_sessions_last(tmp_path: Path) -> None:
    embedded = {"DATA_DIR": str(tmp_path)}
    by_default = read_settings(embedded).session_terms
    assert by_default == SessionTerms(timedelta(minutes=10), timedelta(hours=2), timedelta(days=30))
    short = {"ACCESS_TOKEN_SECONDS": "2", "SESSION_IDLE_SECONDS": "2.5", "SESSION_DAYS": "0.001"}
    assert read_settings({**embedded, **short}).session_terms == SessionTerms(
        timedelta(seconds=2), timedelta(seconds=2.5), timedelta(seconds=86.4)
    )


def test_every_setting_has_a_meaning() -> None:
    assert all(variable.meaning for variable in VARIABLES)


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 40 + "\n")
    (tmp_path / "queue").write_text("redis://:secret@host/1")
    settings = read_settings(
        {
            "DATA_DIR": str(tmp_path),
            "SECRET_KEY_FILE": str(tmp_path / "key"),
            "CELERY_BROKER_URL_FILE": str(tmp_path / "queue"),
        }
    )
    assert settings.secret_key == "k" * 40
    assert settings.queue_address == "redis://:secret@host/1"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE: /nowhere/key can't be read"),
        ({"SECRET_KEY_FILE": "/dev/null"}, "/dev/null is empty"),
        ({"SECRET_KEY_FILE": "/dev/null", "SECRET_KEY": "x" * 32}, "is set twice"),
        ({"S3_TASK_FILES_BUCKET": "b", "S3_SECRET_KEY": "s"}, "S3_ACCESS_KEY: must be set"),
        ({"DATABASE_URL": "postgresql://u:p@host/db"}, "SECRET_KEY: must be set"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidSetting, match=words):
        read_settings({"DATA_DIR": str(tmp_path), **environment})


def test_a_setting_that_is_not_needed_is_accepted_with_a_warning(tmp_path: Path) -> None:
    environment = {"DATA_DIR": str(tmp_path), "CELERY_RESULT_BACKEND": "redis://host"}
    (warning,) = read_settings(environment).warnings
    assert "CELERY_RESULT_BACKEND is not needed" in warning


def test_what_is_shown_has_no_secrets() -> None:
    environment = {
        "SECRET_KEY": "a-very-secret-key",
        "DATABASE_URL": "postgresql://ann:pa@ss:word@host:5/db?password=hidden&x=1",
        "CELERY_BROKER_URL": "redis://:hush@cache/0",
        "S3_ENDPOINT": "https://store",
    }
    shown = {row["name"]: row for row in settings_in_force(environment)}
    assert shown["SECRET_KEY"]["value"] == "********"
    assert shown["DATABASE_URL"]["value"] == "postgresql://ann:********@host:5/db?********"
    assert shown["QUEUE_URL"] == {
        "name": "QUEUE_URL",
        "value": "redis://:********@cache/0",
        "from": "CELERY_BROKER_URL",
    }
    assert shown["S3_ENDPOINT"]["value"] == "https://store"
    assert shown["MAX_CORES"] == {"name": "MAX_CORES", "value": "", "from": "default"}


def test_the_page_on_settings_is_what_the_code_says() -> None:
    page = ROOT / "docs" / "settings.md"
    assert page.read_text() == settings_markdown(), "yaptide settings --markdown > docs/settings.md"


def test_confinement_is_what_was_said(tmp_path: Path) -> None:
    usual = read_settings({"DATA_DIR": str(tmp_path)}).confinement
    assert (usual.confine, list(usual.reads)) == (Confine.AVAILABLE, [])
    said = {"CONFINE_SIMULATORS": "Required", "SIMULATOR_READS": f"{tmp_path}, /no such/data,"}
    settings = read_settings({"DATA_DIR": str(tmp_path), **said})
    assert settings.confinement.confine is Confine.REQUIRED
    assert list(settings.confinement.reads) == [tmp_path, Path("/no such/data")]
    assert settings.warnings == ("SIMULATOR_READS: /no such/data is not there",)


def test_all_that_holds_secrets_is_kept_from_simulators(tmp_path: Path) -> None:
    key, queue = tmp_path / "key", tmp_path / "queue.txt"
    key.write_text("a secret of forty characters, or even more")
    queue.write_text("redis://:secret@host:6379/0")
    settings = read_settings(
        {
            "DATA_DIR": str(tmp_path / "data"),
            "SECRET_KEY_FILE": str(key),
            "CELERY_BROKER_URL_FILE": str(queue),
            "DATABASE_URL": f"sqlite:///{tmp_path}/jobs.sqlite",
        }
    )
    private = {
        tmp_path / "data",
        key,
        queue,
        tmp_path / "jobs.sqlite",
        tmp_path / "jobs.sqlite-wal",
    }
    assert private <= set(settings.confinement.private)
    folder = read_settings({"DATA_DIR": str(tmp_path), "QUEUE_URL": str(tmp_path / "elsewhere")})
    assert tmp_path / "elsewhere" in folder.confinement.private
