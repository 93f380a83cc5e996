"""The two cookies of a session: read, set and cleared."""

from datetime import timedelta

import falcon

from adapters.http.wire.settings import HttpSettings
from application.accounts.sign_in import SentTokens, Session
from application.ports.security import Token

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"

KEPT = timedelta(days=365)
"""How long a cookie outlives its token; browsers keep none for much more than a year.

Who comes back with a cookie that is over can be told that the session has ended. Who comes without
one is a stranger, and the frontend hides what strangers are told.
"""


def sent_tokens(req: falcon.Request) -> SentTokens:
    """Return what a browser has of a session."""
    return SentTokens(req.cookies.get(ACCESS_COOKIE), req.cookies.get(REFRESH_COOKIE))


def set_session(
    req: falcon.Request, resp: falcon.Response, settings: HttpSettings, session: Session
) -> None:
    """Set both cookies in one answer, so that no browser mixes those of two sessions."""
    set_cookie(req, resp, settings, ACCESS_COOKIE, session.access)
    set_cookie(req, resp, settings, REFRESH_COOKIE, session.refresh)


def set_cookie(
    req: falcon.Request, resp: falcon.Response, settings: HttpSettings, name: str, token: Token
) -> None:
    """Set a cookie that scripts can't read and other sites can't send."""
    resp.set_cookie(
        name,
        token.text,
        expires=token.expires + KEPT,
        path="/",
        http_only=True,
        same_site="Lax",
        secure=is_secure(req, settings.trust_proxy),
    )


def clear_cookies(resp: falcon.Response, *names: str) -> None:
    """Have the browser forget cookies."""
    for name in names:
        resp.unset_cookie(name, path="/", same_site="Lax")


def is_secure(req: falcon.Request, trust_proxy: bool) -> bool:
    """Say whether the client speaks TLS, with us or with the proxy."""
    return (req.forwarded_scheme if trust_proxy else req.scheme) == "https"
