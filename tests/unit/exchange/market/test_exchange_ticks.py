"""Quotes, prints and levels as events: the best of several exchanges, bars of prints, late prints, the levels' quotes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_markets import (
    CLOSE_NS,
    DAY,
    OPEN_NS,
    SESSIONS,
    depth,
    events_of,
    minute_bars,
    quotes,
    random_trades,
    trades,
)
from tenfold.domain.market import Bar, Flag, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.events import Auction, Depth, Edge, LateBar
from tenfold.exchange.market.auctions import auctions_of_rows, auctions_of_trades, with_auctions
from tenfold.exchange.market.candle import candle_of
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.levels import depth_events, quotes_of_depth
from tenfold.exchange.market.quotes import best_quotes, quote_events, quote_list, ticks_of_quotes
from tenfold.exchange.market.recorded import Recorded
from tenfold.exchange.market.rows import candles, rows_of_bars
from tenfold.exchange.market.sources import within
from tenfold.exchange.market.trades import tape, trade_events, trade_list
from tenfold.market.ticks import Ticks


def halves(ticks):
    middle = len(ticks) // 2
    return [ticks.slice(0, middle), ticks.slice(middle, len(ticks))]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_plain_quotes():
    found = events_of(quote_events([quotes([(1, 9.0, 9.1), (2, 9.2, 9.2), (3, 9.5, 9.4)])]))
    assert [(quote.bid, quote.ask, quote.flags) for quote in found] == [
        (9.0, 9.1, 0),
        (9.2, 9.2, int(Flag.CROSSED)),
        (9.5, 9.4, int(Flag.CROSSED)),
    ]
    assert found[0] == Quote(ts_ns=OPEN_NS + NS_PER_SECOND, symbol="A", bid=9.0, ask=9.1, bid_size=3.0, ask_size=4.0)


def test_a_late_quote_counts_from_its_arrival():
    found = events_of(quote_events(halves(quotes([(1, 9.0, 9.1), (3, 9.2, 9.3), (2, 9.4, 9.5), (4, 9.6, 9.7)]))))
    assert [(quote.ts_ns - OPEN_NS) // NS_PER_SECOND for quote in found] == [1, 3, 3, 4]


def test_quotes_of_several_exchanges_become_the_best():
    nan = float("nan")
    rows = [(1, 9.0, 0.0), (2, nan, 9.3), (3, 9.1, 9.4), (4, 9.1, 9.2), (5, 9.25, 9.5)]
    told = quotes(rows, exchange=np.array(["N", "N", "Q", "P", "P"]), suspicious=np.array([0.0, 0, 0, 0, 1]))
    found = events_of(quote_events(halves(told)))
    assert [(quote.bid, quote.ask) for quote in found] == [(9.0, 9.3), (9.1, 9.3), (9.1, 9.2)]
    assert found[2].bid_size == 6.0
    assert {quote.venue for quote in found} == {""}


def test_one_sided_quotes_without_a_name():
    found = events_of(quote_events([quotes([(1, 9.0, 0.0), (2, 0.0, 9.3), (3, 9.1, 0.0)])]))
    assert [(quote.bid, quote.ask) for quote in found] == [(9.0, 9.3), (9.1, 9.3)]
    assert list(quote_events([quotes([(1, 9.0, 9.1)], suspicious=np.ones(1))])) == []
    later = events_of(quote_events([quotes([(1, 9.0, 9.4)]), quotes([(2, 0.0, 9.3)])]))
    assert [(quote.bid, quote.ask) for quote in later] == [(9.0, 9.4), (9.0, 9.3)]


def test_quotes_without_sizes():
    bare = Ticks("A", "quotes", np.array([OPEN_NS]), {"bid": np.array([9.0]), "ask": np.array([9.1])})
    (quote,) = events_of(quote_events([bare]))
    assert (quote.bid_size, quote.ask_size) == (0.0, 0.0)


def test_minute_bars_of_quotes():
    found = events_of(quote_events([quotes([(1, 9.0, 9.2), (30, 9.2, 9.4), (70, 9.0, 9.1)])], bars=True))
    first, second = of(Bar, found)
    assert (first.open, first.close, first.ts_ns) == (9.1, 9.3, OPEN_NS + NS_PER_MINUTE)
    assert found.index(first) == 2
    assert second.ts_ns == OPEN_NS + 2 * NS_PER_MINUTE
    assert found[-1] == second
    assert list(quote_events([], bars=True)) == []


def test_quotes_and_arrays_are_the_same():
    (part,) = best_quotes([quotes([(1, 9.0, 9.1), (2, 9.1, 9.2)])])
    assert quote_list(ticks_of_quotes("A", quote_list(part))) == quote_list(part)


def test_prints_make_minute_bars():
    told = trades(
        [(1, 10.0, 5.0), (59, 12.0, 10.0), (61, 11.0, 1.0), (190, 9.0, 2.0)], exchange=np.array(["N", "Q", "N", "N"])
    )
    found = events_of(trade_events(halves(told)))
    bars = of(Bar, found)
    assert [type(event) for event in found] == [Trade, Trade, Bar, Trade, Bar, Trade, Bar]
    assert [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars] == [
        (10.0, 12.0, 10.0, 12.0, 15.0), (11.0, 11.0, 11.0, 11.0, 1.0), (9.0, 9.0, 9.0, 9.0, 2.0),
    ]  # fmt: skip
    assert bars[0].extra == (2.0, pytest.approx(170.0 / 15.0))
    assert bars[0].ts_ns == OPEN_NS + NS_PER_MINUTE
    assert found[1].venue == "Q"
    assert of(Bar, events_of(trade_events([told], bars=False))) == []
    assert list(trade_events([])) == []


def test_unusable_prints_are_left_out():
    nan = float("nan")
    told = trades([(1, 10.0, 5.0), (2, nan, 5.0), (3, 10.0, 0.0), (4, 11.0, 1.0)], suspicious=np.array([0, 0, 0, 1.0]))
    assert [trade.price for trade in of(Trade, events_of(trade_events([told])))] == [10.0]
    assert list(tape([trades([(1, nan, 1.0)])])) == []


def test_a_late_print_changes_its_bar():
    told = trades(
        [(1, 10.0, 5.0), (61, 11.0, 1.0), (125, 12.0, 1.0), (30, 15.0, 5.0), (20, 1.0, 5.0), (126, 12.0, 3.0)]
    )
    found = events_of(trade_events([told]))
    late = of(LateBar, found)
    assert [(one.bar.ts_ns, one.bar.high, one.bar.low, one.bar.volume) for one in late] == [
        (OPEN_NS + NS_PER_MINUTE, 15.0, 10.0, 10.0),
        (OPEN_NS + NS_PER_MINUTE, 15.0, 1.0, 15.0),
    ]
    assert late[0].ts_ns == OPEN_NS + 125 * NS_PER_SECOND
    assert late[1].bar.extra == (3.0, pytest.approx((50 + 75 + 5) / 15))
    last = of(Bar, found)[-1]
    assert (last.high, last.volume) == (12.0, 4.0)


def test_a_late_print_of_a_minute_without_a_bar_changes_nothing():
    told = trades([(1, 10.0, 5.0), (125, 12.0, 1.0), (70, 15.0, 5.0)])
    assert of(LateBar, events_of(trade_events([told]))) == []


def test_bars_can_be_changed_for_two_hours():
    rows = [(60 * minute, 10.0, 1.0) for minute in range(130)]
    told = trades([*rows, (61.0, 11.0, 1.0), (60 * 100.0, 11.0, 1.0)])
    late = of(LateBar, events_of(trade_events([told])))
    assert [(one.bar.open_ns - OPEN_NS) // NS_PER_MINUTE for one in late] == [100]


@given(st.integers(0, 1000), st.sampled_from([0.0, 0.1]), st.integers(1, 300))
def test_bars_of_the_tape_are_those_of_the_record(seed, late, count):
    told = random_trades(count, seed, late=late)
    events = events_of(trade_events(halves(told) if count > 1 else [told]))
    assert [event.ts_ns for event in events] == sorted(event.ts_ns for event in events)
    streamed = [candle_of(bar) for bar in of(Bar, events)]
    record = Recorded("A", SESSIONS, trades=lambda: [told])
    kept = candles(record.rows(NS_PER_MINUTE, 0, 1 << 62))
    assert [one[:8] for one in kept] == [one[:8] for one in streamed]
    assert [one.vwap for one in kept] == pytest.approx([one.vwap for one in streamed])
    assert trade_list(record.ticks("trades", 0, 1 << 62)) == of(Trade, events)


SNAPSHOT = [(1, 1, 0, 10, 1, 9.0, 5.0), (1, 1, 0, 10, -1, 9.2, 6.0), (1, 1, 0, 10, 1, 8.0, 1.0)]
CHANGES = [
    (0.5, 0, 4, 8, 1, 9.1, 7.0),  # before the snapshot
    *SNAPSHOT,
    (2, 0, 9, 10, 1, 9.0, 0.0),  # held by the snapshot already
    (3, 0, 11, 12, 1, 9.1, 2.0), (3, 0, 11, 12, 1, 9.0, 0.0),
    (4, 0, 13, 14, 1, 8.0, 0.0),
]  # fmt: skip


def test_levels_become_updates_and_quotes():
    found = events_of(depth_events(halves(depth(CHANGES))))
    first, last = of(Depth, found)[0], of(Depth, found)[-1]
    assert first.snapshot
    assert first.last_id == 10
    assert first.levels == ((1, 9.0, 5.0), (-1, 9.2, 6.0), (1, 8.0, 1.0))
    assert [event.last_id for event in of(Depth, found)] == [10, 12, 14]
    assert last.levels == ((1, 8.0, 0.0),)
    best = [(quote.bid, quote.bid_size, quote.ask, quote.ask_size) for quote in of(Quote, found)]
    assert best == [(9.0, 5.0, 9.2, 6.0), (9.1, 2.0, 9.2, 6.0)]
    assert found == sorted(found, key=order_of)


def test_a_snapshot_holds_what_came_before_it_and_follows_it():
    rows = [(0.5, 0, 4, 8, 1, 9.1, 7.0), (0.6, 0, 9, 12, 1, 9.1, 2.0), *SNAPSHOT, (2, 0, 13, 13, 1, 9.1, 1.0)]
    first, second = of(Depth, events_of(depth_events([depth(rows)])))
    assert (first.snapshot, first.last_id, second.last_id) == (True, 12, 13)
    assert (1, 9.1, 2.0) in first.levels
    assert len(first.levels) == 4


def test_levels_from_a_later_start_begin_with_a_snapshot():
    found = events_of(depth_events([depth(CHANGES)], OPEN_NS + 2 * NS_PER_SECOND))
    first, second = of(Depth, found)
    assert first.snapshot
    assert sorted(first.levels) == [(-1, 9.2, 6.0), (1, 8.0, 1.0), (1, 9.1, 2.0)]
    assert not second.snapshot


def test_levels_that_are_not_whole():
    rows = [(1, 1, 0, 10, 1, float("nan"), 5.0), (2, 1, 0, 11, 1, 9.0, 5.0)]
    found = events_of(depth_events([depth(rows)]))
    assert [event.last_id for event in found] == [11]
    assert list(depth_events([])) == []
    assert list(quotes_of_depth([depth(rows)])) == []


def test_the_quotes_of_levels_are_history():
    record = Recorded("A", SESSIONS, depth=lambda: [depth(CHANGES)])
    ticks = record.ticks("quotes", 0, 1 << 62)
    assert [quote.bid for quote in quote_list(ticks)] == [9.0, 9.1]
    assert record.ticks("trades", 0, 1 << 62) is None
    assert record.periods() == []
    assert record.auctions(0, 1 << 62) == []
    assert len(Recorded("A", SESSIONS).rows(NS_PER_MINUTE, 0, 1)) == 0


def test_auctions_of_bars():
    rows = rows_of_bars(minute_bars(), 0)
    opened, closed = auctions_of_rows("A", rows, SESSIONS)
    assert (opened.kind, opened.ts_ns, opened.price) == ("open", OPEN_NS, rows["open"][0])
    assert (closed.kind, closed.ts_ns, closed.price) == ("close", CLOSE_NS, rows["close"][-1])
    assert auctions_of_rows("A", rows[:0], SESSIONS) == []
    early = rows_of_bars(minute_bars(5, first_minute=-30), 0)
    assert auctions_of_rows("A", early, SESSIONS) == []


def test_auctions_of_prints_are_the_same_in_both_ways():
    rows = [(-60, 9.0, 1.0), (5, 10.0, 2.0), (100, 11.0, 3.0), (23_399, 12.0, 4.0), (23_401, 13.0, 5.0)]
    told = trades(rows)
    streamed = of(Auction, events_of(with_auctions(trade_events([told]), SESSIONS)))
    numbers = (told.numbers(name) for name in ("price", "size"))
    assert streamed == auctions_of_trades("A", told.ts_ns, *numbers, SESSIONS)
    assert [(one.kind, one.price, one.size) for one in streamed] == [("open", 10.0, 2.0), ("close", 12.0, 4.0)]
    assert streamed[0].ts_ns == OPEN_NS + 5 * NS_PER_SECOND
    assert streamed[1].ts_ns == CLOSE_NS
    unfinished = of(Auction, events_of(with_auctions(trade_events([trades(rows[:3])]), SESSIONS)))
    assert [(one.kind, one.price) for one in unfinished] == [("open", 10.0), ("close", 11.0)]
    record = Recorded("A", SESSIONS, trades=lambda: [told])
    assert record.auctions(0, 1 << 62) == streamed
    assert record.auctions(CLOSE_NS, CLOSE_NS + 1) == streamed[1:]


def test_a_source_within_a_span():
    parts = [[Edge(ts_ns=t, kind="pre", day=0) for t in range(at, at + 3)] for at in (0, 3, 6, 9)]
    read = []

    def source():
        for part in parts:
            read.append(part)
            yield part

    assert [event.ts_ns for event in events_of(within(source(), 2, 6))] == [2, 3, 4, 5]
    assert len(read) == 3
    assert DAY * NS_PER_DAY < OPEN_NS
