"""The replay: order of events, whatever the steps; bars and edges as events."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import DataError
from tenfold.domain.market import Bar, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.events import Auction, Edge
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.replay import Replay
from tenfold.exchange.market.sources import bar_events, edge_events
from tenfold.exchange.sessions import Sessions

DAY = 20_420  # 2025-11-28, a Friday
SESSIONS = Sessions()


def trade(ts_ns, price=10.0, symbol="A"):
    return Trade(ts_ns=ts_ns, symbol=symbol, price=price, size=1.0)


def quote(ts_ns, symbol="A"):
    return Quote(ts_ns=ts_ns, symbol=symbol, bid=9.0, ask=11.0)


def minute_bars(count=5, symbols=("A", "B"), day=DAY):
    opened = SESSIONS.session(day).open_ns
    ts_ns = opened + np.arange(1, count + 1) * NS_PER_MINUTE
    close = 100.0 + np.arange(count * len(symbols), dtype=float).reshape(count, len(symbols))
    return bars_from_arrays(
        symbols, ts_ns, close - 0.5, close + 1, close - 1, close, close * 100, period_ns=NS_PER_MINUTE
    )


def daily_bars(days, symbols=("A",)):
    close = 100.0 + np.arange(len(days) * len(symbols), dtype=float).reshape(len(days), len(symbols))
    ts_ns = (np.asarray(days) + 1) * NS_PER_DAY - 1
    return bars_from_arrays(symbols, ts_ns, close, close + 1, close - 1, close, close * 100, period_ns=NS_PER_DAY)


def test_sources_are_merged_in_order():
    replay = Replay([[[trade(1), trade(5)], [trade(9)]], [[quote(1)], [], [quote(5), quote(6)]]])
    assert replay.next_ns() == 1
    assert replay.take(0) == []
    assert replay.take(5) == [quote(1), trade(1), quote(5), trade(5)]
    assert replay.next_ns() == 6
    assert replay.take(100) == [quote(6), trade(9)]
    assert replay.next_ns() is None
    assert replay.take(200) == []


def test_events_of_one_moment_have_an_order():
    edge = Edge(ts_ns=7, kind="close", day=0)
    cross = Auction(ts_ns=7, symbol="A", kind="close", price=1.0)
    (bar,) = minute_bars(1, ("A",)).rows[:, 0].tolist()
    bar = Bar(*bar[:2], 7, *bar[3:], "A")
    replay = Replay([[[trade(7)]], [[edge]], [[quote(7)]], [[cross]], [[bar]]])
    assert replay.take(7) == [bar, cross, edge, quote(7), trade(7)]


times = st.lists(st.integers(0, 30), max_size=20).map(sorted)


@given(st.lists(times, min_size=1, max_size=4), st.lists(st.integers(0, 35), max_size=6), st.integers(1, 5))
def test_the_order_does_not_depend_on_the_steps(sources, steps, width):
    def parts():
        made = []
        for number, source in enumerate(sources):
            events = [trade(t, 1.0 + i, f"S{number}") for i, t in enumerate(source)]
            made.append([events[i : i + width] for i in range(0, len(events), width)])
        return made

    at_once = Replay(parts()).take(10**6)
    replay, found = Replay(parts()), []
    for step in [*sorted(steps), 10**6]:
        found += replay.take(step)
        assert replay.next_ns() is None or replay.next_ns() > step
    assert found == at_once == sorted(at_once, key=order_of)
    assert len(found) == sum(map(len, sources))


def test_bars_become_events():
    bars = minute_bars()
    events = [event for part in bar_events(bars, SESSIONS) for event in part]
    assert len(events) == 10
    assert [event.symbol for event in events[:2]] == ["A", "B"]
    assert events[3].close == bars.rows["close"][1, 1]
    assert events[3].ts_ns == bars.ts_ns[1]


def test_further_columns_and_missing_bars_are_left_out():
    bars = minute_bars().with_columns(sentiment=np.zeros(5))
    rows = bars.rows.copy()
    rows["flags"][2, 1] = 1
    bars = type(bars)(rows=rows, instruments=bars.instruments, period_ns=bars.period_ns)
    events = [event for part in bar_events(bars) for event in part]
    assert len(events) == 9
    assert all(event.extra == () for event in events)


def test_daily_bars_open_and_close_with_their_session():
    bars = daily_bars([DAY, DAY + 1, DAY + 3])  # the second is a Saturday
    events = [event for part in bar_events(bars, SESSIONS) for event in part]
    assert [(e.open_ns, e.ts_ns) for e in events] == [
        (SESSIONS.session(d).open_ns, SESSIONS.session(d).close_ns) for d in (DAY, DAY + 3)
    ]
    assert [e.close for e in events] == [100.0, 102.0]
    assert events[0].remaining_s == 0
    assert events[0].elapsed_s == 390 * 60


def test_daily_bars_without_a_session_are_an_error():
    with pytest.raises(DataError, match="none of the daily bars"):
        list(bar_events(daily_bars([DAY + 1, DAY + 2]), SESSIONS))


def test_two_bars_of_one_session_are_an_error():
    bars = daily_bars([DAY])
    rows = np.repeat(bars.rows, 2, axis=0)
    rows["ts_ns"][0] -= 1
    twice = type(bars)(rows=rows, instruments=bars.instruments, period_ns=bars.period_ns)
    with pytest.raises(DataError, match="two daily bars"):
        list(bar_events(twice, SESSIONS))


def test_edges_between_two_moments():
    opened, closed = SESSIONS.session(DAY).open_ns, SESSIONS.session(DAY).close_ns
    edges = [edge for part in edge_events(SESSIONS, opened, closed) for edge in part]
    assert [edge.kind for edge in edges] == ["open"]
    week = [edge for part in edge_events(SESSIONS, opened, opened + 7 * NS_PER_DAY) for edge in part]
    assert len(week) == 20
    assert week == sorted(week, key=order_of)
