"""auth/...: register, sign in, stay signed in, sign out."""

from datetime import datetime

import falcon
import msgspec

from adapters.http.json_media import KIB, answer, read_body
from adapters.http.resource import ACCESS_COOKIE, REFRESH_COOKIE, Resource
from application.ports.security import Token
from domain.errors import NotAllowed

LIMIT = 16 * KIB


class Credentials(msgspec.Struct):
    """A user name and a password."""

    username: str
    password: str


class SessionResource(Resource):
    """Sets and clears the cookies of a session."""

    def set_cookie(
        self, req: falcon.Request, resp: falcon.Response, name: str, token: Token
    ) -> None:
        """Set a cookie that scripts can't read and other sites can't send."""
        scheme = req.forwarded_scheme if self.settings.trust_proxy else req.scheme
        resp.set_cookie(
            name,
            token.text,
            expires=token.expires,
            path="/",
            http_only=True,
            same_site="Lax",
            secure=scheme == "https",
        )

    def clear_cookies(self, resp: falcon.Response, *names: str) -> None:
        """Have the browser forget cookies."""
        for name in names:
            resp.unset_cookie(name, path="/", same_site="Lax")


class Register(Resource):
    """PUT auth/register."""

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add a local user."""
        if not self.settings.registration:
            raise NotAllowed("Registration is switched off; ask an administrator for an account")
        body = read_body(req, Credentials, LIMIT)
        self.use_cases.register_user(body.username, body.password)
        answer(resp, falcon.HTTP_201, {"message": "User created"})


class Login(SessionResource):
    """POST auth/login."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Open a session."""
        body = read_body(req, Credentials, LIMIT)
        session = self.use_cases.sessions.log_in(body.username, body.password)
        self.set_cookie(req, resp, ACCESS_COOKIE, session.access)
        self.set_cookie(req, resp, REFRESH_COOKIE, session.refresh)
        document = {
            "message": "Successfully logged in",
            "access_exp": milliseconds(session.access.expires),
            "refresh_exp": milliseconds(session.refresh.expires),
        }
        answer(resp, falcon.HTTP_202, document)


class Refresh(SessionResource):
    """GET auth/refresh."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Renew the access token of an open session."""
        token = self.use_cases.sessions.refresh(req.cookies.get(REFRESH_COOKIE))
        self.set_cookie(req, resp, ACCESS_COOKIE, token)
        document = {"message": "User refreshed", "access_exp": milliseconds(token.expires)}
        answer(resp, falcon.HTTP_200, document)


class Status(Resource):
    """GET auth/status."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say who is signed in."""
        user = self.user(req)
        document = {"message": "User status", "username": user.username, "source": user.source}
        answer(resp, falcon.HTTP_200, document)


class Logout(SessionResource):
    """DELETE auth/logout."""

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End the session here and in the browser; nobody being signed in is fine too."""
        cookies = req.cookies
        self.use_cases.sessions.log_out(cookies.get(ACCESS_COOKIE), cookies.get(REFRESH_COOKIE))
        self.clear_cookies(resp, ACCESS_COOKIE, REFRESH_COOKIE)
        answer(resp, falcon.HTTP_200, {"message": "User logged out"})


class Keycloak(SessionResource):
    """auth/keycloak, where no Keycloak is configured."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say that it can't be asked."""
        del req
        answer(resp, falcon.HTTP_503, {"message": "Keycloak sign-in is not configured"})

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End the session."""
        self.use_cases.sessions.log_out(req.cookies.get(ACCESS_COOKIE), None)
        self.clear_cookies(resp, ACCESS_COOKIE)
        answer(resp, falcon.HTTP_200, {"message": "User logged out"})


def milliseconds(moment: datetime) -> int:
    """Return a moment as the browser counts time."""
    return int(moment.timestamp() * 1000)
