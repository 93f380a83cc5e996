"""`yaptide doctor` on installations that are well, incomplete and broken."""

from pathlib import Path

import pytest

from entrypoints.cli.exit_codes import ExitCode
from tests.contracts.persistence import Store
from tests.integration.commands.conftest import Yaptide
from tests.integration.servers.process import free_port


def verdicts(yaptide: Yaptide, **changes: str) -> dict[str, tuple[str, str, str]]:
    import json

    result = yaptide("doctor", "--json", **changes)
    assert result.exit_code in (0, ExitCode.CHECK_FAILED), result.output
    found = {
        item["check"]: (item["verdict"], item["message"], item["remedy"])
        for item in json.loads(result.stdout)
    }
    failed = any(verdict == "failed" for verdict, _, _ in found.values())
    assert failed == (result.exit_code == ExitCode.CHECK_FAILED)
    for verdict, _, remedy in found.values():
        assert (verdict in ("failed", "warning")) == bool(remedy)
    return found


def test_a_database_that_answers_and_workers_that_lack(yaptide: Yaptide, store: Store) -> None:
    found = verdicts(yaptide, BACKEND_INTERNAL_URL=f"http://127.0.0.1:{free_port()}")
    assert found["database"][0] == "ok"
    assert found["schema"][0] == "ok"
    assert found["queue"][0] == "ok"
    assert found["disk"][0] in ("ok", "warning")
    assert found["keycloak"][0] == found["store"][0] == found["clusters"][0] == "skipped"
    assert found["api"][0] == found["clock"][0] == "failed"
    assert "refused" in found["api"][1]
    assert found["workers"][0] == "failed"
    assert "yaptide worker simulations" in found["workers"][2]
    assert "yaptide simulators install" in found["simulators"][2]
    text = yaptide("doctor", BACKEND_INTERNAL_URL=f"http://127.0.0.1:{free_port()}").output
    assert "-> start one: yaptide worker simulations" in text


def test_an_old_schema(yaptide: Yaptide, store: Store) -> None:
    from adapters.database.engine import make_engine
    from adapters.database.schema import Schema

    engine = make_engine(yaptide.environment["DATABASE_URL"])
    Schema(engine).downgrade("base")
    engine.dispose()
    found = verdicts(yaptide)
    assert found["schema"][0] == "failed"
    assert "yaptide db upgrade" in found["schema"][2]
    assert found["workers"][0] == "failed"


@pytest.mark.parametrize("database_url", [""])
def test_a_server_that_is_away_or_nothing_yet(yaptide: Yaptide, tmp_path: Path) -> None:
    new = verdicts(yaptide)
    assert new["database"][0] == "warning"
    assert "yaptide up" in new["database"][2]
    away = verdicts(yaptide, DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    assert away["database"][0] == "failed"
    keycloak = verdicts(
        yaptide,
        KEYCLOAK_BASE_URL=f"http://127.0.0.1:{free_port()}",
        KEYCLOAK_REALM="hospital",
        KEYCLOAK_CLIENT_ID="yaptide",
    )
    assert keycloak["keycloak"][0] == "failed"
