"""What all resources have: the use cases, the settings, and the question who is there."""

import falcon
import msgspec

from adapters.http.wire.bearer import bearer
from adapters.http.wire.body_room import BodyRoom, BodyRooms
from adapters.http.wire.json_media import MIB
from adapters.http.wire.session_cookies import sent_tokens, set_session
from adapters.http.wire.settings import HttpSettings
from adapters.http.wire.use_cases import UseCases
from application.ports.security import UpdateClaims
from domain.errors import InvalidInput, NotAllowed, NotAuthenticated
from domain.users import User

KEY_IN_BODY = 32 * MIB
"""So much is read to find update keys in bodies, of all requests that a process deals with."""


class WorkerBody(msgspec.Struct, kw_only=True):
    """What every message of a worker carries."""

    simulation_id: int
    update_key: str = ""


class AnyWorkerBody(msgspec.Struct):
    """What a worker sends that speaks of itself and of no simulation."""

    worker_key: str


class Resource:
    """Base of all resources."""

    def __init__(
        self, use_cases: UseCases, settings: HttpSettings, bodies: BodyRooms | None = None
    ) -> None:
        self.use_cases = use_cases
        self.settings = settings
        self.bodies = bodies or body_rooms(settings)

    def user(self, req: falcon.Request, resp: falcon.Response) -> User:
        """Return who is signed in; NotAuthenticated if nobody is."""
        entry = self.use_cases.sessions.enter(sent_tokens(req))
        if entry.renewed is not None:
            set_session(req, resp, self.settings, entry.renewed)
        return entry.user

    def key_before_body(self, req: falcon.Request) -> UpdateClaims | None:
        """Return the update key of the header Authorization, None without; NotAllowed if wrong."""
        text = bearer(req)
        return self.use_cases.update_keys.claims(text) if text else None

    def key_in_body(self, body: WorkerBody) -> UpdateClaims:
        """Return the update key that a message holds; NotAllowed if it is wrong."""
        if not body.update_key:
            raise InvalidInput("update_key", "is missing, also from the header Authorization")
        return self.use_cases.update_keys.claims(body.update_key)

    def authorize_any_worker(self, body: AnyWorkerBody) -> None:
        """Refuse a worker key that is wrong or has expired."""
        try:
            self.use_cases.tokens.read_worker_key(body.worker_key)
        except NotAuthenticated as error:
            raise NotAllowed("worker_key: is wrong or has expired") from error


def body_rooms(settings: HttpSettings) -> BodyRooms:
    """Return the room for bodies that all resources of an application share."""
    return BodyRooms(
        BodyRoom(settings.most_body_bytes, settings.known_senders, seat_seconds=0.25),
        # Strangers wait in a thread of the others.
        BodyRoom(KEY_IN_BODY, settings.unknown_senders, seat_seconds=0.05),
    )


def required(req: falcon.Request, name: str) -> str:
    """Return a parameter of the query; InvalidInput if it is missing or empty."""
    value = req.get_param(name)
    if not value:
        raise InvalidInput(name, "is missing from the query")
    return value
