"""Two sources over real sockets: one goes mute, half-open or slow while its socket stays open; it is noticed in time, and the other takes over."""

import asyncio
import random
import time

import pytest

from alpaca_desk import VenueClock
from alpaca_scenes import QUICK, running, until
from live_engines import exchange_of, note
from loops import in_a_loop
from slow_line import SlowLine, slow_line
from tenfold.adapters.alpaca.market_data import MarketData
from tenfold.adapters.alpaca.open_hours import OpenHours
from tenfold.domain.events import Switched
from tenfold.domain.feed_settings import FeedSettings, QualitySettings
from tenfold.domain.keys import Keys
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds

SYMBOLS = ("AAPL", "MSFT")
LIMITS = QUICK._replace(silence_s=5.0, lag_s=0.5)
NEVER_ASKED = LIMITS._replace(ask_s=60.0)
"""Of a line that is slow the late answers would tell first."""
SLOW_BYTES_S = 60
QUALITY = QualitySettings(silent_s=30.0, stale_s=60.0)
LINK_S = 1.0
"""What a busy machine may take beside the limit itself."""
NOTICED_S = {
    "half-open": LIMITS.ask_s + LIMITS.answer_s + LINK_S,
    "mute": LIMITS.ask_s + LIMITS.answer_s + LINK_S,
    "slow": 5 * (LIMITS.lag_s + LIMITS.answer_s),
}
"""Limits; what is late gathers for a while before it is too late."""


class OpenLine(SlowLine):
    """Carry WebSocket frames to the client, and while `mute` none but those that keep a connection alive."""

    mute = False

    async def carry(self, reader, writer, direction):
        if direction is None:
            return await super().carry(reader, writer, direction)
        try:
            writer.write(await reader.readuntil(b"\r\n\r\n"))
            while True:
                head, frame = await self.frame(reader)
                while self.frozen:
                    await asyncio.sleep(0.01)
                if self.bytes_s:
                    await asyncio.sleep(len(frame) / self.bytes_s)
                if not self.mute or head & 8:
                    writer.write(frame)
                    await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    async def frame(self, reader):
        """Return the first byte of a frame of a server, and all of it."""
        head = await reader.readexactly(2)
        length = head[1] & 127
        more = await reader.readexactly({126: 2, 127: 8}.get(length, 0))
        return head[0], head + more + await reader.readexactly(int.from_bytes(more) if more else length)


class Sources:
    """Feed what two streams of the same market tell into feeds, the first of them over a line that can fail."""

    def __init__(self, exchange):
        self.clock = VenueClock(exchange)
        settings = FeedSettings(hold_s=0.5, quality=QUALITY)
        self.feeds = Feeds(SYMBOLS, [SourceTerms(name="first"), SourceTerms(name="second")], None, settings=settings)
        self.told = []
        self.links = {"first": [], "second": []}
        self.heard = {"first": 0, "second": 0}

    def stream(self, exchange, name, port, account, limits=LIMITS):
        def take(received_ns, values):
            self.heard[name] += 1
            self.told += self.feeds.take(name, received_ns, values)

        def link(state, text, ts_ns):
            self.links[name].append((state, text))
            self.told += self.feeds.linked(name, ts_ns, state == "connected", text)

        wanted = {"quotes": SYMBOLS, "trades": SYMBOLS}
        url = f"ws://{exchange.host}:{port}/v2/sip"
        return MarketData(
            url, Keys(account.key, account.secret), wanted, self.clock, random.Random(1), take, link, OpenHours(()), limits  # noqa: S311
        )  # fmt: skip

    async def advance(self):
        while True:
            self.told += self.feeds.advance(self.clock.now_ns())
            await asyncio.sleep(0.02)

    def chosen(self):
        """Return the source of each symbol."""
        found = dict.fromkeys(SYMBOLS, "first")
        return found | {one.symbol: one.source for one in self.told if isinstance(one, Switched)}


async def fails(sources, line, how):
    """Let the first source fail; return the seconds until it was noticed, and its text."""
    severed, switched = len(sources.links["first"]), len(sources.told)
    began = time.monotonic()
    line.frozen, line.mute, line.bytes_s = how == "half-open", how == "mute", SLOW_BYTES_S if how == "slow" else None
    await until(lambda: sources.links["first"][severed:], 30)
    took_s = time.monotonic() - began
    state, text = sources.links["first"][severed]
    assert state == "severed"
    await until(lambda: set(sources.chosen().values()) == {"second"}, 5)
    before = sources.heard["second"]
    await until(lambda: sources.heard["second"] > before, 10)
    assert not sources.feeds.unfit  # what the other tells is traded on
    line.frozen, line.mute, line.bytes_s = False, False, None
    await until(lambda: set(sources.chosen().values()) == {"first"}, 30)
    assert {one.symbol for one in sources.told[switched:] if isinstance(one, Switched)} == set(SYMBOLS)
    return took_s, text


@pytest.fixture(scope="module")
def exchange():
    with exchange_of(2) as opened:
        yield opened


@pytest.mark.parametrize("how", ["half-open", "mute", "slow"])
def test_a_dead_stream_with_an_open_socket_is_noticed_and_replaced(exchange, how):
    first, second = exchange.exchange.settings.trading.accounts

    async def scene():
        sources = Sources(exchange)
        async with slow_line(exchange, OpenLine) as line:
            streams = [
                sources.stream(exchange, "first", line.port, first, NEVER_ASKED if how == "slow" else LIMITS),
                sources.stream(exchange, "second", exchange.port, second),
            ]
            advancing = asyncio.ensure_future(sources.advance())
            async with running(streams[0]), running(streams[1]):
                await until(lambda: not sources.feeds.unfit and all(sources.heard.values()), 30)
                found = await fails(sources, line, how)
            advancing.cancel()
            await asyncio.gather(advancing, return_exceptions=True)
        assert [state for state, _ in sources.links["second"]] == ["connected", "severed"]
        return found

    took_s, text = in_a_loop(asyncio.wait_for(scene(), 120))
    note(f"{how}: noticed after {took_s:.2f} s of at most {NOTICED_S[how]:.2f} s: {text}")
    assert how in text
    assert took_s < NOTICED_S[how]
