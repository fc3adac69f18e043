"""Feeds over the stream of an exchange whose market misbehaves end with the minutes that the exchange answers over REST."""

import pytest

from feed_scenes import MINUTE, SECOND, Listener, values
from tenfold.adapters.alpaca.market_messages import read_messages, value_of
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.app.exchange_settings import exchange_settings
from tenfold.domain.events import Revised
from tenfold.domain.live_market import VenueBar
from tenfold.domain.session import Session
from tenfold.exchange.faults import Switch
from tenfold.exchange.streams.codec import MSGPACK
from tenfold.exchange.streams.market_messages import MESSAGES
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds

SYMBOLS = ("AAPL", "MSFT")
FAULTS = (
    "late_bar",
    "trade_correction",
    "trade_cancel",
    "crossed_quote",
    "locked_quote",
    "sequence_gap",
    "halt",
    "price_bands",
)


def opened(seed, minutes):
    """Return an exchange over a made-up market and the session that it plays."""
    settings = exchange_settings(
        symbols=list(SYMBOLS), start="2024-03-04T14:00", end="2024-03-05", speed="max", seed=seed
    )
    exchange = prepare_exchange(settings, synthetic=True).exchange
    day = exchange.sessions.current(exchange.now_ns)
    return exchange, Session(day=day.day, open_ns=day.open_ns, close_ns=day.open_ns + minutes * MINUTE)


class Wire:
    """Send what an exchange tells through the bytes of its stream into feeds, at the moment of each event."""

    def __init__(self, exchange, scene):
        self.scene = scene
        self.waiting = []
        exchange.subscribe(self.waiting.append)

    def deliver(self):
        for event in self.waiting:
            if type(event) not in MESSAGES or getattr(event, "symbol", None) not in (None, *SYMBOLS):
                continue
            message = MESSAGES[type(event)][1](event, MSGPACK.moment)
            now = event.bar.ts_ns if not hasattr(event, "ts_ns") else event.ts_ns
            found, unread = read_messages(MSGPACK.frame([MSGPACK.encode(message)]).data)
            assert not unread
            self.scene.hear("first", now, *(value_of(one, now) for one in found))
        self.waiting.clear()


def rest(exchange):
    """Return what answers a request: the minutes that the exchange has of that span now."""

    def bars_of(request):
        return [
            VenueBar(
                ts_ns=one.end_ns, symbol=symbol, kind="minute", open_ns=one.ts_ns, open=one.open, high=one.high, low=one.low,
                close=one.close, volume=one.volume, trades=one.trades, vwap=one.vwap,
            )
            for symbol in request.symbols
            for one in exchange.history.bars(symbol, "1Min", request.start_ns, request.stop_ns, exchange.now_ns)
        ]  # fmt: skip

    return bars_of


def played(seed, minutes, faults, rate):
    exchange, day = opened(seed, minutes)
    feeds = Feeds(SYMBOLS, [SourceTerms(name="first")], [day])
    scene = Listener(feeds, {})
    scene.bars_of = rest(exchange)
    exchange.advance(day.open_ns - MINUTE)
    wire = Wire(exchange, scene)
    scene.take(feeds.linked("first", day.open_ns - MINUTE, True), day.open_ns - MINUTE)
    for name in faults:
        exchange.switch(name, Switch(rate=rate, value=30.0))
    end_ns = day.close_ns + 3 * MINUTE
    while (next_ns := exchange.next_ns()) is not None and next_ns <= end_ns:
        exchange.advance(next_ns)
        wire.deliver()
    scene.until(end_ns)
    every = {
        (symbol, one.ts_ns): (one.open, one.high, one.low, one.close, one.volume)
        for symbol in SYMBOLS
        for one in exchange.history.bars(symbol, "1Min", day.open_ns, day.close_ns, exchange.now_ns)
    }
    return scene, every


@pytest.mark.parametrize("seed", [1, 2])
def test_an_undisturbed_session_is_clean(seed):
    scene, every = played(seed, 20, (), 0.0)
    assert scene.known() == every
    assert not scene.of(Revised)
    assert not scene.asked
    assert scene.feeds.sources["first"].quality.total.get("broken_sequence", 0.0) == 0.0
    assert scene.feeds.sources["first"].score == 100.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_the_market_does_every_minute_ends_as_the_venue_has_it(seed):
    scene, every = played(seed, 30, FAULTS, 0.02)
    assert scene.known() == every
    moments = [one.ts_ns for one in scene.sets()]
    assert moments == sorted(set(moments))
    counted = scene.feeds.sources["first"].quality.total
    assert counted["crossed"] > 0.0
    assert counted["broken_sequence"] > 0.0
    assert {one.cause for one in scene.of(Revised)} & {"venue", "back_fill"}


def test_the_clock_of_the_scene_is_that_of_the_exchange():
    scene, every = played(5, 3, (), 0.0)
    assert len(every) == len(scene.known()) == 6
    assert all(values(bar) == every[bar.symbol, bar.open_ns] for one in scene.sets() for bar in one.bars)
    assert scene.feeds.offset_ns() < SECOND
