"""Answer REST requests over kept connections: limits first, then the exchange, and the faults of the transport around it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from typing import Final
from weakref import WeakSet

from aiohttp import web

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.api.auth import authenticate, credentials
from tenfold.exchange.core import Exchange
from tenfold.exchange.messages import Request, Response
from tenfold.exchange.server.answers import (
    FAILED,
    TOO_LARGE,
    UNREADABLE,
    error_response,
    refused_by_fault,
    spoiled,
    too_many,
    written,
)
from tenfold.exchange.server.listener import abort
from tenfold.exchange.server.rate_limit import RateLimit
from tenfold.exchange.wire import named_uuid

LOG: Final = logging.getLogger(__name__)
BODY_S_MAX: Final = 10.0
"""Seconds within which the body of a request has to arrive."""
FIRST_S: Final = 0.02
"""Seconds by which events come before the answer, where a fault says so."""
_DATA: Final = ("/v2/stocks", "/v1beta")
_ORDERS: Final = "/v2/orders"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class Transport:
    """Answer requests.

    Parameters
    ----------
    now_s : seconds of a steady clock
    catch_up : lets the exchange live through what has happened until now
    handled : called after each request that the exchange saw
    stop_listening : takes no new connections for so many seconds

    Attributes
    ----------
    count : requests so far
    """

    def __init__(
        self,
        exchange: Exchange,
        now_s: Callable[[], float],
        catch_up: Callable[[], None],
        handled: Callable[[], None],
        stop_listening: Callable[[float], Awaitable[None]],
    ) -> None:
        limits = exchange.settings.server
        self.count = 0
        self._exchange = exchange
        self._now_s = now_s
        self._catch_up = catch_up
        self._handled = handled
        self._stop_listening = stop_listening
        self._trading = RateLimit(limits.trading_requests_per_minute)
        self._data = RateLimit(limits.data_requests_per_minute)
        self._known: WeakSet[asyncio.BaseTransport] = WeakSet()

    async def answer(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, or break its connection."""
        self.count += 1
        if await self._broken_before(http):
            return _abort(http)
        try:
            body = await http.read() if http.content.is_eof() else await asyncio.wait_for(http.read(), BODY_S_MAX)
        except web.HTTPRequestEntityTooLarge:
            return self._written(http, error_response(413, TOO_LARGE, "request entity too large"), close=True)
        except (TimeoutError, ValueError, web.PayloadAccessError):
            return self._written(http, error_response(400, UNREADABLE, "the body did not arrive"), close=True)
        headers = {name.lower(): value for name, value in http.headers.items()}
        limit = self._data if http.path.startswith(_DATA) else self._trading
        allowance = limit.ask((credentials(headers) or ("",))[0], self._now_s())
        response = too_many(allowance.reset_s) if not allowance.allowed else refused_by_fault(self._exchange.faults)
        if response is None:
            self._catch_up()
            now_ns = self._exchange.now_ns
            request = Request(http.method, http.path, dict(http.query.items()), headers, body, now_ns)
            restarts = self._exchange.trading.restarts
            response = self._handle(request)
            self._handled()
            if self._exchange.trading.restarts != restarts or await self._broken_after(http, request):
                return _abort(http)
            response = spoiled(response, self._exchange.faults)
            if self._exchange.faults.strikes("reset_after_bytes"):
                return self._cut_off(http, response)
        return self._written(http, response, allowance.headers(self._exchange.now_ns))

    async def _broken_before(self, http: web.BaseRequest) -> bool:
        """Say whether a fault breaks the connection before the request has any effect."""
        faults, connection = self._exchange.faults, http.transport
        if faults.strikes("connection_refused"):
            await self._stop_listening(faults.value("connection_refused"))
            return True
        if connection is not None:
            kept = connection in self._known
            self._known.add(connection)
            if kept and faults.strikes("keepalive_closed"):
                return True
        if http.method in _WITH_BODY and faults.strikes("reset_before_body"):
            return True
        return faults.strikes("request_lost")

    def _handle(self, request: Request) -> Response:
        """Return what the exchange answers; a proxy may deliver a POST twice, and somebody else may trade too."""
        faults = self._exchange.faults
        try:
            response = self._exchange.handle(request)
            if request.method == "POST" and faults.strikes("post_twice"):
                self._exchange.handle(request)
            if request.method == "POST" and request.path == _ORDERS and response.status == 200:
                self._trade_outside(request)
        except Exception:
            LOG.exception("%s %s failed", request.method, request.path)
            return error_response(500, FAILED, "internal server error occurred")
        return response

    def _trade_outside(self, request: Request) -> None:
        if self._exchange.faults.strikes("external_order"):
            self._exchange.send_foreign_order(authenticate(self._exchange.settings, request.headers))

    async def _broken_after(self, http: web.BaseRequest, request: Request) -> bool:
        """Let the answer come late, and say whether a fault breaks the connection after the request took effect."""
        faults = self._exchange.faults
        if request.method == "POST" and faults.strikes("event_before_response"):
            await asyncio.sleep(FIRST_S)
        if faults.strikes("slow_response"):
            await asyncio.sleep(faults.value("slow_response"))
        return faults.strikes("response_lost") or http.transport is None

    def _written(
        self, http: web.BaseRequest, response: Response, more: dict[str, str] | None = None, close: bool = False
    ) -> web.Response:
        """Return an answer as aiohttp writes it."""
        headers = {"Date": _http_date(self._exchange.now_ns // NS_PER_SECOND), **(more or {})}
        if "X-Request-ID" not in response.headers:  # the exchange has not seen it
            headers["X-Request-ID"] = named_uuid(f"transport {self.count}").replace("-", "")
        answer = written(response, headers)
        if close:
            answer.force_close()
        return answer

    def _cut_off(self, http: web.BaseRequest, response: Response) -> web.Response:
        """Write the first bytes of an answer, and break the connection."""
        head = f"HTTP/1.1 {response.status} OK\r\nContent-Length: {len(response.body)}\r\n"
        raw = (head + "".join(f"{name}: {value}\r\n" for name, value in response.headers.items()) + "\r\n").encode()
        kept = max(0, int(self._exchange.faults.value("reset_after_bytes")))
        if http.transport is not None:
            http.transport.write((raw + response.body)[:kept])
            http.transport.close()
        return _abort(http)


def _abort(http: web.BaseRequest) -> web.Response:
    """Break the connection of a request; what is returned is written nowhere."""
    if http.transport is not None:
        abort(http.transport)
    unwritten = web.Response()
    unwritten.force_close()
    return unwritten


@lru_cache(maxsize=64)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
