"""What all resources have: the use cases, the settings, and the question who is there."""

import falcon
import msgspec

from adapters.http.wire.settings import HttpSettings
from adapters.http.wire.use_cases import UseCases
from domain.errors import InvalidInput, NotAllowed, NotAuthenticated
from domain.users import User

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"


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

    def user(self, req: falcon.Request) -> User:
        """Return who is signed in; NotAuthenticated if nobody is."""
        return self.use_cases.sessions.user(req.cookies.get(ACCESS_COOKIE))

    def authorize(self, body: WorkerBody) -> None:
        """Refuse an update key that is wrong, has expired or belongs to another simulation."""
        try:
            simulation_id = self.use_cases.tokens.read_update_key(body.update_key)
        except NotAuthenticated as error:
            raise NotAllowed("update_key: is wrong or has expired") from error
        if simulation_id != body.simulation_id:
            raise NotAllowed("update_key: belongs to another simulation")

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
