"""Orders over whole days of recorded bars, quotes and prints: sessions, auctions, exits, expiry."""

import msgspec
import pytest

from exchange_markets import CLOSE_NS, DAY, OPEN_NS, SESSIONS, daily_bars, joined_days, minute_bars, quotes, trades
from tenfold.exchange.api.assets import assets_of
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.gathered import gather
from tenfold.exchange.matching.chosen import chosen_matching
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.settings import TradingSettings
from tenfold.exchange.trading.request import decode_order
from tenfold.exchange.trading.trading import Trading
from tenfold.exchange.wire import Ids

MINUTE = 60 * NANO
NEXT = SESSIONS.next_session(DAY)


class Market:
    """Live through a recorded market with an account in it."""

    def __init__(self, bars=(), **more):
        symbols = sorted(
            {i.symbol for one in bars for i in one.instruments} | {symbol for symbol, _ in more.get("ticks", {})}
        )
        gathered = gather(list(bars), SESSIONS, OPEN_NS - 20 * 3600 * NANO, NEXT.close_ns + 8 * 3600 * NANO, **more)
        self.replay, self.latest, self.updates = gathered.replay, gathered.latest, []
        instruments = [i for one in bars for i in one.instruments]
        matching = chosen_matching(gathered.kinds, SESSIONS, instruments)
        self.trading = Trading(TradingSettings(), assets_of(symbols), SESSIONS, matching, self.latest, Faults(), Ids(1))
        self.now = gathered.start_ns

    def until(self, ts_ns):
        while True:
            due = [
                one for one in (self.replay.next_ns(), self.trading.next_due_ns()) if one is not None and one <= ts_ns
            ]
            if not due:
                break
            own = self.trading.next_due_ns()
            if own is not None and own <= min(due):
                self.trading.on_time(own)
            for event in self.replay.take(min(due)):
                self.latest.on_market(event)
                self.trading.on_market(event)
            self.updates += self.trading.take_updates()
        self.now = ts_ns

    def order(self, symbol="A", **asked):
        body = {"symbol": symbol, "qty": "10", "side": "buy", "type": "market", "time_in_force": "day", **asked}
        body = {name: value for name, value in body.items() if value is not None}
        answer = self.trading.submit("tenfold", decode_order(msgspec.json.encode(body)), self.now)
        self.updates += self.trading.take_updates()
        return self.trading.order("tenfold", answer.id, self.now)

    def names(self, order):
        return [one.event for one in self.updates if one.order["id"] == order.id]


def two_days():
    return joined_days(minute_bars(), minute_bars(day=NEXT.day, start=104.0))


def test_minute_bars_fill_at_the_next_open():
    market = Market([two_days()])
    market.until(OPEN_NS + 10 * MINUTE)
    order = market.order()
    market.until(OPEN_NS + 11 * MINUTE)
    assert market.names(order) == ["pending_new", "new", "fill"]
    assert order.filled_ns == OPEN_NS + 10 * MINUTE
    assert order.average / NANO == pytest.approx(100.2, abs=0.02)


def test_an_order_of_the_night_meets_the_first_bar():
    market = Market([two_days()])
    market.until(CLOSE_NS + 3600 * NANO)
    order = market.order()
    assert order.status == "accepted"
    market.until(NEXT.open_ns + MINUTE)
    assert market.names(order) == ["accepted", "new", "fill"]
    assert order.filled_ns == NEXT.open_ns


def test_daily_bars_fill_what_came_before_the_session():
    market = Market([daily_bars([DAY - 1, DAY, NEXT.day])])
    market.until(OPEN_NS - 3600 * NANO)
    order, far = market.order(), market.order(type="limit", limit_price="50")
    market.until(CLOSE_NS + 1)
    assert (order.status, order.average) == ("filled", 101 * NANO)
    assert far.status == "expired"
    market.until(NEXT.open_ns - 1)
    exit_order = market.order(side="sell")
    market.until(NEXT.close_ns + 5 * 3600 * NANO)
    assert (exit_order.status, exit_order.average) == ("filled", 102 * NANO)


def test_auctions_on_bars():
    market = Market([two_days()])
    market.until(CLOSE_NS - 3600 * NANO)
    at_close = market.order(time_in_force="cls")
    market.until(CLOSE_NS + 12 * 3600 * NANO)
    assert at_close.status == "filled"
    assert at_close.average / NANO == pytest.approx(100 + 0.02 * 389, abs=0.03)
    at_open = market.order(symbol="B", time_in_force="opg")
    market.until(NEXT.open_ns + MINUTE)
    assert at_open.status == "filled"
    assert at_open.average / NANO == pytest.approx(104.0, abs=0.03)


def test_a_bracket_over_bars():
    market = Market([two_days()])
    market.until(OPEN_NS + 5 * MINUTE)
    order = market.order(order_class="bracket", take_profit={"limit_price": "101"}, stop_loss={"stop_price": "99"})
    market.until(CLOSE_NS)
    profit, loss = order.legs
    assert [one.status for one in (order, profit, loss)] == ["filled", "filled", "canceled"]
    assert profit.average == 101 * NANO
    assert market.trading.positions("tenfold", market.now) == []


def test_a_day_order_expires_at_the_close_and_gtc_lives_on():
    market = Market([two_days()])
    market.until(OPEN_NS + MINUTE)
    day, gtc = (market.order(type="limit", limit_price="50", time_in_force=tif) for tif in ("day", "gtc"))
    market.until(CLOSE_NS)
    assert [one.status for one in (day, gtc)] == ["expired", "new"]
    assert day.expired_ns == CLOSE_NS == day.expires_ns


def test_a_trailing_stop_over_bars():
    market = Market([two_days()])
    market.until(OPEN_NS + 5 * MINUTE)
    market.order()
    market.until(OPEN_NS + 7 * MINUTE)
    order = market.order(side="sell", type="trailing_stop", trail_price="1", time_in_force="gtc")
    market.until(CLOSE_NS)
    assert order.hwm / NANO == pytest.approx(107.8, abs=0.1)
    assert order.stop == order.hwm - NANO
    market.until(NEXT.open_ns + MINUTE)
    assert order.status == "filled"  # the night opened more than a dollar lower


def test_quotes_and_prints_fill_through_the_books():
    ticks = {
        ("A", "quotes"): lambda: [quotes([(0, 99.99, 100.01), (10, 100.09, 100.11), (20, 99.89, 99.91)])],
        ("A", "trades"): lambda: [trades([(1, 100.0, 100), (11, 100.1, 100), (21, 99.9, 100)])],
    }
    market = Market(ticks=ticks)
    market.until(OPEN_NS + 5 * NANO)
    order = market.order(qty="2")
    market.until(OPEN_NS + 6 * NANO)
    assert (order.status, order.average) == ("filled", 100_010_000_000)
    pair = market.order(
        type="limit",
        side="sell",
        qty="2",
        order_class="oco",
        take_profit={"limit_price": "105"},
        stop_loss={"stop_price": "99.95"},
    )
    market.until(OPEN_NS + 30 * NANO)
    assert [one.status for one in pair.family] == ["canceled", "filled"]
    assert pair.legs[0].average == 99_890_000_000
