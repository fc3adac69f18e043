"""Describe the endpoints as an OpenAPI document, made from their table."""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tenfold.exchange.api.query import Parameter, parameters
from tenfold.exchange.api.route import Route

_REFERENCE: Final = "#/components/schemas/{name}"
_REFUSED: Final = {
    400: "The request is malformed",
    401: "There are no credentials",
    403: "The credentials open no account, or the account may not do this",
    404: "There is no such thing",
    422: "A parameter makes no sense, or not in this state",
    429: "Too many requests",
    500: "The exchange failed",
}
_SECURITY: Final = {
    "key": {"type": "apiKey", "in": "header", "name": "APCA-API-KEY-ID"},
    "secret": {"type": "apiKey", "in": "header", "name": "APCA-API-SECRET-KEY"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}
_REFUSAL: Final = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}


def document(routes: Iterable[Route[Any]]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of some endpoints."""
    routes = tuple(routes)
    bodies = [route.body for route in routes if route.body is not None]
    schemas, components = msgspec.json.schema_components(bodies, ref_template=_REFERENCE)
    body_schemas = {id(body): schema for body, schema in zip(bodies, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, body_schemas.get(id(route.body)))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tenfold simulated exchange",
            "version": "2",
            "description": "Speaks Alpaca's Trading API v2 and Market Data API v2.",
        },
        "paths": paths,
        "components": {"schemas": {**components, "Refusal": _REFUSAL}, "securitySchemes": _SECURITY},
        "security": [{"key": [], "secret": []}, {"bearer": []}, {"basic": []}],
    }


def _operation(route: Route[Any], body: dict[str, Any] | None) -> dict[str, Any]:
    """Describe what an endpoint is asked and answers."""
    refused = (401, 403, 429, *route.refusals) if not route.public else ()
    asked: Any = route.query
    query = parameters(asked)
    wrong = (_status(route),) if query else ()
    described: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.api],
        "parameters": [*map(_part, re.findall(r"\{(\w+)\}", route.path)), *map(_asked, query)],
        "responses": {str(status): _refusal(status) for status in sorted({*refused, *wrong})},
    }
    described["responses"][str(route.status)] = _success(route)
    if body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if route.public:
        described["security"] = []
    return described


def _status(route: Route[Any]) -> int:
    """Return the status that refuses a bad parameter."""
    return route.refuse("").status


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name="Refusal")}
    return {"description": _REFUSED[status], "content": {"application/json": {"schema": schema}}}


def _success(route: Route[Any]) -> dict[str, Any]:
    if route.status == 204:
        return {"description": "Done; no body"}
    return {"description": "Done", "content": {"application/json": {"schema": {"type": route.shape}}}}


def _part(name: str) -> dict[str, Any]:
    """Describe a part of a path that varies."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _asked(parameter: Parameter) -> dict[str, Any]:
    """Describe a parameter of a query; a list is one text joined by commas."""
    described = {"name": parameter.name, "in": "query", "required": parameter.required, "schema": parameter.schema}
    return {**described, "style": "form", "explode": False} if parameter.many else described
