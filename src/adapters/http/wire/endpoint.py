"""What a method of an address takes and gives, said once: decoded, checked and described by it.

`@endpoint` reads the annotations of a method: `user` is who is signed in, `query` and `body` are
decoded into their types in one pass, and the annotation of what is returned is the answer. `job` is
what the update key of a worker opens; whoever takes the `key` instead checks it. The
OpenAPI description is made of the same annotations, so that it can't say anything else.
"""

import inspect
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast, get_type_hints

import falcon
import msgspec

from adapters.http.wire.etag import unchanged
from adapters.http.wire.json_media import KIB, answer, encode
from adapters.http.wire.query import read_query
from adapters.http.wire.request_body import read_body
from adapters.http.wire.resource import KEY_IN_BODY
from application.ports.security import UpdateClaims
from domain.errors import NotAllowed

Handler = TypeVar("Handler", bound=Callable[..., Any])

OPERATION = "operation"
"""The attribute of a method that holds what it takes and gives."""

SMALL = 16 * KIB

LATE_KEY = " unless its update key comes before it, as Authorization: Bearer"


class Access(Enum):
    """Who is let in."""

    OPEN = "anybody"
    USER = "users who are signed in"
    WORKER = "workers with the update key of the simulation"
    ANY_WORKER = "workers with the key of workers"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a method takes and gives; `errors` are the statuses it may answer besides.

    What the frontend asks for all the time is `polled`.
    """

    summary: str
    access: Access
    status: int
    answer: Any
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    limit: int = SMALL
    errors: tuple[int, ...] = ()
    etag: bool = False
    last_words: bool = False
    checks_key: bool = False
    media: str = falcon.MEDIA_JSON
    polled: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request and the answer to it, for what goes beyond body and query."""

    req: falcon.Request
    resp: falcon.Response

    def unchanged(self, version: object) -> bool:
        """Name the version of what is shown; True when the client has it, then show nothing."""
        return unchanged(self.req, self.resp, str(version))


def endpoint(
    *,
    access: Access = Access.USER,
    status: int = 200,
    limit: int = SMALL,
    errors: tuple[int, ...] = (),
    etag: bool = False,
    polled: bool = False,
    last_words: bool = False,
) -> Callable[[Handler], Handler]:
    """Make a method of a resource out of a function that takes and returns typed values.

    `limit` is the size in bytes of the largest body that is taken. With `etag` the answer is
    named by its content, and sent only to clients that don't have it; a function that knows a
    version without making the answer calls `Call.unchanged` and returns None instead. What workers
    send with `last_words` is taken for a while after the end of their job.
    """

    def wrap(handler: Handler) -> Handler:
        hints = get_type_hints(handler)
        operation = Operation(
            summary=inspect.getdoc(handler) or "",
            access=access,
            status=status,
            answer=_without_none(hints["return"]),
            query=hints.get("query"),
            body=hints.get("body"),
            limit=limit,
            errors=errors,
            etag=etag,
            polled=polled,
            last_words=last_words,
            checks_key="key" in hints,
        )
        return described(operation)(cast(Handler, _responder(handler, operation)))

    return wrap


def described(operation: Operation) -> Callable[[Handler], Handler]:
    """Describe a method that decodes and answers by itself, such as one that streams."""

    def wrap(handler: Handler) -> Handler:
        setattr(handler, OPERATION, operation)
        return handler

    return wrap


def _responder(handler: Callable[..., Any], operation: Operation) -> Callable[..., None]:
    @wraps(handler)
    def respond(self: Any, req: falcon.Request, resp: falcon.Response, **named: str) -> None:
        given: dict[str, Any] = dict(named)
        # Whoever is not let in learns nothing about the rest of the request, and sends it in vain.
        if operation.access is Access.USER:
            req.context.polled = operation.polled
            given["user"] = self.user(req, resp)
        key = None
        if operation.access is Access.WORKER and (key := self.key_before_body(req)) is not None:
            given |= _opened(self, operation, key)
        if operation.query is not None:
            given["query"] = read_query(req, operation.query)
        with ExitStack() as held:
            if operation.body is not None:
                body = _body(self, req, operation, key, held)
                given |= {"body": body, **_let_in(self, operation, key, body)}
            _answer(req, resp, operation, handler(self, Call(req, resp), **given))

    return respond


def _body(
    resource: Any,
    req: falcon.Request,
    operation: Operation,
    key: UpdateClaims | None,
    held: ExitStack,
) -> Any:
    """Return the body, of which little is read as long as nobody has said who sends it."""
    assert operation.body is not None
    known = operation.access is Access.USER or key is not None
    room = resource.bodies.known if known else resource.bodies.unknown
    limit, hint = operation.limit, ""
    if operation.access is Access.WORKER and not known and limit > KEY_IN_BODY:
        limit, hint = KEY_IN_BODY, LATE_KEY
    return read_body(req, operation.body, limit, room, held, hint)


def _let_in(
    resource: Any, operation: Operation, key: UpdateClaims | None, body: Any
) -> dict[str, object]:
    """Check the key of a worker: what it opens is given to the handler, once it is known."""
    if operation.access is Access.ANY_WORKER:
        resource.authorize_any_worker(body)
    if operation.access is not Access.WORKER:
        return {}
    found = key or resource.key_in_body(body)
    if found.job.simulation_id != body.simulation_id:
        raise NotAllowed("update_key: belongs to another simulation")
    return {} if key else _opened(resource, operation, found)


def _opened(resource: Any, operation: Operation, key: UpdateClaims) -> dict[str, object]:
    """Return the job that a key opens, or the key itself for what checks it by itself."""
    if operation.checks_key:
        return {"key": key}
    keys = resource.use_cases.update_keys
    return {"job": keys.job(key, last_words=operation.last_words)}


def _answer(
    req: falcon.Request, resp: falcon.Response, operation: Operation, document: object
) -> None:
    if document is None:
        return
    if operation.etag and not resp.get_header("ETag"):
        data = encode(document)
        if unchanged(req, resp, data):
            return
    answer(resp, _line(operation.status), document)


def _line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _without_none(hint: Any) -> Any:
    """Return the answer of a function that returns None when it has nothing new to show."""
    kinds = [kind for kind in getattr(hint, "__args__", ()) if kind is not type(None)]
    return kinds[0] if len(kinds) == 1 and type(None) in hint.__args__ else hint
