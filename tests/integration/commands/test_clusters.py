"""`yaptide clusters` and `yaptide users ssh-key` on both databases."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from adapters.auth.ssh_keys import OpenSshKeyReader
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.composition.container import make_container
from entrypoints.settings import read_settings
from tests.contracts.persistence import Store, add_user
from tests.integration.commands.conftest import Yaptide

ADD = ("clusters", "add", "alpha", "--host", "login.alpha.org")


def new_key() -> tuple[str, str]:
    """Return a private key and its public part."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return private.decode(), public.decode()


def test_clusters_are_added_listed_and_removed(yaptide: Yaptide, store: Store) -> None:
    assert yaptide.json("clusters", "list") == []
    assert "yaptide clusters test alpha" in yaptide.ok(
        *ADD, "--port", "2222", "--array-option", "partition=plgrid", "--collect-option", "time=5"
    )
    (found,) = yaptide.json("clusters", "list")
    assert (found["name"], found["host"]) == ("alpha", "login.alpha.org:2222")
    assert (found["array_options"], found["host_key"]) == ("partition=plgrid", "SSH_KNOWN_HOSTS")
    assert "login.alpha.org:2222" in yaptide.ok("clusters", "list")
    for arguments, code, word in (
        (ADD, ExitCode.WRONG_USE, "already"),
        (("clusters", "add", " ", "--host", "x"), ExitCode.WRONG_USE, "name"),
        (("clusters", "remove", "beta", "--yes"), ExitCode.NOT_FOUND, "there are: alpha"),
        (("clusters", "test", "alpha", "--user", "ann"), ExitCode.NOT_FOUND, "ann"),
        (("clusters", "remove", "alpha"), ExitCode.REFUSED, "--yes"),
    ):
        result = yaptide(*arguments)
        assert result.exit_code == code, (arguments, result.output)
        assert word in result.output
    yaptide.ok("clusters", "remove", "alpha", "--yes")
    assert yaptide.json("clusters", "list") == []


def test_a_key_is_stored_shown_without_its_secret_rotated_and_removed(
    yaptide: Yaptide, store: Store, tmp_path: Path
) -> None:
    yaptide.ok("users", "add", "ann", "--keycloak")
    assert yaptide.json("users", "ssh-key", "ann")["stored"] == "none"
    (private, public), (other, other_public) = new_key(), new_key()
    file = tmp_path / "key"
    file.write_text(private)
    shown = yaptide.ok("users", "ssh-key", "ann", "--set", file)
    assert public in shown and "SHA256:" in shown
    secret = private.splitlines()[3]
    assert secret not in shown
    kept = yaptide("users", "ssh-key", "ann", "--set", "-", stdin=other)
    assert kept.exit_code == ExitCode.REFUSED
    assert yaptide.json("users", "ssh-key", "ann")["public_key"] == public
    replaced = yaptide.ok("users", "ssh-key", "ann", "--set", "-", "--yes", "--json", stdin=other)
    assert other_public in replaced and "PRIVATE" not in replaced
    new = {"SECRET_KEY": "f" * 40, "SECRET_KEY_PREVIOUS": yaptide.environment["SECRET_KEY"]}
    assert "of 1 users" in yaptide.ok("secrets", "rotate", **new)
    lost = yaptide("users", "ssh-key", "ann")
    assert lost.exit_code == ExitCode.REFUSED
    assert "can't be decrypted" in lost.output
    now = {"SECRET_KEY": "f" * 40}
    assert yaptide.json("users", "ssh-key", "ann", **now)["public_key"] == other_public
    # What connects to clusters gets the key itself.
    container = make_container(read_settings({**yaptide.environment, **now}))
    with store() as work:
        ann = work.users.ensure_keycloak("ann")
    pair = container.ssh_credentials().for_user(ann.id)
    assert not pair.certificate
    assert OpenSshKeyReader().read(pair.private_key).public_key == other_public
    assert not container.ssh_credentials().half_used(ann)
    container.engine().dispose()
    assert yaptide("users", "ssh-key", "ann", "--remove").exit_code == ExitCode.REFUSED
    yaptide.ok("users", "ssh-key", "ann", "--remove", "--yes")
    assert yaptide.json("users", "ssh-key", "ann")["stored"] == "none"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_key_or_no_user_is_told(yaptide: Yaptide, store: Store) -> None:
    add_user(store)
    yaptide.ok("users", "add", "bob", "--keycloak")
    private, public = new_key()
    for arguments, stdin, code, word in (
        (("ann", "--set", "-"), private, ExitCode.NOT_FOUND, "no keycloak user"),
        (("bob", "--set", "-"), public, ExitCode.WRONG_USE, "private Ed25519"),
        (("bob", "--set", "-"), "x" * (65 << 10), ExitCode.WRONG_USE, "too large"),
        (("bob", "--set", "/nowhere"), "", ExitCode.WRONG_USE, "nowhere"),
        (("bob", "--set", "-", "--remove"), private, ExitCode.WRONG_USE, "Either"),
    ):
        result = yaptide("users", "ssh-key", *arguments, stdin=stdin)
        assert result.exit_code == code, (arguments, result.output)
        assert word in result.output
        assert private.splitlines()[2] not in result.output
    assert "Nothing is stored" in yaptide.ok("users", "ssh-key", "bob", "--remove", "--yes")
