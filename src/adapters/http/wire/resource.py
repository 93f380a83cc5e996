"""What all resources have: the use cases, the settings, and the question who is there."""

import falcon
import msgspec

from adapters.http.wire.session_cookies import sent_tokens, set_session
from adapters.http.wire.settings import HttpSettings
from adapters.http.wire.use_cases import UseCases
from application.ports.security import UpdateClaims
from domain.errors import InvalidInput, NotAllowed, NotAuthenticated
from domain.users import User


class WorkerBody(msgspec.Struct):
    """What every message of a worker carries."""

    simulation_id: int
    update_key: str


class AnyWorkerBody(msgspec.Struct):
    """What a worker sends that speaks of itself and of no simulation."""

    worker_key: str


class Resource:
    """Base of all resources."""

    def __init__(self, use_cases: UseCases, settings: HttpSettings) -> None:
        self.use_cases = use_cases
        self.settings = settings

    def user(self, req: falcon.Request, resp: falcon.Response) -> User:
        """Return who is signed in; NotAuthenticated if nobody is."""
        entry = self.use_cases.sessions.enter(sent_tokens(req))
        if entry.renewed is not None:
            set_session(req, resp, self.settings, entry.renewed)
        return entry.user

    def key_of(self, body: WorkerBody) -> UpdateClaims:
        """Return the update key of a message; NotAllowed unless it is good for its simulation."""
        key = self.use_cases.update_keys.claims(body.update_key)
        if key.job.simulation_id != body.simulation_id:
            raise NotAllowed("update_key: belongs to another simulation")
        return key

    def authorize_any_worker(self, body: AnyWorkerBody) -> None:
        """Refuse a worker key that is wrong or has expired."""
        try:
            self.use_cases.tokens.read_worker_key(body.worker_key)
        except NotAuthenticated as error:
            raise NotAllowed("worker_key: is wrong or has expired") from error


def required(req: falcon.Request, name: str) -> str:
    """Return a parameter of the query; InvalidInput if it is missing or empty."""
    value = req.get_param(name)
    if not value:
        raise InvalidInput(name, "is missing from the query")
    return value
