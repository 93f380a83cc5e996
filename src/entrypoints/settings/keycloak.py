"""Where Keycloak is, if it is used."""

from dataclasses import dataclass

from entrypoints.settings.values import InvalidSetting, Values


@dataclass(frozen=True, slots=True)
class KeycloakSettings:
    """Keycloak's address, its realm and client, and what a token must say."""

    base_url: str
    realm: str
    client_id: str
    issuer: str
    service_claim: str
    service: str


def keycloak_settings(values: Values) -> KeycloakSettings | None:
    """Return what is set; None without an address, InvalidSetting if only a part is said."""
    base_url = values.url("KEYCLOAK_BASE_URL")
    if not base_url:
        return None
    for name, what in (
        ("KEYCLOAK_REALM", "the realm"),
        # Without it the token of any application of the realm would open a session here.
        ("KEYCLOAK_CLIENT_ID", "the client with which the frontend signs users in"),
    ):
        if not values.text(name):
            raise InvalidSetting(name, f"must say {what}, since KEYCLOAK_BASE_URL is set")
    return KeycloakSettings(
        base_url.removesuffix("/auth"),
        values.text("KEYCLOAK_REALM"),
        values.text("KEYCLOAK_CLIENT_ID"),
        values.text("KEYCLOAK_ISSUER"),
        values.text("KEYCLOAK_SERVICE_CLAIM"),
        values.text("KEYCLOAK_SERVICE"),
    )
