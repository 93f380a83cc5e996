"""auth/...: register, sign in, stay signed in, sign out."""

from datetime import datetime

import falcon
import msgspec
import structlog

from adapters.http.middleware.proxy import client_address, is_secure
from adapters.http.wire.bearer import bearer
from adapters.http.wire.endpoint import Access, Call, endpoint
from adapters.http.wire.resource import ACCESS_COOKIE, REFRESH_COOKIE, Resource
from adapters.http.wire.response_bodies import Answer, LoginAnswer, RefreshAnswer, UserAnswer
from application.ports.security import Token
from domain.errors import NotAllowed
from domain.users import User

log = structlog.get_logger(__name__)


class Credentials(msgspec.Struct):
    """A user name and a password."""

    username: str
    password: str


class ClaimedName(msgspec.Struct):
    """Who a client says it is; the token alone decides."""

    username: str = ""


class SessionResource(Resource):
    """Sets and clears the cookies of a session."""

    def set_cookie(self, call: Call, name: str, token: Token) -> None:
        """Set a cookie that scripts can't read and other sites can't send."""
        call.resp.set_cookie(
            name,
            token.text,
            expires=token.expires,
            path="/",
            http_only=True,
            same_site="Lax",
            secure=is_secure(call.req, self.settings.trust_proxy),
        )

    def clear_cookies(self, resp: falcon.Response, *names: str) -> None:
        """Have the browser forget cookies."""
        for name in names:
            resp.unset_cookie(name, path="/", same_site="Lax")


class Register(Resource):
    """PUT auth/register."""

    @endpoint(access=Access.OPEN, status=201, errors=(400, 403, 413))
    def on_put(self, call: Call, body: Credentials) -> Answer:
        """Add a local user."""
        del call
        if not self.settings.registration:
            raise NotAllowed("Registration is switched off; ask an administrator for an account")
        self.use_cases.register_user(body.username, body.password)
        return Answer("User created")


class Login(SessionResource):
    """POST auth/login."""

    @endpoint(access=Access.OPEN, status=202, errors=(400, 401, 413, 429))
    def on_post(self, call: Call, body: Credentials) -> LoginAnswer:
        """Open a session."""
        address = client_address(call.req, self.settings.trust_proxy)
        session = self.use_cases.sessions.log_in(body.username, body.password, address)
        self.set_cookie(call, ACCESS_COOKIE, session.access)
        self.set_cookie(call, REFRESH_COOKIE, session.refresh)
        return LoginAnswer(
            "Successfully logged in",
            milliseconds(session.access.expires),
            milliseconds(session.refresh.expires),
        )


class Refresh(SessionResource):
    """GET auth/refresh."""

    @endpoint(access=Access.OPEN, errors=(401,))
    def on_get(self, call: Call) -> RefreshAnswer:
        """Renew the access token of an open session."""
        token = self.use_cases.sessions.refresh(call.req.cookies.get(REFRESH_COOKIE))
        self.set_cookie(call, ACCESS_COOKIE, token)
        return RefreshAnswer("User refreshed", milliseconds(token.expires))


class PasswordChange(msgspec.Struct):
    """The old and a new password; what else the frontend sends is ignored."""

    new_password: str | None = None
    password: str = ""


class UserUpdate(SessionResource):
    """POST user/update."""

    @endpoint(status=202, errors=(400, 401, 403, 413, 429))
    def on_post(self, call: Call, user: User, body: PasswordChange) -> Answer:
        """Change the password, which ends all other sessions; without a new one change nothing."""
        if body.new_password is not None:
            session = self.use_cases.change_password(
                user,
                body.password,
                body.new_password,
                client_address(call.req, self.settings.trust_proxy),
            )
            self.set_cookie(call, ACCESS_COOKIE, session.access)
            self.set_cookie(call, REFRESH_COOKIE, session.refresh)
        return Answer("User updated")


class Status(Resource):
    """GET auth/status."""

    @endpoint(errors=(401,))
    def on_get(self, call: Call, user: User) -> UserAnswer:
        """Say who is signed in."""
        del call
        return UserAnswer("User status", user.username, user.source)


class Logout(SessionResource):
    """DELETE auth/logout."""

    @endpoint(access=Access.OPEN)
    def on_delete(self, call: Call) -> Answer:
        """End the session here and in the browser; nobody being signed in is fine too."""
        cookies = call.req.cookies
        self.use_cases.sessions.log_out(cookies.get(ACCESS_COOKIE), cookies.get(REFRESH_COOKIE))
        self.clear_cookies(call.resp, ACCESS_COOKIE, REFRESH_COOKIE)
        return Answer("User logged out")


class Keycloak(SessionResource):
    """auth/keycloak."""

    @endpoint(access=Access.OPEN, status=202, errors=(400, 401, 403, 413, 503))
    def on_post(self, call: Call, body: ClaimedName) -> RefreshAnswer:
        """Open a session for the user of the Keycloak token in the header Authorization."""
        token = bearer(call.req)
        access_token = call.req.cookies.get(ACCESS_COOKIE)
        session = self.use_cases.sign_in_with_keycloak(token, body.username, access_token)
        if session.certificate_problem is not None:
            log.warning(
                "no SSH certificate", user_id=session.user.id, reason=session.certificate_problem
            )
        self.set_cookie(call, ACCESS_COOKIE, session.access)
        # A local user who was signed in before must not come back with the next refresh.
        self.clear_cookies(call.resp, REFRESH_COOKIE)
        return RefreshAnswer("Successfully logged in", milliseconds(session.access.expires))

    @endpoint(access=Access.OPEN)
    def on_delete(self, call: Call) -> Answer:
        """End the session."""
        self.use_cases.sessions.log_out(call.req.cookies.get(ACCESS_COOKIE), None)
        self.clear_cookies(call.resp, ACCESS_COOKIE)
        return Answer("User logged out")


def milliseconds(moment: datetime) -> int:
    """Return a moment as the browser counts time."""
    return int(moment.timestamp() * 1000)
