"""Private keys that administrators hand in."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from adapters.auth.ssh_keys import OpenSshKeyReader
from adapters.executors.slurm_ssh.connection import load_key
from domain.errors import InvalidInput

FORMATS = (PrivateFormat.OpenSSH, PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_every_usual_form_of_a_key_is_one_that_clusters_can_be_signed_in_to_with(
    rsa_key: rsa.RSAPrivateKey, kind: str, form: PrivateFormat
) -> None:
    if (kind, form) == ("ed25519", PrivateFormat.TraditionalOpenSSL):
        form = PrivateFormat.PKCS8
    key = {
        "rsa": rsa_key,
        "ecdsa": ec.generate_private_key(ec.SECP256R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }[kind]
    text = key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
    read = OpenSshKeyReader().read(text)
    loaded = load_key(read.private_key, "")
    assert f"{loaded.get_name()} {loaded.get_base64()}" == read.public_key
    assert loaded.fingerprint == read.fingerprint
    assert "PRIVATE" not in repr(read)


def test_a_key_of_ssh_keygen_is_read(tmp_path: Path) -> None:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    read = OpenSshKeyReader().read(file.read_text())
    assert read.public_key == " ".join((tmp_path / "key.pub").read_text().split()[:2])
    shown = subprocess.run(["ssh-keygen", "-l", "-f", file], check=True, capture_output=True)
    assert read.fingerprint in shown.stdout.decode()


def test_what_can_not_be_used_is_refused_without_showing_it(rsa_key: rsa.RSAPrivateKey) -> None:
    good = ed25519.Ed25519PrivateKey.generate()
    text = good.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    locked = good.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase")
    ).decode()
    locked_ssh = good.private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, BestAvailableEncryption(b"a passphrase")
    ).decode()
    short = rsa.generate_private_key(65537, 1024).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ).decode()  # fmt: skip
    others = [
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for key in (ed448.Ed448PrivateKey.generate(), dsa.generate_private_key(1024))
    ]
    for wrong in ("", "nonsense", text[:-80], locked, locked_ssh, short, *others, "\ufffd" * 100):
        with pytest.raises(InvalidInput, match="key: ") as caught:
            OpenSshKeyReader().read(wrong)
        assert len(str(caught.value)) < 100
        assert caught.value.__cause__ is None
