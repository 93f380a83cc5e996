"""docker-compose.yml is valid and keeps its promises."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from entrypoints.settings import VARIABLES
from tests.integration.servers.process import program, run
from tests.locations import ROOT

BACKEND = ("web", "simulations", "helper", "migrate")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found = program("docker-compose", "docker-compose")
    argv = [found, "--profile", "keycloak", "--profile", "development", "config"]
    done = run(argv, cwd=ROOT, env={"PATH": os.environ["PATH"], "HOME": "/"})
    assert done.stderr == ""
    return _plain(done.stdout)


def _plain(text: str) -> dict[str, Any]:
    """Return a YAML document; the tool's own Python reads it where ours has no reader."""
    code = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    done = run(["/usr/bin/python3", "-c", code], entered=text)
    plain: dict[str, Any] = json.loads(done.stdout)
    return plain


def test_every_service_has_limits_and_is_watched(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {
        *BACKEND, "nginx", "postgres", "redis", "keycloak", "database-viewer",
    }  # fmt: skip
    for name, service in services.items():
        if name != "migrate":
            assert service["deploy"]["resources"]["limits"]["memory"], name
        if name not in ("migrate", "keycloak", "database-viewer"):
            assert service["healthcheck"]["test"], name


def test_nothing_but_nginx_can_be_reached_from_other_hosts(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for port in service.get("ports", ()):
            assert name == "nginx" or str(port).startswith("127.0.0.1:"), (name, port)
    assert compose["networks"]["inside"]["internal"] is True


def test_workers_reach_clusters_and_buckets_and_the_stores_reach_nobody(
    compose: dict[str, Any],
) -> None:
    services, networks = compose["services"], compose["networks"]
    ways_out = {name for name, network in networks.items() if not (network or {}).get("internal")}
    for name in ("simulations", "helper", "web"):
        assert ways_out & set(services[name]["networks"]), name
        assert "inside" in services[name]["networks"], name
    for name in ("postgres", "redis", "migrate"):
        assert set(services[name]["networks"]) == {"inside"}, name
    # From the proxy's network nobody gets at a worker.
    for name in ("simulations", "helper"):
        assert not set(services[name]["networks"]) & {"outside"}, name


def test_secrets_come_from_files(compose: dict[str, Any]) -> None:
    known = {variable.name for variable in VARIABLES if variable.secret}
    for name in BACKEND:
        environment = compose["services"][name]["environment"]
        assert not known & set(environment), name
        for secret in ("SECRET_KEY", "DATABASE_URL", "QUEUE_URL"):
            assert environment[f"{secret}_FILE"] == f"/run/secrets/{secret.lower()}"


def test_settings_of_the_services_exist(compose: dict[str, Any]) -> None:
    names = {variable.name for variable in VARIABLES}
    for name in BACKEND:
        for variable in compose["services"][name]["environment"]:
            assert variable.removesuffix("_FILE") in names, variable


def test_what_sign_in_needs_is_passed_on(compose: dict[str, Any]) -> None:
    asked = {item.name for item in VARIABLES if item.name.startswith(("KEYCLOAK_", "SESSION_"))}
    assert {"KEYCLOAK_CLIENT_ID", "SESSION_DAYS"} <= asked
    assert asked <= set(compose["services"]["web"]["environment"])


def test_engines_are_confined_unless_somebody_says_otherwise(compose: dict[str, Any]) -> None:
    environment = compose["services"]["simulations"]["environment"]
    assert environment["CONFINE_SIMULATORS"] == "required"
    text = (ROOT / "docker-compose.yml").read_text()
    # The runtime's own filter of system calls lets Landlock through; none at all would do more harm.
    assert "seccomp" not in text
    assert "privileged" not in text


def test_a_store_is_passed_on_with_its_key_in_a_file(compose: dict[str, Any]) -> None:
    for name in ("simulations", "helper"):
        service = compose["services"][name]
        passed = set(service["environment"])
        of_store = {item.name for item in VARIABLES if item.name.startswith("S3_")}
        secret = {item.name for item in VARIABLES if item.secret} & of_store
        assert passed >= of_store - secret | {f"{item}_FILE" for item in secret}
        mounted = {item["source"] for item in service["secrets"]}
        assert mounted >= {item.lower() for item in secret}


def test_nobody_is_root() -> None:
    assert "\nUSER yaptide\n" in (ROOT / "docker" / "backend.Dockerfile").read_text()
    last = (ROOT / "docker" / "nginx" / "Dockerfile").read_text().rpartition("\nUSER ")[2]
    assert last.startswith("nginx\n")


def test_secrets_are_made_once(tmp_path: Path) -> None:
    script = ROOT / "docker" / "make-secrets.sh"
    run(["sh", script, tmp_path])
    made = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert made["database_url"].startswith(f"postgresql://yaptide:{made['postgres_password']}@")
    assert len(made["secret_key"]) >= 32
    run(["sh", script, tmp_path])
    assert made == {file.name: file.read_text() for file in tmp_path.iterdir()}
