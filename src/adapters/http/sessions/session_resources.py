"""auth/...: register, sign in, stay signed in, sign out."""

from datetime import datetime

import msgspec
import structlog

from adapters.http.middleware.proxy import client_address
from adapters.http.wire.bearer import bearer
from adapters.http.wire.endpoint import Access, Call, endpoint
from adapters.http.wire.resource import Resource
from adapters.http.wire.response_bodies import AccessAnswer, Answer, LoginAnswer, UserAnswer
from adapters.http.wire.session_cookies import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    clear_cookies,
    sent_tokens,
    set_cookie,
    set_session,
)
from application.accounts.sign_in import SentTokens, Session
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
    """Opens and renews sessions."""

    def set_session(self, call: Call, session: Session) -> None:
        """Give the browser the tokens of a session."""
        set_session(call.req, call.resp, self.settings, session)


class Register(Resource):
    """PUT auth/register."""

    @endpoint(access=Access.OPEN, status=201, errors=(400, 403, 413, 429))
    def on_put(self, call: Call, body: Credentials) -> Answer:
        """Add a local user."""
        if not self.settings.registration:
            raise NotAllowed("Registration is switched off; ask an administrator for an account")
        address = client_address(call.req, self.settings.trust_proxy)
        self.use_cases.register_user(body.username, body.password, address)
        return Answer("User created")


class Login(SessionResource):
    """POST auth/login."""

    @endpoint(access=Access.OPEN, status=202, errors=(400, 401, 413, 429))
    def on_post(self, call: Call, body: Credentials) -> LoginAnswer:
        """Open a session."""
        address = client_address(call.req, self.settings.trust_proxy)
        sent = sent_tokens(call.req)
        session = self.use_cases.sessions.log_in(body.username, body.password, address, sent)
        self.set_session(call, session)
        return _times("Successfully logged in", session)


class Refresh(SessionResource):
    """GET auth/refresh."""

    @endpoint(access=Access.OPEN, errors=(401,))
    def on_get(self, call: Call) -> LoginAnswer:
        """Renew the tokens of an open session, which lasts longer from then on."""
        session = self.use_cases.sessions.refresh(sent_tokens(call.req).refresh)
        self.set_session(call, session)
        return _times("User refreshed", session)


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
            self.set_session(call, session)
        return Answer("User updated")


class Status(Resource):
    """GET auth/status."""

    @endpoint(errors=(401,))
    def on_get(self, call: Call, user: User) -> UserAnswer:
        """Say who is signed in."""
        del call
        return UserAnswer("User status", user.username, user.source)


class Logout(Resource):
    """DELETE auth/logout."""

    @endpoint(access=Access.OPEN)
    def on_delete(self, call: Call) -> Answer:
        """End the session here and in the browser; nobody being signed in is fine too."""
        self.use_cases.sessions.log_out(sent_tokens(call.req))
        clear_cookies(call.resp, ACCESS_COOKIE, REFRESH_COOKIE)
        return Answer("User logged out")


class Keycloak(Resource):
    """auth/keycloak."""

    @endpoint(access=Access.OPEN, status=202, errors=(400, 401, 403, 413, 503))
    def on_post(self, call: Call, body: ClaimedName) -> AccessAnswer:
        """Open a session for the user of the Keycloak token in the header Authorization."""
        token, sent = bearer(call.req), sent_tokens(call.req)
        session = self.use_cases.sign_in_with_keycloak(token, body.username, sent)
        if session.certificate_problem is not None:
            log.warning(
                "no SSH certificate", user_id=session.user.id, reason=session.certificate_problem
            )
        set_cookie(call.req, call.resp, self.settings, ACCESS_COOKIE, session.access)
        # A local user who was signed in before must not come back with the next refresh.
        clear_cookies(call.resp, REFRESH_COOKIE)
        return AccessAnswer("Successfully logged in", milliseconds(session.access.expires))

    @endpoint(access=Access.OPEN)
    def on_delete(self, call: Call) -> Answer:
        """End the session."""
        self.use_cases.sessions.log_out(SentTokens(sent_tokens(call.req).access))
        clear_cookies(call.resp, ACCESS_COOKIE)
        return Answer("User logged out")


def _times(message: str, session: Session) -> LoginAnswer:
    access, refresh = milliseconds(session.access.expires), milliseconds(session.refresh.expires)
    return LoginAnswer(message, access, refresh)


def milliseconds(moment: datetime) -> int:
    """Return a moment as the browser counts time."""
    return int(moment.timestamp() * 1000)
