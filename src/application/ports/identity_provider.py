"""Somebody else who says who a user is."""

from typing import Protocol


class IdentityProvider(Protocol):
    """Checks tokens that users got elsewhere."""

    def username(self, token: str) -> str:
        """Return the name of the user whom a token was made for.

        NotAuthenticated if it is wrong, has expired or is meant for somebody else than us,
        NotAllowed if its user may not use this service, Unavailable if it can't be checked now.
        """
        ...
