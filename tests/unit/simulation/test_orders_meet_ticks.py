"""A backtest over ticks: orders meet them in an order book, and legs, exits and sessions are as over bars."""

from dataclasses import dataclass
from datetime import date

import pytest

from scenes import MONDAY, bars_of, rules
from tenfold.domain.errors import DataError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag, Quote, Trade
from tenfold.domain.order import Cancel, Fill, Order, OrderStatus, OrderType, OrderUpdate, Replace, Side, Submit
from tenfold.domain.units import NS_PER_HOUR, date_ns
from tenfold.simulation.book_desk import BookDesk
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

NINE = date_ns(MONDAY) + 9 * NS_PER_HOUR
SECOND = 10**9
FLAT = (100, 101, 99, 100)


@dataclass(frozen=True)
class Levels:
    ts_ns: int
    levels: tuple
    snapshot: bool = False


def at(hour, seconds):
    return NINE + (hour * 3600 + seconds) * SECOND


def quote(hour, seconds, bid, ask, size=100.0):
    return Quote(ts_ns=at(hour, seconds), symbol="A", bid=bid, ask=ask, bid_size=size, ask_size=size)


def trade(hour, seconds, price, size):
    return Trade(ts_ns=at(hour, seconds), symbol="A", price=price, size=size)


class Play:
    """Play hours of ticks; `sends` maps an hour to what is sent at its close."""

    def __init__(self, ticks, sends, hours=3, lot=1.0, days=None, flags=None, **sections):
        bars = bars_of([FLAT] * hours, days=days or [MONDAY] * hours, lot=lot)
        rows = bars.rows.copy()
        for number, flag in (flags or {}).items():
            rows["flags"][number, 0] |= int(flag)
        bars = bars.__class__(rows=rows, instruments=bars.instruments, period_ns=bars.period_ns)
        self.broker, self.reports = SimulatedBroker(rules(**sections), bars.instruments, {"A": ticks}), []
        for number, moment in enumerate(BarFeed(bars).events()):
            self.broker.on_bars(moment)
            self.reports += self.broker.reports()
            for one in sends.get(number, ()):
                command = one if isinstance(one, Cancel | Replace) else self.submit(one, moment.ts_ns)
                self.broker.send([command])
                self.reports += self.broker.reports()

    def submit(self, terms, now):
        plain = {"order_id": "o", "side": "buy", "qty": 100, "symbol": "A", "ts_ns": now, "type": "market"} | terms
        return Submit(order=Order(**plain | {"side": Side(plain["side"]), "type": OrderType(plain["type"])}))

    @property
    def fills(self):
        return [(r.order_id, r.side.sign * r.qty, round(r.price, 6)) for r in self.reports if isinstance(r, Fill)]

    @property
    def ends(self):
        over = {OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED}
        return [(r.order_id, str(r.status)) for r in self.reports if isinstance(r, OrderUpdate) and r.status in over]


def test_a_market_order_meets_the_book_that_stood_when_it_came():
    run = Play([quote(0, 1, 99, 101), quote(1, 5, 109, 111)], {0: [{"qty": 150}]})
    assert run.fills == [("o", 100, 101), ("o", 50, 111)]
    assert [r.ts_ns for r in run.reports] == [at(1, 5), at(1, 5)]
    assert run.broker.positions() == {"A": 150}


def test_a_limit_waits_in_the_queue_and_makes_the_price():
    ticks = [
        quote(0, 1, 99, 101),
        trade(1, 1, 99, 60),
        trade(1, 2, 99, 60),
        quote(1, 3, 97, 98.5, 30),
        trade(1, 4, 97.5, 1),
    ]
    run = Play(ticks, {0: [{"type": "limit", "limit_price": 99}]})
    assert run.fills == [("o", 20, 99), ("o", 30, 99), ("o", 1, 99)]
    assert {r.liquidity for r in run.reports if isinstance(r, Fill)} == {"maker"}


def test_depth_is_walked_level_by_level_at_one_average_price():
    depth = Levels(at(0, 1), ((-1, 101.0, 50.0), (-1, 102.0, 50.0), (1, 99.0, 10.0)), snapshot=True)
    run = Play([depth, trade(1, 1, 100, 1)], {0: [{}]})
    assert run.fills == [("o", 100, 101.5)]
    (fill,) = run.reports
    assert fill.slippage_units == 100 * 500_000  # half a dollar a share worse than the best offer, in the price already


def test_a_part_of_a_lot_is_booked_once_the_lot_is_whole():
    ticks = [Levels(at(0, 1), ((-1, 100.0, 0.5),)), Levels(at(1, 1), ((-1, 104.0, 1.0),)), trade(1, 2, 100, 1)]
    run = Play(ticks, {0: [{"qty": 1}]})
    assert run.fills == [("o", 1, 102)]


