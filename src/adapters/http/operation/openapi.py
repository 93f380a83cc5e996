"""The OpenAPI description of the API, made of the types that the methods really use."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from importlib import metadata
from typing import Any, get_type_hints

import msgspec

from adapters.http.wire.endpoint import OPERATION, Access, Operation
from adapters.http.wire.resource import Resource
from adapters.http.wire.response_bodies import ErrorAnswer
from adapters.http.wire.session_cookies import ACCESS_COOKIE

METHODS = ("get", "put", "post", "delete")
REFERENCE = "#/components/schemas/{name}"
JSON = "application/json"

IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "stands for this submission: repeated, it gives the same job",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

ALSO: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "/jobs/direct": (IDEMPOTENCY_KEY,),
    "/jobs/batch": (IDEMPOTENCY_KEY,),
}
"""Headers of POST that a resource reads by itself."""

SECURITY: Mapping[Access, list[dict[str, list[str]]]] = {
    Access.USER: [{"session": []}],
    # Older scripts have the key in the body alone.
    Access.WORKER: [{"update_key": []}, {}],
}


def operations(addresses: Mapping[str, type[Resource]]) -> Iterator[tuple[str, str, Operation]]:
    """Yield (address, method, operation) of everything that can be asked for."""
    for address, resource in addresses.items():
        for method in METHODS:
            handler = getattr(resource, f"on_{method}", None)
            if handler is not None:
                yield address, method, getattr(handler, OPERATION)


def describe(addresses: Mapping[str, type[Resource]]) -> dict[str, Any]:
    """Return the description of all addresses."""
    found = list(operations(addresses))
    bodies = {item.body for _, _, item in found if item.body is not None}
    given = {item.answer for _, _, item in found} | {ErrorAnswer}
    kinds = sorted(bodies | given, key=repr)
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    by_kind = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for address, method, item in found:
        paths.setdefault(address, {})[method] = _operation(address, method, item, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "YAPTIDE",
            "description": "Monte Carlo particle-transport simulations",
            "version": metadata.version("yaptide"),
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": ACCESS_COOKIE},
                "update_key": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(
    address: str, method: str, item: Operation, schemas: Mapping[Any, Any]
) -> dict[str, Any]:
    responses = {str(item.status): _response(item.status, item.media, schemas[item.answer])}
    if item.etag or item.status == 200:
        responses["304"] = {"description": "What the client has still holds"}
    for status in item.errors:
        responses[str(status)] = _response(status, JSON, schemas[ErrorAnswer])
    responses["default"] = {
        "description": "Any other error",
        "content": {JSON: {"schema": schemas[ErrorAnswer]}},
    }
    shown: dict[str, Any] = {
        "summary": item.summary,
        "operationId": f"{method}{re.sub('[^a-z]+', '_', address)}".rstrip("_"),
        "tags": [address.strip("/").split("/")[0] or "greeting"],
        "parameters": _parameters(address, method, item),
        "responses": responses,
        "security": SECURITY.get(item.access, []),
    }
    if item.body is not None:
        content = {JSON: {"schema": schemas[item.body]}}
        shown["requestBody"] = {"required": True, "content": content}
    return shown


def _response(status: int, media: str, schema: Any) -> dict[str, Any]:
    return {"description": HTTPStatus(status).phrase, "content": {media: {"schema": schema}}}


def _parameters(address: str, method: str, item: Operation) -> list[Mapping[str, Any]]:
    path: list[Mapping[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", address)
    ]
    headers = list(ALSO.get(address, ())) if method == "post" else []
    return path + list(_query(item.query)) + headers


def _query(kind: type[msgspec.Struct] | None) -> Iterator[dict[str, Any]]:
    if kind is None:
        return
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        schema = msgspec.json.schema(hints[field.name])
        if not field.required and field.default is not None:
            schema["default"] = field.default
        yield {"name": field.name, "in": "query", "required": field.required, "schema": schema}
