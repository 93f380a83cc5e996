from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import SSHCertificateType

from adapters.auth.fernet_box import FernetSecretBox
from adapters.auth.ssh_certificates import OpenSshCertificateReader
from application.accounts.ssh_credentials import StoredSshCredentials
from application.ports.ssh_credentials import SshKeyPair
from domain.errors import InvalidSshCertificate, SshCredentialsMissing
from domain.users import KeycloakUser
from tests.fakes.execution import FixedClock
from tests.fakes.persistence import FakeStore
from tests.unit.adapters.auth.certificates import FROM, make_pair

YEAR = timedelta(days=365)
SECRET = "a secret key of a test, long enough"


class Kept:
    """Stored credentials over kept-in-memory users."""

    def __init__(self) -> None:
        self.store, self.clock = FakeStore(), FixedClock()
        self.clock.moment = FROM + timedelta(days=1)
        self.source = self.with_key(SECRET)

    def with_key(self, secret: str) -> StoredSshCredentials:
        box, reader = FernetSecretBox(secret), OpenSshCertificateReader()
        return StoredSshCredentials(self.store, box, reader, self.clock)

    def user(self, name: str = "ann") -> KeycloakUser:
        with self.store() as work:
            user = work.users.ensure_keycloak(name)
            work.commit()
        return user


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_facts_of_a_certificate() -> None:
    facts = OpenSshCertificateReader().read(make_pair("ann", "bob"))
    assert facts.principals == ("ann", "bob")
    assert (facts.valid_from, facts.valid_until) == (FROM, FROM + YEAR)


def test_what_is_no_usable_pair_is_refused_without_showing_the_key() -> None:
    ann, other = make_pair("ann"), make_pair("ann")
    host = make_pair("ann", kind=SSHCertificateType.HOST)
    line = ann.certificate.split()
    tampered = line[1][:-20] + ("A" if line[1][-20] != "A" else "B") + line[1][-19:]
    for pair in (
        SshKeyPair(other.certificate, ann.private_key),
        SshKeyPair(f"{line[0]} {tampered}", ann.private_key),
        SshKeyPair("", ann.private_key),
        SshKeyPair("ssh-ed25519 AAAA", ann.private_key),
        SshKeyPair(ann.certificate, ""),
        SshKeyPair(ann.certificate, ann.private_key[:-60]),
        SshKeyPair(ann.certificate, ann.certificate),
        host,
    ):
        with pytest.raises(InvalidSshCertificate) as caught:
            OpenSshCertificateReader().read(pair)
        assert ann.private_key[60:100] not in str(caught.value)


def test_a_pair_does_not_show_itself() -> None:
    pair = make_pair("ann")
    assert "PRIVATE" not in repr(pair)
    assert "cert" not in repr(pair).replace("SshKeyPair", "")


def test_stored_encrypted_and_given_back(kept: Kept) -> None:
    user, pair = kept.user(), make_pair("ann")
    kept.source.store(user, pair)
    assert kept.source.for_user(user.id) == pair
    ssh = kept.user().ssh
    assert ssh is not None
    assert b"PRIVATE" not in ssh.private_key
    assert pair.certificate.split()[1][:40].encode() not in ssh.certificate


@pytest.mark.parametrize(
    "pair",
    [make_pair("bob"), make_pair(), make_pair("ann", start=FROM - 2 * YEAR),
     make_pair("ann", start=FROM + YEAR)],
)  # fmt: skip
def test_a_bad_certificate_does_not_replace_a_good_one(kept: Kept, pair: SshKeyPair) -> None:
    user, good = kept.user(), make_pair("ann")
    kept.source.store(user, good)
    with pytest.raises(InvalidSshCertificate):
        kept.source.store(user, pair)
    assert kept.source.for_user(user.id) == good


def test_what_is_missing_is_said(kept: Kept) -> None:
    user = kept.user()
    with pytest.raises(SshCredentialsMissing, match="No SSH certificate is stored"):
        kept.source.for_user(user.id)
    kept.source.store(user, make_pair("ann"))
    with pytest.raises(SshCredentialsMissing, match="can't be decrypted"):
        kept.with_key(SECRET + "!").for_user(user.id)
    kept.clock.moment = FROM + YEAR
    with pytest.raises(SshCredentialsMissing, match="expired at 2027-01-01"):
        kept.source.for_user(user.id)
    with kept.store() as work:
        local = work.users.add_local("ann", "hash")
        work.commit()
    with pytest.raises(SshCredentialsMissing, match="only Keycloak users"):
        kept.source.for_user(local.id)


def test_a_certificate_is_due_after_half_its_time(kept: Kept) -> None:
    assert kept.source.half_used(kept.user())
    kept.source.store(kept.user(), make_pair("ann"))
    assert not kept.source.half_used(kept.user())
    kept.clock.moment = FROM + YEAR / 2 + timedelta(seconds=1)
    assert kept.source.half_used(kept.user())
