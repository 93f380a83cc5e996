"""Users whom Keycloak vouches for: sign in, and get a certificate for the clusters."""

from dataclasses import dataclass

from application.accounts.sign_in import NO_TOKEN, SentTokens, Sessions, check_username
from application.accounts.ssh_credentials import StoredSshCredentials
from application.ports.identity_provider import IdentityProvider
from application.ports.security import Token
from application.ports.ssh_certificates import SshCertificateService
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import (
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    Unavailable,
    UserExists,
    YaptideError,
)
from domain.users import KeycloakUser


class CertifyUser:
    """Gets a certificate for a user and keeps it; what was kept stays when that fails."""

    def __init__(
        self, service: SshCertificateService | None, credentials: StoredSshCredentials
    ) -> None:
        self._service = service
        self._credentials = credentials

    def __call__(self, user: KeycloakUser, token: str) -> str | None:
        """Renew a certificate that is missing or half used up; say what went wrong, if anything."""
        if self._service is None or not self._credentials.half_used(user):
            return None
        try:
            self._credentials.store(user, self._service.certify(token))
        except YaptideError as error:
            return str(error)
        return None


@dataclass(frozen=True, slots=True)
class KeycloakSession:
    """An access token, the user, and why there is no new certificate for the clusters, if so."""

    access: Token
    user: KeycloakUser
    certificate_problem: str | None


class SignInWithKeycloak:
    """Opens a session for the user of a Keycloak token, or lets an open one last longer."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        identities: IdentityProvider | None,
        sessions: Sessions,
        certify: CertifyUser,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._identities = identities
        self._sessions = sessions
        self._certify = certify

    def __call__(self, token: str, claimed: str, sent: SentTokens) -> KeycloakSession:
        """Sign in the user of `token`, adding them the first time.

        `claimed` is who the client says it is: NotAllowed if that is somebody else.
        `sent` is what the browser has of an earlier sign-in, if there was one.
        """
        if self._identities is None:
            raise Unavailable("Keycloak sign-in is not configured")
        if not token:
            raise NotAuthenticated(NO_TOKEN)
        user = self._user(self._identities.username(token), claimed)
        problem = self._certify(user, token)
        access = self._sessions.open_access(user.id, sent.access, sent.refresh)
        return KeycloakSession(access, user, problem)

    def _user(self, username: str, claimed: str) -> KeycloakUser:
        if claimed and claimed != username:
            raise NotAllowed("The token belongs to another user")
        try:
            check_username(username)
        except InvalidInput as error:
            raise NotAllowed(f"Keycloak's name for you can't be used here: {error}") from error
        with self._unit_of_work() as work:
            try:
                # The realm vouches for exactly this name: one like it is somebody else's.
                user = work.users.ensure_keycloak(username)
            except UserExists as error:
                raise NotAllowed(
                    "Keycloak's name for you reads like that of another user here; ask an "
                    "administrator"
                ) from error
            work.commit()
        return user
