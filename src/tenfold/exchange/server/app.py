"""Serve the exchange: REST, both streams, server-sent events, the lockstep and the operator, on one address."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any, Final

from aiohttp import web

from tenfold.exchange.api.auth import credentials
from tenfold.exchange.core import Exchange
from tenfold.exchange.server import admin, event_stream
from tenfold.exchange.server.answers import too_many, written
from tenfold.exchange.server.broadcast import Broadcast
from tenfold.exchange.server.driver import Driver
from tenfold.exchange.server.listener import Listener
from tenfold.exchange.server.lockstep import Lockstep, LockstepSession
from tenfold.exchange.server.sockets import Session, Socket
from tenfold.exchange.server.transport import Transport
from tenfold.exchange.settings import ServerSettings
from tenfold.exchange.streams.codec import JSON, Codec, codec_of
from tenfold.exchange.streams.connections import Connections
from tenfold.exchange.streams.disturbance import Disturbance
from tenfold.exchange.streams.market_data import MarketDataSession
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.streams.subscriptions import CRYPTO_CHANNELS, Feed
from tenfold.exchange.streams.trade_updates import ENDPOINT, TradeUpdatesSession
from tenfold.ports import Clock

LOCKSTEP: Final = "/tenfold/lockstep"
HELD_S: Final = 0.2
"""Seconds that a fault holds an update back where no other follows."""


def feeds_of(settings: ServerSettings) -> dict[str, Feed]:
    """Return every feed by its path."""
    feeds = [
        Feed("/v2/iex", symbols_max=settings.iex_symbols_max),
        Feed("/v2/test"),
        *(Feed(f"/v2/{name}", paid=True) for name in ("sip", "delayed_sip", "otc", "boats", "overnight")),
        *(Feed(f"/v1beta1/{name}", paid=True) for name in ("boats", "overnight")),
        *(Feed(f"/v1beta3/crypto/{place}", CRYPTO_CHANNELS) for place in ("us", "us-1", "us-2", "eu-1")),
    ]
    return {feed.path: feed for feed in feeds}


class ExchangeServer:
    """Serve an exchange on one address of this machine.

    Parameters
    ----------
    clock : whose steady time moves the exchange on
    """

    def __init__(self, exchange: Exchange, settings: ServerSettings, clock: Clock) -> None:
        self._exchange = exchange
        self._settings = settings
        self._clock = clock
        self._feeds = feeds_of(settings)
        self._connections = Connections(settings.connections_max)
        self._broadcast = Broadcast(exchange, settings.buffer_messages_max, self._later)
        self._lockstep = Lockstep(lambda: exchange.now_ns, self._counts, self._poke)
        self._driver = Driver(exchange, self._broadcast, self._lockstep, self._now_s, settings.wait_for_subscription)
        self._listener = Listener(self._answer, settings.body_bytes_max)
        self._transport = Transport(exchange, self._now_s, self._driver.catch_up, self._handled, self._listener.pause)
        self._admin = admin.Admin(exchange, self._driver, self.status)
        self._restarts = exchange.trading.restarts
        self._refused_until_s = 0.0

    @property
    def finished(self) -> asyncio.Event:
        """Set when everything was played."""
        return self._driver.finished

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port; OSError where that is not possible. Time begins with `run`."""
        self._exchange.later = asyncio.get_running_loop().call_soon
        return await self._listener.open(host, port)

    async def run(self) -> None:
        """Let time pass, for ever."""
        await self._driver.run()

    async def stop(self) -> None:
        """Close every connection."""
        await self._listener.close()
        self._exchange.later = None
        self._exchange.tell_updates()
        self._broadcast.close()

    def status(self) -> dict[str, Any]:
        """Return how it fares."""
        exchange = self._exchange
        return {
            "now_ns": exchange.now_ns,
            "finished": self._driver.finished.is_set(),
            "standing": self._driver.standing,
            "listening": self._broadcast.listening,
            "requests": self._transport.count,
            "clients": {**self._broadcast.counts, "lockstep": len(self._lockstep)},
            "connections": self._listener.count,
            "messages": self._broadcast.market.count,
            "updates": self._broadcast.told.total(),
            "faults": dict(exchange.faults.fired),
        }

    async def _answer(self, http: web.BaseRequest) -> web.StreamResponse:
        path = http.path
        if http.headers.get("Upgrade", "").lower() == "websocket":
            socket = self._socket(http, path)
            if socket is not None:
                return await socket
        if path.startswith(admin.PREFIX):
            return await self._admin.answer(http)
        if path == event_stream.PATH and http.method == "GET":
            return await event_stream.serve_events(http, self._exchange, self._broadcast, self._driver.catch_up)
        return await self._transport.answer(http)

    def _socket(self, http: web.BaseRequest, path: str) -> Awaitable[web.StreamResponse] | None:
        """Return what serves a WebSocket, None where there is none at this path."""
        codec = codec_of(http.headers.get("Content-Type", ""))
        if path == ENDPOINT:
            return self._serve_updates(http, codec)
        if path in self._feeds:
            return self._serve_market(http, self._feeds[path], codec)
        if path == LOCKSTEP:
            return self._serve(http, LockstepSession(self._lockstep, self._account_of, self._outbox(JSON)))
        return None

    async def _serve_market(self, http: web.BaseRequest, feed: Feed, codec: Codec) -> web.StreamResponse:
        faults, outbox = self._exchange.faults, self._outbox(codec)
        patient = not faults.strikes("slow_consumer")
        if not patient:
            outbox = self._outbox(codec, max(1, int(faults.value("slow_consumer"))))
        session = MarketDataSession(feed, codec, self._account_of, self._connections, outbox)
        session.patient = patient
        session.open(credentials(_lower(http)), self._settings.paid_feeds)
        if self._refused():
            session.fail(406)
        self._broadcast.market.join(session)
        try:
            return await self._serve(http, session, partial(self._market_changed, session))
        finally:
            self._broadcast.market.leave(session)

    async def _serve_updates(self, http: web.BaseRequest, codec: Codec) -> web.StreamResponse:
        pair = credentials(_lower(http))
        account = None if pair is None else self._account_of(*pair)
        if self._refused() or (account is not None and self._connections.full(ENDPOINT, account)):
            return written(too_many(1.0))
        disturbance = Disturbance(self._exchange.faults)
        frames = self._settings.trade_frames
        outbox = self._outbox(codec)
        session = TradeUpdatesSession(codec, self._account_of, self._connections, outbox, disturbance, frames)
        self._broadcast.join(session)
        try:
            return await self._serve(http, session)
        finally:
            self._broadcast.leave(session)

    async def _serve(self, http: web.BaseRequest, session: Session, received: Any = None) -> web.StreamResponse:
        socket = Socket(session, self._exchange.faults, self._settings, self._now_s, received or self._poke)
        return await socket.serve(http)

    def _market_changed(self, session: MarketDataSession) -> None:
        if session.changed:
            self._broadcast.market.refresh()
        self._poke()

    def _refused(self) -> bool:
        """Say whether a fault refuses new streams."""
        if self._exchange.faults.strikes("stream_refused"):
            self._refused_until_s = self._now_s() + self._exchange.faults.value("stream_refused")
        return self._now_s() < self._refused_until_s

    def _handled(self) -> None:
        """Look at what a request has changed; an exchange that restarted has lost every connection."""
        self._poke()
        if self._exchange.trading.restarts != self._restarts:
            self._restarts = self._exchange.trading.restarts
            self._listener.cut_all()

    def _outbox(self, codec: Codec, waiting_max: int = 0) -> Outbox:
        limits = self._settings
        return Outbox(codec, limits.frame_messages_max, waiting_max or limits.buffer_messages_max)

    def _account_of(self, key: str, secret: str) -> str | None:
        return self._exchange.settings.account_of(key, secret)

    def _counts(self, account: str) -> tuple[int, int]:
        return self._broadcast.market.told[account], self._broadcast.told[account]

    def _poke(self) -> None:
        self._driver.poke()

    def _later(self, function: Any) -> None:
        asyncio.get_running_loop().call_later(HELD_S, function)

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9


def _lower(http: web.BaseRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in http.headers.items()}
