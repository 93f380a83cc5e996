"""What all resources have: the use cases, the settings, and the question who is there."""

import falcon

from adapters.http.settings import HttpSettings
from adapters.http.use_cases import UseCases
from domain.errors import InvalidInput
from domain.users import User

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"


class Resource:
    """Base of all resources."""

    def __init__(self, use_cases: UseCases, settings: HttpSettings) -> None:
        self.use_cases = use_cases
        self.settings = settings

    def user(self, req: falcon.Request) -> User:
        """Return who is signed in; NotAuthenticated if nobody is."""
        return self.use_cases.sessions.user(req.cookies.get(ACCESS_COOKIE))


def required(req: falcon.Request, name: str) -> str:
    """Return a parameter of the query; InvalidInput if it is missing or empty."""
    value = req.get_param(name)
    if not value:
        raise InvalidInput(name, "is missing from the query")
    return value


def number(req: falcon.Request, name: str, default: int, most: int) -> int:
    """Return a parameter of the query that counts from 1; InvalidInput if it can't be one."""
    text = req.get_param(name)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text[:18]) <= most:
        raise InvalidInput(name, f"must be a whole number from 1 to {most}, not {text[:40]!r}")
    return int(text)


def choice(req: falcon.Request, name: str, choices: tuple[str, ...]) -> str:
    """Return a parameter of the query that is one of `choices`, the first by default."""
    text = req.get_param(name) or choices[0]
    if text not in choices:
        raise InvalidInput(name, f"must be one of {', '.join(choices)}, not {text[:40]!r}")
    return text