def test_what_traded_first_is_in_the_first_lot():
    ticks = [
        Levels(at(0, 1), ((-1, 100.0, 0.5),)),
        Levels(at(1, 1), ((-1, 104.0, 1.0),)),
        Levels(at(1, 2), ((-1, 106.0, 0.5),)),
        trade(1, 3, 100, 1),
    ]
    run = Play(ticks, {0: [{"qty": 2}]})
    assert run.fills == [("o", 1, 102), ("o", 1, 105)]


def test_ioc_takes_what_stands_and_fok_all_or_nothing():
    ticks = [quote(0, 1, 99, 101), quote(1, 5, 99, 101), quote(1, 6, 99, 101)]
    sends = {
        0: [
            {"order_id": "i", "qty": 150, "tif": "ioc"},
            {"order_id": "f", "tif": "fok", "type": "limit", "limit_price": 101},
        ]
    }
    run = Play(ticks, sends)
    assert (run.fills, run.ends) == ([("i", 100, 101)], [("i", "canceled"), ("f", "canceled")])


def test_stops_go_by_prints_and_then_to_the_market():
    ticks = [quote(0, 1, 99, 101), trade(0, 2, 100, 1), quote(1, 1, 94, 96), trade(1, 2, 95, 1), quote(1, 3, 93, 94)]
    sends = {0: [{"order_id": "s", "type": "stop", "side": "sell", "stop_price": 95}]}
    assert Play(ticks, sends).fills == [("s", -100, 94)]
    limit = {0: [{"order_id": "l", "type": "stop_limit", "side": "sell", "stop_price": 95, "limit_price": 94.5}]}
    assert Play(ticks, limit).fills == []
    touched = {0: [{"order_id": "t", "type": "lit", "side": "buy", "stop_price": 95, "limit_price": 94.5}]}
    assert Play(ticks, touched).fills == [("t", 100, 94.5)]


def test_stops_go_by_quotes_where_there_are_no_prints():
    ticks = [quote(0, 1, 99, 101), quote(1, 1, 94, 96)]
    assert Play(ticks, {0: [{"type": "stop", "side": "sell", "stop_price": 95}]}).fills == [("o", -100, 94)]


def test_a_trailing_stop_follows_prints_within_the_bar():
    ticks = [
        quote(0, 1, 99, 101),
        trade(1, 1, 105, 1),
        trade(1, 2, 103.5, 1),
        trade(1, 3, 102.9, 1),
        quote(1, 4, 99, 101),
    ]
    assert Play(ticks, {0: [{"type": "trailing_stop", "side": "sell", "trail": 2}]}).fills == [("o", -100, 99)]


def test_attached_exits_leave_at_the_market_at_the_tick_that_reaches_them():
    ticks = [
        quote(0, 1, 99.5, 100),
        trade(1, 1, 99.9, 1),
        quote(1, 2, 110, 111),
        trade(1, 3, 110.5, 1),
        trade(1, 4, 80, 1),
    ]
    run = Play(ticks, {0: [{"target_frac": 0.1, "stop_frac": 0.05}]})
    assert run.fills == [("o", 100, 100), ("ox", -100, 110)]
    assert [str(r.reason) for r in run.reports if isinstance(r, Fill)] == ["vote", "target"]
    run = Play([quote(0, 1, 99.5, 100), quote(1, 2, 94, 95)], {0: [{"stop_frac": 0.05}]})
    assert run.fills == [("o", 100, 100), ("ox", -100, 94)]
    ticks = [quote(0, 1, 99.5, 100), trade(1, 1, 120, 1), quote(1, 2, 113, 114), trade(1, 3, 113.9, 1)]
    assert Play(ticks, {0: [{"trailing_frac": 0.05}]}).fills == [("o", 100, 100), ("ox", -100, 113)]


def test_legs_wake_with_the_fill_and_the_first_cancels_the_other():
    ticks = [quote(0, 1, 99, 100), quote(1, 1, 99, 100), quote(1, 2, 106, 107, 300)]
    legs = [
        {"order_id": "entry", "order_class": "bracket"},
        {
            "order_id": "up",
            "side": "sell",
            "type": "limit",
            "limit_price": 105,
            "order_class": "bracket",
            "parent_id": "entry",
        },
        {
            "order_id": "down",
            "side": "sell",
            "type": "stop",
            "stop_price": 95,
            "order_class": "bracket",
            "parent_id": "entry",
        },
    ]
    run = Play(ticks, {0: legs})
    assert (run.fills, run.ends) == ([("entry", 100, 100), ("up", -100, 105)], [("down", "canceled")])


