"""Serve the operator: faults, clock and status under /tenfold/admin, in JSON."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from aiohttp import web

from tenfold.codec import decode
from tenfold.domain.errors import UserError
from tenfold.exchange.clock import speed_of
from tenfold.exchange.core import Exchange
from tenfold.exchange.fault_file import decode_faults
from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.server.answers import error_response, written
from tenfold.exchange.server.driver import Driver
from tenfold.exchange.wire import rfc3339, rfc3339_of

PREFIX: Final = "/tenfold/admin/"
_CHANGES: Final = frozenset({"POST", "PUT", "PATCH"})


class _ClockChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold what an operator wants of the clock; what is absent stays."""

    speed: str | None = None
    paused: bool | None = None


class Admin:
    """Answer the operator."""

    def __init__(self, exchange: Exchange, driver: Driver, status: Callable[[], Mapping[str, Any]]) -> None:
        self._exchange = exchange
        self._driver = driver
        self._status = status
        self._pages: dict[tuple[bool, str], Callable[[bytes], Mapping[str, Any]]] = {
            (False, "faults"): self._faults,
            (True, "faults"): self._set_faults,
            (False, "clock"): self._clock,
            (True, "clock"): self._set_clock,
            (False, "status"): lambda _: self._status(),
        }

    async def answer(self, http: web.BaseRequest) -> web.Response:
        """Answer a request; what it cannot read is told in one line, with status 422."""
        page = self._pages.get((http.method in _CHANGES, http.path.removeprefix(PREFIX)))
        if page is None or (http.method != "GET" and http.method not in _CHANGES):
            return written(
                error_response(404, 40410000, "there is GET or PATCH of faults and clock, and GET of status")
            )
        try:
            return web.json_response(body=msgspec.json.encode(page(await http.read())))
        except UserError as error:
            return written(error_response(422, 42210000, str(error)))

    def _faults(self, _body: bytes) -> dict[str, Any]:
        faults = self._exchange.faults
        return {"on": dict(faults.switches), "fired": dict(faults.fired), "known": sorted(FAULTS)}

    def _set_faults(self, body: bytes) -> dict[str, Any]:
        for name, switch in decode_faults(body).items():
            self._exchange.switch(name, switch)
        return self._faults(b"")

    def _clock(self, _body: bytes) -> dict[str, Any]:
        driver = self._driver
        driver.catch_up()
        next_ns = self._exchange.next_ns()
        return {
            "timestamp": rfc3339(self._exchange.now_ns),
            "next": rfc3339_of(next_ns),
            "speed": "max" if driver.clock.speed == math.inf else f"{driver.clock.speed:g}x",
            "paused": driver.standing,
            "finished": driver.finished.is_set(),
        }

    def _set_clock(self, body: bytes) -> dict[str, Any]:
        change = decode(_ClockChange, body)
        if change.speed is not None:
            self._driver.set_speed(speed_of(change.speed))
        if change.paused is not None:
            self._driver.pause(change.paused)
        return self._clock(b"")
