"""A local user gives themselves a new password."""

from application.accounts.limit_logins import LoginLimits
from application.accounts.password_rules import check_password
from application.accounts.sign_in import Session, Sessions
from application.ports.clock import Clock
from application.ports.security import PasswordHasher
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import InvalidInput, NotAllowed
from domain.users import LocalUser, User


class ChangePassword:
    """Replaces a password, which ends all sessions but a new one."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        hasher: PasswordHasher,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._hasher = hasher
        self._sessions = sessions
        self._limits = LoginLimits(clock)

    def __call__(self, user: User, old: str, new: str, address: str = "") -> Session:
        """Change the password of whoever is signed in and return the session that goes on.

        The old password is asked for again: a browser that was left open must not be enough.
        NotAllowed if it is wrong or the user is not local, InvalidInput for a bad new one,
        TooManyAttempts as for signing in.
        """
        if not isinstance(user, LocalUser):
            raise NotAllowed("You sign in with Keycloak: your password is changed there")
        check_password(new, user.username)
        with self._unit_of_work() as work:
            self._limits.admit(work, user.username, address)
            work.commit()
        if not self._hasher.verify(old, user.password_hash):
            raise NotAllowed("The old password is wrong")
        if old == new:
            raise InvalidInput("new_password", "is the old one")
        password_hash = self._hasher.hash(new)
        with self._unit_of_work() as work:
            work.users.set_password(user.id, password_hash)
            work.directory.end_sessions(user.id)
            session = self._sessions.open(work, user.id)
            self._limits.succeeded(work, user.username, address)
            work.commit()
        return session
