"""The token of the header Authorization."""

import falcon


def bearer(req: falcon.Request) -> str:
    """Return the token of the header Authorization, empty if there is none."""
    scheme, _, token = (req.auth or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