def test_our_own_orders_never_trade_with_each_other():
    ticks = [quote(0, 1, 99, 101), quote(1, 1, 99, 101), quote(1, 2, 99, 101.5)]
    sends = {
        0: [
            {"order_id": "bid", "type": "limit", "limit_price": 100},
            {"order_id": "ask", "side": "sell", "type": "limit", "limit_price": 100},
        ]
    }
    run = Play(ticks, sends)
    assert (run.fills, run.ends) == ([], [("bid", "canceled")])


def test_sessions_and_auctions_go_by_the_bars():
    tuesday = date.fromordinal(MONDAY.toordinal() + 1)
    day = [MONDAY, MONDAY, tuesday, tuesday]
    opened = date_ns(tuesday) + 9 * NS_PER_HOUR
    ticks = [quote(0, 1, 99, 101), Quote(ts_ns=opened + 1, symbol="A", bid=97, ask=98, bid_size=100, ask_size=100)]
    ticks.append(Quote(ts_ns=opened + 2, symbol="A", bid=97, ask=98.5, bid_size=100, ask_size=100))
    sends = {
        0: [
            {"order_id": "day", "type": "limit", "limit_price": 90, "tif": "day"},
            {"order_id": "open", "tif": "opg"},
            {"order_id": "close", "tif": "cls", "side": "sell"},
        ]
    }
    run = Play(ticks, sends, hours=4, days=day)
    assert run.fills == [("close", -100, 100), ("open", 100, 98)]
    assert run.ends == [("day", "expired")]


def test_nothing_trades_outside_the_session_and_the_queue_is_left():
    ticks = [quote(0, 1, 99, 101), trade(1, 1, 99, 500), quote(2, 1, 98, 100), quote(2, 2, 98, 98.5)]
    flags = {1: Flag.OFF_SESSION}
    run = Play(ticks, {0: [{"type": "limit", "limit_price": 99}]}, flags=flags, matching={"regular_hours": True})
    assert run.fills == [("o", 100, 99)]
    assert run.reports[0].ts_ns == at(2, 2)


def test_changes_take_effect_in_the_book():
    ticks = [quote(0, 1, 99, 101), quote(1, 1, 99, 101), trade(2, 1, 100, 80), quote(2, 2, 99, 101)]
    sends = {
        0: [
            {"order_id": "a", "type": "limit", "limit_price": 100},
            {"order_id": "b", "type": "limit", "limit_price": 100},
        ],
        1: [Cancel(order_id="a", ts_ns=at(2, 0), symbol="A")],
    }
    run = Play(ticks, sends)
    assert (run.fills, run.ends) == ([("b", 80, 100)], [("a", "canceled")])


def test_lots_below_a_billionth_have_no_book():
    with pytest.raises(DataError, match="lots of A are 1e-12, expected 1e-9 or more"):
        BookDesk(Instrument(symbol="A", lot_size=1e-12), rules().matching, None, [])


def test_a_crossed_quote_is_no_quote():
    ticks = [quote(0, 1, 99, 101), quote(1, 1, 102, 101), quote(1, 2, 101, 101), trade(1, 3, 100.5, 10)]
    assert Play(ticks, {0: [{"type": "limit", "limit_price": 100.5}]}).fills == [("o", 10, 100.5)]


def test_what_a_group_filled_is_taken_off_the_other_in_the_book():
    ticks = [quote(0, 1, 99, 101), quote(1, 1, 99, 101), trade(1, 2, 100, 40), trade(1, 3, 100.5, 100)]
    group = {"side": "sell", "type": "limit", "order_class": "oco", "parent_id": "g"}
    sends = {0: [group | {"order_id": "low", "limit_price": 100}, group | {"order_id": "high", "limit_price": 100.5}]}
    run = Play(ticks, sends)
    assert run.fills == [("low", -40, 100), ("low", -60, 100)]
    assert run.ends == [("high", "canceled")]


def test_a_limit_follows_its_new_price_and_a_day_order_its_session():
    tuesday = date.fromordinal(MONDAY.toordinal() + 1)
    ticks = [quote(0, 1, 99, 101), quote(1, 1, 99, 101.5), trade(2, 1, 99.5, 10)]
    changed = Replace(order_id="o", ts_ns=at(2, 0), symbol="A", limit_price=99.5)
    assert Play(ticks, {0: [{"type": "limit", "limit_price": 98}], 1: [changed]}).fills == [("o", 10, 99.5)]
    run = Play(ticks, {0: [{"type": "limit", "limit_price": 98, "tif": "day"}]}, days=[MONDAY, tuesday, tuesday])
    assert run.ends == [("o", "expired")]
