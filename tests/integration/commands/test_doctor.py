"""`yaptide doctor` on installations that are well, incomplete and broken."""

from pathlib import Path

import pytest

from tests.contracts.persistence import Store
from tests.integration.commands.conftest import Yaptide
from tests.integration.commands.findings import verdicts
from tests.integration.servers.process import free_port


def test_a_database_that_answers_and_workers_that_lack(yaptide: Yaptide, store: Store) -> None:
    nobody = {"BACKEND_INTERNAL_URL": f"http://127.0.0.1:{free_port()}"}
    found = verdicts({**yaptide.environment, **nobody})
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
    text = yaptide("doctor", **nobody).output
    assert "-> start one: yaptide worker simulations" in text


def test_an_old_schema(yaptide: Yaptide, store: Store) -> None:
    from adapters.database.connections.engine import make_engine
    from adapters.database.schema.revisions import Schema

    engine = make_engine(yaptide.environment["DATABASE_URL"])
    Schema(engine).downgrade("base")
    engine.dispose()
    found = verdicts(yaptide.environment)
    assert found["schema"][0] == "failed"
    assert "yaptide db upgrade" in found["schema"][2]
    assert found["workers"][0] == "failed"


@pytest.mark.parametrize("database_url", [""])
def test_a_server_that_is_away_or_nothing_yet(yaptide: Yaptide, tmp_path: Path) -> None:
    new = verdicts(yaptide.environment)
    assert new["database"][0] == "warning"
    assert "yaptide up" in new["database"][2]
    server = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    away = verdicts({**yaptide.environment, "DATABASE_URL": server})
    asked = ("database", "schema", "workers", "simulators", "clusters")
    assert {away[check][0] for check in asked} == {"failed"}
    assert away["workers"][2] == "first make the database answer"
    settings = {
        "KEYCLOAK_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "KEYCLOAK_REALM": "hospital",
        "KEYCLOAK_CLIENT_ID": "yaptide",
    }
    keycloak = verdicts({**yaptide.environment, **settings})
    assert keycloak["keycloak"][0] == "failed"
