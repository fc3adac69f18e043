"""Answer a request: find its endpoint and its account, and put refusals in Alpaca's words.

How it works. `handle` is pure: what it knows it takes from the exchange and the request. The rate limit, broken connections and
everything else that has to do with a socket happen before it, in the server.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec

from tenfold.exchange.api import (
    account_api,
    announcements_api,
    calendar_api,
    coins_api,
    orders_api,
    positions_api,
    reference_api,
    stocks_api,
    watchlists_api,
)
from tenfold.exchange.api.auth import authenticate
from tenfold.exchange.api.openapi import document
from tenfold.exchange.api.query import Nothing, read_query
from tenfold.exchange.api.route import JSON, Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Request, Response
from tenfold.exchange.refusal import NOT_FOUND, Refusal


def describe(_: Served, __: Call, ___: Nothing) -> Response:
    """Answer the OpenAPI document of all endpoints."""
    return _described()


@cache
def _described() -> Response:
    return answer(document(ROUTES))


ROUTES: Final[tuple[Route[Any], ...]] = (
    *account_api.ROUTES,
    *orders_api.ROUTES,
    *positions_api.ROUTES,
    *calendar_api.ROUTES,
    *reference_api.ROUTES,
    *announcements_api.ROUTES,
    *watchlists_api.ROUTES,
    *stocks_api.ROUTES,
    *coins_api.ROUTES,
    Route("GET", "/openapi.json", describe, "Describe all endpoints", public=True),
)
METHOD_NOT_ALLOWED: Final = 40510000

_FIXED: Final = {(route.method, route.path): route for route in ROUTES if "{" not in route.path}
_VARYING: Final = tuple(route for route in ROUTES if "{" in route.path)


def handle(exchange: Served, request: Request) -> Response:
    """Return the answer to a request; every answer carries an `X-Request-ID`."""
    try:
        response = _answer(exchange, request)
    except Refusal as refusal:
        response = Response(refusal.status, msgspec.json.encode(refusal.body), JSON)
    request_id = {"X-Request-ID": exchange.ids.uuid("request").replace("-", "")}
    return Response(response.status, response.body, {**response.headers, **request_id})


def find(method: str, path: str) -> tuple[Route[Any], Mapping[str, str]] | None:
    """Return the endpoint of a path and the parts of it that vary; None where nothing is served."""
    fixed = _FIXED.get((method, path))
    if fixed is not None:
        return fixed, {}
    for route in _VARYING:
        if route.method == method and (found := route.pattern.fullmatch(path)) is not None:
            return route, found.groupdict()
    return None


def methods(path: str) -> tuple[str, ...]:
    """Return the methods that a path is served for."""
    return tuple(sorted({route.method for route in ROUTES if route.pattern.fullmatch(path) is not None}))


def _answer(exchange: Served, request: Request) -> Response:
    """Return what the endpoint of a request answers; Refusal where there is none."""
    found = find(request.method, request.path)
    if found is None:
        return _nowhere(request.path)
    route, path = found
    account = "" if route.public else authenticate(exchange.settings, request.headers)
    asked = read_query(route.query, request.query, route.refuse)
    return route.handler(exchange, Call(account, request.ts_ns, path, request.body), asked)


def _nowhere(path: str) -> Response:
    """Return the answer to what is not served: 405 where another method would be, else 404."""
    allowed = methods(path)
    if not allowed:
        raise Refusal(404, NOT_FOUND, "endpoint not found.")
    body = {"code": METHOD_NOT_ALLOWED, "message": "method not allowed."}
    return Response(405, msgspec.json.encode(body), {**JSON, "Allow": ", ".join(allowed)})
