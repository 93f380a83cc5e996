"""Makes what sign-in with Keycloak needs, as far as it is configured."""

from adapters.auth.certificate_service import HttpCertificateService
from application.ports.clock import Clock
from application.ports.identity_provider import IdentityProvider
from entrypoints.settings import Settings


def make_identity_provider(settings: Settings, clock: Clock) -> IdentityProvider | None:
    """Return Keycloak, None where it isn't configured."""
    keycloak = settings.keycloak
    if keycloak is None:
        return None
    from adapters.auth.keycloak import KeycloakIdentityProvider, Realm

    realm = Realm(
        base_url=keycloak.base_url,
        name=keycloak.realm,
        client_id=keycloak.client_id,
        service_claim=keycloak.service_claim,
        service=keycloak.service,
        issuer=keycloak.issuer,
    )
    return KeycloakIdentityProvider(realm, clock)


def make_certificate_service(settings: Settings) -> HttpCertificateService | None:
    """Return the certificate service, None where there is none."""
    return HttpCertificateService(settings.cert_auth_url) if settings.cert_auth_url else None
