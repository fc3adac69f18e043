"""Spoil the answer to a request, as a fault says, and write answers that come from no endpoint."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec.structs import replace

from tenfold.exchange.api.route import JSON
from tenfold.exchange.faults import Faults
from tenfold.exchange.messages import Response
from tenfold.exchange.refusal import TOO_MANY

UNKNOWN_STATUS: Final = "pending_tenfold"
"""A status of orders that no client knows."""
TOO_LARGE: Final = 41310000
UNREADABLE: Final = 40010000
FAILED: Final = 50010000
_GATEWAY: Final = {
    500: "internal server error occurred",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway timeout",
}
_BEFORE: Final = tuple((status, f"error_{status}_before") for status in _GATEWAY)
_AFTER: Final = tuple((status, f"error_{status}_after") for status in _GATEWAY)


def error_response(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error in Alpaca's form."""
    return Response(status, msgspec.json.encode({"code": code, "message": message}), {**JSON, **(headers or {})})


def written(response: Response, more: Mapping[str, str] | None = None) -> web.Response:
    """Return an answer as aiohttp writes it, with further headers."""
    headers = {**response.headers, **(more or {})}
    return web.Response(status=response.status, body=response.body or None, headers=headers)


def gateway_response(status: int) -> Response:
    """Return the error of a gateway that does not know what became of the request."""
    return error_response(status, status * 100_000 + 10_000, _GATEWAY[status])


def too_many(seconds: float) -> Response:
    """Return the refusal of a key that asks too often."""
    return error_response(429, TOO_MANY, "rate limit exceeded", {"Retry-After": f"{max(1, round(seconds))}"})


def refused_by_fault(faults: Faults) -> Response | None:
    """Return the answer to a request that a fault keeps from having any effect."""
    if faults.strikes("rate_limited"):
        return too_many(faults.value("rate_limited"))
    for status, fault in _BEFORE:
        if faults.strikes(fault):
            return gateway_response(status)
    return None


def spoiled(response: Response, faults: Faults) -> Response:
    """Return the answer to a request that took effect, spoiled where a fault says so."""
    for status, fault in _AFTER:
        if faults.strikes(fault):
            return gateway_response(status)
    if 200 <= response.status < 300 and response.body:
        if b'"client_order_id"' in response.body and faults.strikes("unknown_enum"):
            response = replace(response, body=_with_unknown_status(response.body))
        if faults.strikes("truncated_json"):
            response = replace(response, body=response.body[: max(1, len(response.body) // 2)])
    return response


def _with_unknown_status(body: bytes) -> bytes:
    """Return the body with another status in its first order."""
    value: Any = msgspec.json.decode(body)
    for one in value if isinstance(value, list) else [value]:
        order = one.get("body", one) if isinstance(one, dict) else None
        if isinstance(order, dict) and "client_order_id" in order:
            order["status"] = UNKNOWN_STATUS
            break
    return msgspec.json.encode(value)
