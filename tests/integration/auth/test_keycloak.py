"""Sign-in with a real Keycloak, a real certificate authority and the service as it is run."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.auth.fernet_box import FernetSecretBox
from adapters.auth.ssh_certificates import OpenSshCertificateReader
from application.ports.ssh_credentials import SshKeyPair
from tests.integration.commands.findings import verdicts
from tests.integration.http.server import SECRET, Answer, Client, Web
from tests.integration.servers.certificates import CertificateService
from tests.integration.servers.keycloak import Keycloak, keycloak_server
from tests.integration.servers.process import free_port, wait_until
from tests.waiting import Patience


@pytest.fixture(scope="module")
def keycloak() -> Iterator[Keycloak]:
    with keycloak_server() as server:
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CertificateService]:
    service = CertificateService(tmp_path_factory.mktemp("authority"), "ann")
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="module")
def web(
    keycloak: Keycloak, authority: CertificateService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    server = Web(
        tmp_path_factory.mktemp("web"),
        KEYCLOAK_BASE_URL=keycloak.url,
        KEYCLOAK_REALM="yaptide",
        KEYCLOAK_CLIENT_ID="yaptide",
        CERT_AUTH_URL=authority.url,
        LOG_LEVEL_ROOT="DEBUG",
    ).ready()
    try:
        yield server
    finally:
        server.stop()


def sign_in(web: Web, token: str, name: str = "ann", client: Client | None = None) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return (client or Client(web.url))("POST", "/auth/keycloak", {"username": name}, headers)


def stored(web: Web, name: str = "ann") -> SshKeyPair | None:
    """Return what is kept for a user, decrypted."""
    database = sqlite3.connect(web.data_dir / "yaptide.sqlite")
    row = database.execute(
        "SELECT user.id, certificate, private_key FROM keycloak_user JOIN user USING (id) "
        "WHERE username = ?",
        (name,),
    ).fetchone()
    database.close()
    if row is None or row[1] is None:
        return None
    box = FernetSecretBox(SECRET)
    return SshKeyPair(box.open(row[1], row[0]), box.open(row[2], row[0]))


def test_the_doctor_asks_keycloak(keycloak: Keycloak, tmp_path: Path) -> None:
    settings = {
        "DATA_DIR": str(tmp_path),
        "KEYCLOAK_BASE_URL": keycloak.url,
        "KEYCLOAK_REALM": "yaptide",
        "KEYCLOAK_CLIENT_ID": "yaptide",
    }
    assert verdicts(settings)["keycloak"] == ("ok", "realm yaptide answers", "")
    verdict, message, remedy = verdicts({**settings, "KEYCLOAK_REALM": "nowhere"})["keycloak"]
    assert verdict == "failed"
    assert "404" in message
    assert "KEYCLOAK_REALM" in remedy


def test_a_user_with_the_claim_is_let_in_and_certified(
    keycloak: Keycloak, authority: CertificateService, web: Web
) -> None:
    token, client = keycloak.token("ann"), Client(web.url)
    answer = sign_in(web, token, client=client)
    assert answer.status == 202
    assert 0 < answer.json["access_exp"] / 1000 - time.time() < 3600
    status = client("GET", "/auth/status").json
    assert (status["username"], status["source"]) == ("ann", "keycloak")
    pair = stored(web)
    assert pair is not None
    assert OpenSshCertificateReader().read(pair).principals == ("ann",)
    assert authority.tokens == [f"Bearer {token}"]
    log = web.log.read_text()
    key_text = pair.private_key.splitlines()[2]
    for secret in (token, token.rpartition(".")[2], key_text, pair.certificate.split()[1]):
        assert secret not in log
        assert secret.encode() not in (web.data_dir / "yaptide.sqlite").read_bytes()
        assert secret not in answer.data.decode()
    assert client("DELETE", "/auth/keycloak").status == 200
    assert client("GET", "/auth/status").status == 401


@pytest.mark.parametrize("mode", ["down", "nonsense", "another key", "hangs"])
def test_a_failing_certificate_service_stops_nobody_and_stores_nothing(
    keycloak: Keycloak, authority: CertificateService, web: Web, mode: str
) -> None:
    authority.principal, authority.mode = "dan", mode
    try:
        patience = Patience(20)
        assert sign_in(web, keycloak.token("dan"), "dan").status == 202
        assert not patience.is_over()
        assert stored(web, "dan") is None
        assert "no SSH certificate" in web.log.read_text()
    finally:
        authority.principal, authority.mode = "ann", "good"


def test_the_token_alone_says_who_it_is(keycloak: Keycloak, web: Web) -> None:
    client = Client(web.url)
    assert sign_in(web, keycloak.token("ann"), "dan", client).status == 403
    assert not client.cookies


@pytest.mark.parametrize("name", ["bob", "cid"])
def test_without_the_claim_nobody_is_let_in(keycloak: Keycloak, web: Web, name: str) -> None:
    answer = sign_in(web, keycloak.token(name), name)
    assert answer.status == 403
    assert "PLG_YAPTIDE_ACCESS" in answer.json["message"]


def test_es256_is_accepted_and_an_audience_besides_the_authorised_party(
    keycloak: Keycloak, web: Web
) -> None:
    assert sign_in(web, keycloak.token("ann", "signs-es256")).status == 202


def test_tokens_for_others_are_refused(keycloak: Keycloak, web: Web) -> None:
    for token in (
        keycloak.token("ann", "another-app"),
        keycloak.token("ann", realm="other"),
        keycloak.id_token("ann"),
        keycloak.token("ann")[:-4] + "AAAA",
        "nonsense",
    ):
        answer = sign_in(web, token)
        assert answer.status == 401, answer.data
        assert token not in answer.data.decode()


def test_an_expired_token_is_refused(keycloak: Keycloak, web: Web) -> None:
    token = keycloak.token("ann", "short-lived")

    def expired() -> bool:
        answer = sign_in(web, token)
        return answer.status == 401 and "expired" in answer.json["message"]

    wait_until(expired, "a token that is refused")


def test_a_new_key_is_found_and_a_withdrawn_one_is_of_no_use(keycloak: Keycloak, web: Web) -> None:
    assert sign_in(web, keycloak.token("ann")).status == 202
    keycloak.rotate_keys()
    token = keycloak.token("ann")
    assert sign_in(web, token).status == 202


def test_a_disabled_user_is_out_though_the_token_is_fresh(keycloak: Keycloak, web: Web) -> None:
    token = keycloak.token("dan")
    assert sign_in(web, token, "dan").status == 202
    admin = keycloak.admin()
    dan = admin.get_user_id("dan")
    admin.update_user(dan, {"enabled": False})
    try:
        assert sign_in(web, token, "dan").status == 401
    finally:
        admin.update_user(dan, {"enabled": True})


def test_a_token_that_may_not_ask_keycloak_is_still_checked(keycloak: Keycloak, web: Web) -> None:
    assert sign_in(web, keycloak.token("ann", scope="profile")).status == 202


def test_keycloak_away_is_said_and_local_users_go_on(tmp_path: Path, keycloak: Keycloak) -> None:
    server = Web(
        tmp_path,
        KEYCLOAK_BASE_URL=f"http://127.0.0.1:{free_port()}",
        KEYCLOAK_REALM="yaptide",
        KEYCLOAK_CLIENT_ID="yaptide",
    ).ready()
    try:
        answer = sign_in(server, keycloak.token("ann"))
        assert answer.status == 503
        assert "Keycloak can't be reached" in answer.json["message"]
        Client(server.url).sign_in("ann")
    finally:
        server.stop()
