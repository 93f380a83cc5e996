"""Keycloak: tokens checked against its keys, users against its sessions."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import structlog
from keycloak import KeycloakOpenID
from keycloak.exceptions import KeycloakConnectionError, KeycloakError

from adapters.auth.key_set import ALGORITHMS, KeySet
from application.ports.clock import Clock
from domain.errors import NotAllowed, NotAuthenticated, Unavailable

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 3
"""Browsers give up after ten, and up to two of our questions wait so long."""

LEEWAY = timedelta(seconds=30)
"""How much the clocks of two machines may differ; an expired token gets none of it."""

LONGEST_TOKEN = 16 << 10
UNREACHABLE = "Keycloak can't be reached now; try again in a moment"
REFUSED = "Keycloak's token is not valid; sign in again"


@dataclass(frozen=True, slots=True)
class Realm:
    """Where Keycloak is and what its tokens must say.

    `issuer` is needed where browsers reach Keycloak at another address than we do.
    """

    base_url: str
    name: str
    client_id: str
    service_claim: str = "plgridAccessServices"
    service: str = "PLG_YAPTIDE_ACCESS"
    issuer: str = ""


class KeycloakIdentityProvider:
    """IdentityProvider port."""

    def __init__(self, realm: Realm, clock: Clock) -> None:
        self._realm = realm
        self._clock = clock
        self._keys = KeySet(self._fetch_keys)
        self._threads = threading.local()
        # Keycloak lived below /auth before version 17, and does so where it was upgraded.
        self._bases = [f"{realm.base_url}/", f"{realm.base_url}/auth/"]
        own = [f"{base}realms/{realm.name}" for base in self._bases]
        self._issuers = [realm.issuer] if realm.issuer else own

    def username(self, token: str) -> str:
        """Return the name of the user whom a token was made for."""
        claims = self._claims(token)
        self._check_service(claims)
        self._ask(token, claims)
        name = claims.get("preferred_username")
        if not isinstance(name, str) or not name:
            raise NotAuthenticated("Keycloak's token names no user")
        return name

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise NotAuthenticated(REFUSED)
        try:
            key = self._keys.key(str(jwt.get_unverified_header(token).get("kid")))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=self._issuers,
                # The audience may stand in `azp` alone; times are compared with our own clock.
                options={
                    "verify_aud": False, "verify_exp": False, "verify_iat": False,
                    "verify_nbf": False, "require": ["exp", "iss"],
                },
            )  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise NotAuthenticated(REFUSED) from error
        self._check_times(claims)
        self._check_audience(claims)
        return claims

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._clock.now()
        if _moment(claims["exp"]) <= now:
            raise NotAuthenticated("Keycloak's token has expired; sign in again")
        for name in ("nbf", "iat"):
            if name in claims and _moment(claims[name]) > now + LEEWAY:
                raise NotAuthenticated("Keycloak's token is not valid yet; check the clocks")

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        audience = claims.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        if self._realm.client_id not in (*names, claims.get("azp")):
            raise NotAuthenticated("Keycloak's token was made for another application")
        if claims.get("typ", "Bearer") != "Bearer":
            raise NotAuthenticated("This is not an access token of Keycloak")

    def _check_service(self, claims: Mapping[str, Any]) -> None:
        services = claims.get(self._realm.service_claim)
        names = services if isinstance(services, list) else [services]
        if self._realm.service not in names:
            raise NotAllowed(
                f"Your account has no access to this service ({self._realm.service} is missing)"
            )

    def _ask(self, token: str, claims: Mapping[str, Any]) -> None:
        """Ask Keycloak whether the user is still there: a token outlives its user's removal."""
        try:
            info = self._client().userinfo(token)
        except KeycloakConnectionError as error:
            raise Unavailable(UNREACHABLE) from error
        except KeycloakError as error:
            self._refused(error.response_code or 0)
            return
        if isinstance(info, dict) and info.get("sub") != claims.get("sub"):
            raise NotAuthenticated(REFUSED)

    def _refused(self, status: int) -> None:
        if status == 401:
            raise NotAuthenticated("Keycloak says that this session has ended; sign in again")
        if status >= 500:
            raise Unavailable(UNREACHABLE)
        # A token without the scope `openid` may not ask. It is signed and fresh: let it pass.
        log.warning("Keycloak does not tell whether a session is open", status=status)

    def _client(self) -> KeycloakOpenID:
        """Return a client of this thread: it keeps the token of the user it asks about."""
        base = self._bases[0]
        if getattr(self._threads, "base", None) != base:
            self._threads.base, self._threads.client = base, self._make_client(base)
        client: KeycloakOpenID = self._threads.client
        return client

    def _make_client(self, base: str) -> KeycloakOpenID:
        return KeycloakOpenID(
            base, self._realm.name, self._realm.client_id, timeout=TIMEOUT_SECONDS, max_retries=0
        )

    def _fetch_keys(self) -> Mapping[str, Any]:
        for base in tuple(self._bases):
            try:
                keys: Mapping[str, Any] = self._make_client(base).certs()
            except KeycloakConnectionError as error:
                log.warning("Keycloak can't be reached", url=base)
                raise Unavailable(UNREACHABLE) from error
            except (KeycloakError, TypeError, ValueError):
                continue
            self._bases.sort(key=lambda known: known != base)
            return keys
        log.warning("Keycloak has no keys for this realm", realm=self._realm.name)
        raise Unavailable(f"Keycloak knows no realm {self._realm.name}; tell your administrator")


def _moment(seconds: object) -> datetime:
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        raise NotAuthenticated(REFUSED) from None
