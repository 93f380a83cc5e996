from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from application.administration.rotate_secrets import RotateSecrets
from entrypoints.cli import commands
from entrypoints.composition.container import make_container
from entrypoints.processes.database_ready import ready_database
from entrypoints.settings import read_settings
from tests.unit.adapters.auth.certificates import make_pair

OLD, NEW, LOST = "o" * 40, "n" * 40, "l" * 40


def environment(folder: Path, key: str, previous: str = "") -> dict[str, str]:
    return {"DATA_DIR": str(folder), "SECRET_KEY": key, "SECRET_KEY_PREVIOUS": previous}


def test_rotation_moves_all_secrets_to_the_new_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = {}
    for name, key in (("ann", OLD), ("bob", OLD), ("cid", LOST)):
        container = make_container(read_settings(environment(tmp_path, key)))
        ready_database(container)
        with container.unit_of_work() as work:
            users[name] = work.users.ensure_keycloak(name)
            work.commit()
        pair = make_pair(name, life=timedelta(days=36500))
        container.ssh_credentials().store(users[name], pair)
        container.engine().dispose()
    for name, value in environment(tmp_path, NEW, OLD).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(commands, ["secrets", "rotate"])
    assert "of 2 users" in result.output
    assert "'cid'" in result.output
    after = make_container(read_settings(environment(tmp_path, NEW)))
    for name in ("ann", "bob"):
        assert "PRIVATE" in after.ssh_credentials().for_user(users[name].id).private_key
    again = RotateSecrets(after.unit_of_work, after.secret_box())()
    assert (again.done, again.unreadable) == (2, ("cid",))
    after.engine().dispose()
