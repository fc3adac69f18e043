"""Recorded data as one market: what is replayed, what is history, corporate actions, what is known at the start."""

from dataclasses import replace

import numpy as np
import pytest

from exchange_markets import (
    CLOSE_NS,
    DAY,
    OPEN_NS,
    SESSIONS,
    daily_bars,
    depth,
    joined_days,
    minute_bars,
    played,
    quotes,
    random_trades,
    trades,
)
from tenfold.domain.errors import DataError
from tenfold.domain.market import Bar, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.events import Auction, Corporate, Depth, Edge
from tenfold.exchange.market.corporate import corporate_actions
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.gathered import gather
from tenfold.market.series import ACTION

BEGIN_NS = OPEN_NS - NS_PER_DAY // 2
END_NS = OPEN_NS + NS_PER_DAY // 2


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_minutes_are_played_and_days_are_history():
    market = gather([daily_bars([DAY - 1], ("A", "B", "C")), minute_bars()], SESSIONS, BEGIN_NS, END_NS)
    assert market.kinds == {"A": "bars", "B": "bars", "C": "bars"}
    assert (market.start_ns, market.stop_ns) == (BEGIN_NS, END_NS)
    assert market.latest.mark("C") == 102_000_000_000
    assert market.latest.previous("A").close == 100.0
    events = played(market.replay)
    assert events == sorted(events, key=order_of)
    assert len(of(Bar, events)) == 780
    assert [edge.kind for edge in of(Edge, events)] == ["pre", "open", "close", "post"]
    assert len(of(Auction, events)) == 4
    assert market.history.bars("A", "1Day", 0, 1 << 61, BEGIN_NS)[0].close == 100.0


def test_at_the_open_and_the_close():
    events = played(gather([minute_bars()], SESSIONS, BEGIN_NS, END_NS).replay)
    at_open = [type(event) for event in events if event.ts_ns == OPEN_NS]
    at_close = [type(event) for event in events if event.ts_ns == CLOSE_NS]
    assert at_open == [Auction, Auction, Edge]
    assert at_close == [Bar, Bar, Auction, Auction, Edge]


def test_only_a_span_is_played():
    market = gather([minute_bars()], SESSIONS, OPEN_NS + 5 * NS_PER_MINUTE, OPEN_NS + 10 * NS_PER_MINUTE)
    assert [event.ts_ns for event in played(market.replay)][::2] == [
        OPEN_NS + minute * NS_PER_MINUTE for minute in range(5, 10)
    ]


def test_days_alone():
    market = gather([daily_bars([DAY, DAY + 3])], SESSIONS, BEGIN_NS, END_NS + 7 * NS_PER_DAY)
    bars = of(Bar, played(market.replay))
    assert [bar.ts_ns for bar in bars] == [SESSIONS.session(day).close_ns for day in (DAY, DAY + 3)]


def test_days_of_coins_stay_days_of_utc():
    market = gather([daily_bars([DAY, DAY + 1], ("BTC/USD",))], SESSIONS, BEGIN_NS, END_NS + 7 * NS_PER_DAY)
    events = played(market.replay)
    assert [bar.ts_ns for bar in of(Bar, events)] == [(DAY + 1) * NS_PER_DAY - 1, (DAY + 2) * NS_PER_DAY - 1]
    assert of(Auction, events) == []


def test_ticks_are_played_in_place_of_bars():
    told = {
        ("A", "quotes"): lambda: [quotes([(1, 9.0, 9.1), (2, 9.1, 9.2)])],
        ("A", "trades"): lambda: [random_trades(50)],
        ("T", "trades"): lambda: [random_trades(50, 1, "T")],
        ("Q", "quotes"): lambda: [quotes([(1, 9.0, 9.1), (2, 9.1, 9.2)], "Q")],
        ("L", "depth"): lambda: [depth([(1, 1, 0, 10, 1, 9.0, 5.0), (1, 1, 0, 10, -1, 9.2, 6.0)], "L")],
        ("X/USD", "trades"): lambda: [trades([(1, 5.0, 1.0)], "X/USD")],
    }
    market = gather([minute_bars(symbols=("A", "B"))], SESSIONS, BEGIN_NS, END_NS, ticks=told)
    assert market.kinds == {"A": "quotes", "B": "bars", "T": "trades", "X/USD": "trades", "Q": "quotes", "L": "depth"}
    events = played(market.replay)
    assert {event.symbol for event in of(Quote, events)} == {"A", "Q", "L"}
    assert {event.symbol for event in of(Trade, events)} == {"A", "T", "X/USD"}
    assert [event.symbol for event in of(Depth, events)] == ["L"]
    assert {event.symbol for event in of(Auction, events)} == {"A", "B", "T"}
    bars = {symbol: [bar for bar in of(Bar, events) if bar.symbol == symbol] for symbol in market.kinds}
    assert len(bars["B"]) == 390
    assert len(bars["A"]) < 390
    assert len(bars["Q"]) == len(bars["X/USD"]) == 1
    assert not bars["L"]
    assert len(market.history.bars("A", "1Min", 0, 1 << 61, END_NS)) == 390
    assert len(market.history.quotes("L", 0, 1 << 61, END_NS)) == 1
    assert len(market.history.auctions("T", 0, 1 << 61, END_NS)) == 2
    assert len(market.history.auctions("B", 0, 1 << 61, END_NS)) == 2
    assert market.history.auctions("X/USD", 0, 1 << 61, END_NS) == []


def test_levels_before_the_start():
    rows = [(1, 1, 0, 10, 1, 9.0, 5.0), (1, 1, 0, 10, -1, 9.2, 6.0), (9, 0, 11, 11, 1, 9.1, 1.0)]
    told = {("L", "depth"): lambda: [depth(rows, "L")]}
    market = gather([], SESSIONS, OPEN_NS + 5 * NS_PER_SECOND, END_NS, ticks=told)
    (first,) = of(Depth, played(market.replay))
    assert first.snapshot
    assert len(first.levels) == 3


def test_nothing_to_play():
    with pytest.raises(DataError, match="nothing to replay"):
        gather([], SESSIONS, BEGIN_NS, END_NS)


def test_corporate_actions_come_before_trading():
    days = joined_days(minute_bars(5, ("A",)), minute_bars(5, ("A",), day=DAY + 3))
    rows = days.rows.copy()
    rows["dividend"][5] = 0.25
    raw = replace(days, rows=rows, adjustment="raw")
    actions = np.array([(DAY + 1, 4.0, 0.0, 0), (DAY + 3, 1.0, 0.25, 0)], ACTION)  # the first is a Saturday
    found = corporate_actions(raw, 0, SESSIONS, actions)
    pre_ns = SESSIONS.edges(DAY + 3)[0].ts_ns
    assert found == [Corporate(ts_ns=pre_ns, symbol="A", ratio=4.0), Corporate(ts_ns=pre_ns, symbol="A", cash=0.25)]
    adjusted = replace(raw, adjustment="split")
    assert corporate_actions(adjusted, 0, SESSIONS, actions) == found[1:]
    market = gather([raw], SESSIONS, BEGIN_NS, END_NS + 5 * NS_PER_DAY, actions={"A": actions})
    events = played(market.replay)
    assert [event for event in events if event.ts_ns == pre_ns] == [*found, SESSIONS.edges(DAY + 3)[0]]
    (one, *_) = market.history.bars("A", "1Min", 0, 1 << 61, END_NS + 5 * NS_PER_DAY, adjustment="split")
    assert one.close == 25.0
