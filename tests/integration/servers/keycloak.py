"""A real Keycloak: fetched, set up and filled once, kept between runs, each run on a copy."""

import hashlib
import os
import shutil
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keycloak import KeycloakAdmin, KeycloakOpenID

from tests.integration.servers.maven import alone, fetched
from tests.integration.servers.process import Server, free_port, program
from tests.locations import ROOT, TESTS

VERSION = "26.7.3"
"""The newest that runs on Java 17, which Debian 12 has."""

ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
CACHE = ROOT / ".pytest_cache" / "keycloak"
REALMS = sorted((TESTS / "data" / "keycloak").glob("*-realm.json"))
ADMIN = ("admin", "the password of the tests")
LONGEST_START = 900.0
"""Seconds: it builds itself at its first start, which a busy machine with a cold disk does slowly."""


class Keycloak:
    """A running Keycloak with the realms of tests/data/keycloak."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{port}"

    def token(
        self, user: str, client: str = "yaptide", realm: str = "yaptide", scope: str = "openid"
    ) -> str:
        """Return an access token, as the frontend would get it."""
        openid = KeycloakOpenID(f"{self.url}/", realm, client)
        answer = openid.token(user, f"password of {user}", scope=scope)
        return str(answer["access_token"])

    def id_token(self, user: str) -> str:
        """Return a token that says who somebody is, and gives access to nothing."""
        openid = KeycloakOpenID(f"{self.url}/", "yaptide", "yaptide")
        return str(openid.token(user, f"password of {user}")["id_token"])

    def admin(self) -> KeycloakAdmin:
        """Return a connection that may change the realm."""
        name, password = ADMIN
        return KeycloakAdmin(
            server_url=f"{self.url}/",
            username=name,
            password=password,
            realm_name="yaptide",
            user_realm_name="master",
        )

    def rotate_keys(self) -> None:
        """Have the realm sign with a new RSA key and forget the old ones."""
        admin = self.admin()
        old = _rsa_keys(admin)
        admin.create_component(
            {
                "name": "rsa-new", "providerId": "rsa-generated",
                "providerType": "org.keycloak.keys.KeyProvider",
                "config": {"priority": ["1000"], "algorithm": ["RS256"]},
            }
        )  # fmt: skip
        for component in old:
            admin.delete_component(component["id"])


@contextmanager
def keycloak_server() -> Iterator[Keycloak]:
    """Run Keycloak on a free port of the loopback address."""
    template = _template()
    home = CACHE / f"run-{os.getpid()}"
    shutil.rmtree(home, ignore_errors=True)
    try:
        shutil.copytree(template, home, copy_function=_link_or_copy, symlinks=True)
        port = free_port()
        server = _start(home, port)
        try:
            yield Keycloak(server, port)
        finally:
            server.kill()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _template() -> Path:
    """Return an installed Keycloak whose realms are there, made if there is none yet."""
    state = hashlib.sha256(b"".join(path.read_bytes() for path in REALMS))
    home = CACHE / f"{VERSION}-{state.hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with alone(CACHE / "lock"):
        if not home.is_dir():
            draft = CACHE / "draft"
            _unpack(fetched(ARTIFACT, CACHE / f"keycloak-quarkus-dist-{VERSION}.zip"), draft)
            _fill(draft)
            for old in CACHE.glob(f"{VERSION}-*"):
                shutil.rmtree(old)
            draft.rename(home)
    return home


def _unpack(archive: Path, home: Path) -> None:
    unpacked = home.with_name("unpacked")
    for left in (unpacked, home):
        shutil.rmtree(left, ignore_errors=True)
    with zipfile.ZipFile(archive) as file:
        file.extractall(unpacked)
    (unpacked / f"keycloak-{VERSION}").rename(home)
    unpacked.rmdir()
    (home / "bin" / "kc.sh").chmod(0o755)


def _fill(home: Path) -> None:
    """Start once, so that everything which is made at the first start is there."""
    folder = home / "data" / "import"
    folder.mkdir(parents=True)
    for realm in REALMS:
        shutil.copy(realm, folder)
    server = _start(home, free_port(), "--import-realm")
    # The database must be closed in good order.
    server.stop(seconds=60)


def _start(home: Path, port: int, *options: str) -> Server:
    program("java", "default-jre-headless")
    name, password = ADMIN
    environment = {
        **os.environ,
        "KC_BOOTSTRAP_ADMIN_USERNAME": name,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
        # Ready sooner, slower in the long run, which there isn't.
        "JAVA_OPTS_APPEND": f"-XX:TieredStopAtLevel=1 -Djava.io.tmpdir={home / 'data'}",
    }
    address = ["--http-host=127.0.0.1", f"--http-port={port}"]
    argv = [home / "bin" / "kc.sh", "start-dev", *address, *options]
    server = Server(argv, home / "keycloak.log", environment)
    server.ready_when(lambda: _answers(port), longest=LONGEST_START)
    return server


def _answers(port: int) -> bool:
    try:
        for path in REALMS:
            realm = path.name.removesuffix("-realm.json")
            urllib.request.urlopen(f"http://127.0.0.1:{port}/realms/{realm}", timeout=5).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def _link_or_copy(source: str, target: str) -> None:
    """Share what is only read: the programs; the database is written to."""
    if "/lib/" in source:
        try:
            Path(target).hardlink_to(source)
            return
        except OSError:
            pass
    shutil.copy2(source, target)


def _rsa_keys(admin: KeycloakAdmin) -> list[dict[str, Any]]:
    query = {"type": "org.keycloak.keys.KeyProvider"}
    components: list[dict[str, Any]] = admin.get_components(query)
    return [item for item in components if item["providerId"] == "rsa-generated"]
