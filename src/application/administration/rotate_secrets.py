"""Encrypts what is stored with today's key."""

from dataclasses import dataclass

from application.ports.secret_box import SecretBox
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import SecretUnreadable
from domain.users import KeycloakUser, SshCredentials


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many users' secrets were encrypted again; the names of those that no key opens."""

    done: int
    unreadable: tuple[str, ...]


class RotateSecrets:
    """Opens every secret with whichever key fits and seals it with the newest.

    Users who sign in meanwhile keep what they get then; it may be repeated.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, box: SecretBox) -> None:
        self._unit_of_work = unit_of_work
        self._box = box

    def __call__(self) -> Rotation:
        """Encrypt all again; what can't be read stays as it is."""
        with self._unit_of_work(read_only=True) as work:
            users = work.users.with_ssh()
        done, unreadable = 0, []
        for user in users:
            try:
                done += self._rotate(user)
            except SecretUnreadable:
                unreadable.append(user.username)
        return Rotation(done, tuple(unreadable))

    def _rotate(self, user: KeycloakUser) -> bool:
        if user.ssh is None:
            return False
        again = SshCredentials(
            self._again(user.ssh.certificate, user.id), self._again(user.ssh.private_key, user.id)
        )
        with self._unit_of_work() as work:
            replaced = work.users.set_ssh(user.id, again, instead_of=user.ssh)
            work.commit()
        return replaced

    def _again(self, sealed: bytes, user_id: int) -> bytes:
        return self._box.seal(self._box.open(sealed, user_id), user_id)
