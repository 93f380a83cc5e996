"""SSH certificates and keys of users: checked, kept encrypted, opened to connect to clusters."""

from application.accounts.certificate_check import AGAIN, check_certificate
from application.ports.clock import Clock
from application.ports.secret_box import SecretBox
from application.ports.ssh_certificates import SshCertificateReader
from application.ports.ssh_credentials import SshKeyPair
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import (
    InvalidSshCertificate,
    SecretUnreadable,
    SshCredentialsMissing,
    YaptideError,
)
from domain.users import KeycloakUser, SshCredentials


class StoredSshCredentials:
    """SshCredentialSource port on what sign-in or an administrator has stored."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        box: SecretBox,
        reader: SshCertificateReader,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._box = box
        self._reader = reader
        self._clock = clock

    def for_user(self, user_id: int) -> SshKeyPair:
        """Return a user's key and valid certificate; SshCredentialsMissing says what lacks."""
        with self._unit_of_work(read_only=True) as work:
            user = work.users.by_id(user_id)
        if not isinstance(user, KeycloakUser):
            raise SshCredentialsMissing(
                user_id, "Batch jobs need an SSH certificate, which only Keycloak users have"
            )
        if user.ssh is None:
            raise SshCredentialsMissing(
                user_id,
                "No SSH certificate is stored for you: the certificate service gave none when you "
                f"signed in; {AGAIN}, and tell your administrator if that does not help",
            )
        pair = self._opened(user_id, user.ssh)
        self._check(user, pair)
        return pair

    def store(self, user: KeycloakUser, pair: SshKeyPair) -> None:
        """Keep a key and certificate for a user; InvalidSshCertificate if they are no good."""
        if pair.certificate:
            check_certificate(self._reader, pair, user.username, self._clock.now())
        sealed = SshCredentials(
            self._box.seal(pair.certificate, user.id), self._box.seal(pair.private_key, user.id)
        )
        with self._unit_of_work() as work:
            work.users.set_ssh(user.id, sealed)
            work.commit()

    def half_used(self, user: KeycloakUser) -> bool:
        """Say whether a user has no certificate that is good for at least half its time."""
        if user.ssh is None:
            return True
        try:
            pair = self._opened(user.id, user.ssh)
            if not pair.certificate:
                # A plain key, which an administrator chose, stays until it is removed.
                return False
            facts = self._reader.read(pair)
        except YaptideError:
            return True
        if facts.valid_until is None:
            return False
        return self._clock.now() - facts.valid_from > (facts.valid_until - facts.valid_from) / 2

    def opened(self, user: KeycloakUser) -> SshKeyPair | None:
        """Return what is stored, usable or not; SshCredentialsMissing if it can't be decrypted."""
        return None if user.ssh is None else self._opened(user.id, user.ssh)

    def _opened(self, user_id: int, ssh: SshCredentials) -> SshKeyPair:
        try:
            return SshKeyPair(
                self._box.open(ssh.certificate, user_id), self._box.open(ssh.private_key, user_id)
            )
        except SecretUnreadable as error:
            raise SshCredentialsMissing(
                user_id, f"Your stored SSH certificate can't be decrypted; {AGAIN}"
            ) from error

    def _check(self, user: KeycloakUser, pair: SshKeyPair) -> None:
        if not pair.certificate:
            # A plain key: only the cluster knows whom it lets in.
            return
        try:
            check_certificate(self._reader, pair, user.username, self._clock.now())
        except InvalidSshCertificate as error:
            raise SshCredentialsMissing(user.id, str(error)) from error
