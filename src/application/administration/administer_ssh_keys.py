"""The SSH keys with which users' batch jobs sign in to clusters, looked after by administrators."""

from dataclasses import dataclass

from application.accounts.ssh_credentials import StoredSshCredentials
from application.administration.administer_users import AdministerUsers, UserNotFound
from application.ports.ssh_certificates import (
    CertificateFacts,
    SshCertificateReader,
    SshKey,
    SshKeyReader,
)
from application.ports.ssh_credentials import SshKeyPair
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.users import KeycloakUser, UserSource


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What is stored for a user: a key, and what its certificate says if it has one."""

    key: SshKey
    certificate: CertificateFacts | None


class AdministerSshKeys:
    """Stores, shows (without the secret) and removes a Keycloak user's key."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        users: AdministerUsers,
        credentials: StoredSshCredentials,
        keys: SshKeyReader,
        certificates: SshCertificateReader,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._users = users
        self._credentials = credentials
        self._keys = keys
        self._certificates = certificates

    def stored(self, username: str) -> StoredKey | None:
        """Return what is stored; UserNotFound, SshCredentialsMissing if it can't be decrypted."""
        pair = self._credentials.opened(self._user(username))
        if pair is None:
            return None
        certificate = self._certificates.read(pair) if pair.certificate else None
        return StoredKey(self._keys.read(pair.private_key), certificate)

    def store(self, username: str, private_key: str) -> SshKey:
        """Keep a key, encrypted, in place of what was stored; UserNotFound, InvalidInput."""
        user, key = self._user(username), self._keys.read(private_key)
        self._credentials.store(user, SshKeyPair("", key.private_key))
        return key

    def remove(self, username: str) -> bool:
        """Forget a key and its certificate; say whether there was one. UserNotFound."""
        user = self._user(username)
        with self._unit_of_work() as work:
            work.users.set_ssh(user.id, None)
            work.commit()
        return user.ssh is not None

    def _user(self, username: str) -> KeycloakUser:
        record = self._users.one(username, UserSource.KEYCLOAK)
        with self._unit_of_work(read_only=True) as work:
            user = work.users.by_id(record.id)
        if not isinstance(user, KeycloakUser):
            # Removed just now.
            raise UserNotFound(username, UserSource.KEYCLOAK)
        return user
