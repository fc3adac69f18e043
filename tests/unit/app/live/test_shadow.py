"""Orders of stage shadow fill on the venue's quotes, stand again after a restart, and end with their day."""

import pytest

from loops import in_a_loop
from tenfold.app.live.shadow import ShadowVenue
from tenfold.domain.events import Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.live_market import PriceBands, Print, PrintCanceled, TradingStatus
from tenfold.domain.market import Quote
from tenfold.domain.order import Cancel, Order, OrderStatus, OrderType, Replace, Side, Submit
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import Connected, LookUp, Outcome, Place, Streamed, TakeStock, Withdraw

DAY = 19_786
OPEN_NS = DAY * NS_PER_DAY + 14 * NS_PER_HOUR + 30 * NS_PER_MINUTE
CLOSE_NS = OPEN_NS + 390 * NS_PER_MINUTE
SESSIONS = [Session(day=day, open_ns=OPEN_NS + 86_400 * NS_PER_SECOND * (day - DAY), close_ns=CLOSE_NS + 86_400 * NS_PER_SECOND * (day - DAY))
            for day in (DAY, DAY + 1)]  # fmt: skip
INSTRUMENTS = (Instrument(symbol="A"), Instrument(symbol="B", lot_size=0.5))


class Hand:
    """Be a clock that is set by hand."""

    def __init__(self, ts_ns):
        self.ts_ns = ts_ns

    def now_ns(self):
        return self.ts_ns


class Desk:
    """Hold order management and the stand-in that it asks, and let both go on until nothing is open at a moment."""

    def __init__(self, records=(), ts_ns=OPEN_NS + NS_PER_MINUTE, sessions=SESSIONS):
        self.clock = Hand(ts_ns)
        self.blotter = Blotter(INSTRUMENTS, 10_000.0, amends=False, pairs=False)
        self.records = list(records)
        for record in self.records:
            self.blotter.apply(record)
        self.heard = []
        self.venue = ShadowVenue(INSTRUMENTS, sessions, self.clock, self.heard.append)
        self.venue.restore(self.blotter)
        self.keep(Started(ts_ns=ts_ns, run="r", epoch=1, config_hash="", code_hash=""))
        self.heard.append(Connected(ts_ns=ts_ns))
        self.number = sum(isinstance(one, Submit) for one in self.records)
        self.settle()

    def keep(self, record):
        self.records.append(record)
        self.blotter.apply(record)

    def settle(self, seconds=2.0):
        """Let time pass and everything be asked and told."""
        for _ in range(20):
            self.clock.ts_ns += round(seconds * NS_PER_SECOND / 20)
            self.venue.show([])
            while self.heard:
                self.records += self.blotter.interpret(self.heard.pop(0))
            self.records += self.blotter.lapse(self.clock.ts_ns)
            for request in self.blotter.due(self.clock.ts_ns):
                self.heard.append(in_a_loop(self.venue.ask(request, self.blotter.wants)))

    def submit(self, side=Side.BUY, qty=10, symbol="A", **terms):
        self.number += 1
        terms = {"tif": "day", **terms}
        one = Order(order_id=f"r-1-{self.number}", ts_ns=self.clock.ts_ns, symbol=symbol, side=side, qty=qty, **terms)
        self.keep(Submit(order=one))
        self.settle()
        return one

    def quote(self, bid, ask, size=1000.0, symbol="A"):
        ts_ns = self.clock.ts_ns
        self.venue.show([Quote(ts_ns=ts_ns, symbol=symbol, bid=bid, ask=ask, bid_size=size, ask_size=size, venue="V")])
        self.settle()

    def status(self, one):
        return self.blotter.register.orders[one.order_id].status

    @property
    def lots(self):
        return {symbol: lots for symbol, lots in self.blotter.reconciliation.lots.items() if lots}

    @property
    def cash(self):
        return self.blotter.reconciliation.cash_units / 1e6


@pytest.fixture
def desk():
    desk = Desk()
    desk.quote(99.0, 101.0)
    assert desk.blotter.ready
    return desk


def test_a_market_order_takes_what_is_offered_and_the_account_agrees(desk):
    one = desk.submit()
    assert (desk.status(one), desk.lots, desk.cash) == (OrderStatus.FILLED, {"A": 10}, 10_000.0 - 1010.0)
    assert desk.venue.power(10_000_000_000) == 10_000_000_000  # nothing is worth anything before a print
    desk.venue.show([Print(ts_ns=desk.clock.ts_ns, symbol="A", price=100.0, size=1.0)])
    assert desk.venue.power(10_000_000_000) == 9_000_000_000
    back = desk.submit(Side.SELL)
    assert (desk.status(back), desk.lots, desk.cash) == (OrderStatus.FILLED, {}, 10_000.0 - 1010.0 + 990.0)
    stock = in_a_loop(desk.venue.ask(TakeStock(orders=(), since_ns=1, number=7)))
    assert (stock.positions, stock.cash_units, len(stock.fills), stock.number) == ({}, 9_980_000_000, 2, 7)


def test_a_limit_rests_until_the_market_comes_and_a_cancel_takes_it_away(desk):
    rests = desk.submit(type=OrderType.LIMIT, limit_price=98.0)
    away = desk.submit(type=OrderType.LIMIT, limit_price=97.0)
    assert desk.status(rests) is OrderStatus.ACCEPTED
    desk.keep(Cancel(order_id=away.order_id, ts_ns=desk.clock.ts_ns, symbol="A"))
    desk.settle()
    assert desk.status(away) is OrderStatus.CANCELED
    desk.quote(96.0, 97.5)
    assert desk.status(rests) is OrderStatus.FILLED
    assert desk.status(away) is OrderStatus.CANCELED


def test_a_change_is_a_cancel_and_another(desk):
    one = desk.submit(type=OrderType.LIMIT, limit_price=98.0)
    desk.keep(Replace(order_id=one.order_id, ts_ns=desk.clock.ts_ns, symbol="A", limit_price=101.0))
    desk.settle(6.0)
    assert desk.status(one) is OrderStatus.FILLED


def test_nothing_fills_while_a_symbol_is_halted_or_beyond_its_bands(desk):
    desk.venue.show(
        [
            TradingStatus(ts_ns=1, symbol="A", code="H"),
            PrintCanceled(ts_ns=1, symbol="A", trade_id="1", price=1.0, size=1.0),
        ]
    )
    one = desk.submit()
    assert desk.status(one) is OrderStatus.ACCEPTED
    desk.venue.show(
        [PriceBands(ts_ns=1, symbol="A", up=110.0, down=90.0), TradingStatus(ts_ns=1, symbol="A", code="T")]
    )
    desk.settle()
    assert desk.status(one) is OrderStatus.FILLED


def test_half_shares_are_told_as_whole_lots(desk):
    desk.quote(9.0, 11.0, symbol="B")
    one = desk.submit(qty=3, symbol="B")
    assert (desk.status(one), desk.lots) == (OrderStatus.FILLED, {"B": 3})
    assert desk.cash == 10_000.0 - 1.5 * 11.0


def test_after_a_restart_it_stands_where_the_journal_stands(desk):
    held = desk.submit()
    rests = desk.submit(Side.SELL, type=OrderType.LIMIT, limit_price=105.0)
    again = Desk(desk.records, desk.clock.ts_ns)
    assert again.blotter.ready
    assert (again.status(held), again.status(rests)) == (OrderStatus.FILLED, OrderStatus.ACCEPTED)
    again.quote(106.0, 107.0)
    assert (again.status(rests), again.lots) == (OrderStatus.FILLED, {})
    assert not [one for one in again.records if type(one).__name__ == "Difference"]


def test_an_order_of_the_day_ends_with_it_also_where_nobody_was_there(desk):
    rests = desk.submit(type=OrderType.LIMIT, limit_price=98.0)
    stays = desk.submit(type=OrderType.LIMIT, limit_price=97.0, tif="gtc")
    again = Desk(desk.records, OPEN_NS + NS_PER_DAY)
    assert again.status(rests) is OrderStatus.EXPIRED
    assert again.status(stays) is OrderStatus.ACCEPTED
    desk.clock.ts_ns = CLOSE_NS
    desk.settle()
    assert desk.status(rests) is OrderStatus.EXPIRED
    assert desk.status(stays) is OrderStatus.ACCEPTED


def test_before_the_open_orders_wait_for_it():
    desk = Desk(ts_ns=OPEN_NS - 3 * NS_PER_HOUR)
    one = desk.submit()
    desk.quote(99.0, 101.0)
    assert desk.status(one) is OrderStatus.ACCEPTED
    desk.clock.ts_ns = OPEN_NS
    desk.settle()
    desk.quote(99.0, 101.0)
    assert desk.status(one) is OrderStatus.FILLED


def test_what_has_no_word_here_is_refused(desk):
    one = desk.submit(type=OrderType.LIMIT_IF_TOUCHED, limit_price=98.0, stop_price=98.5)
    assert desk.status(one) is OrderStatus.REJECTED
    first = Order(order_id="x-1-1", ts_ns=1, symbol="A", side=Side.BUY, qty=1)
    asked = in_a_loop(desk.venue.ask(Place(order=first, legs=(first,))))
    assert asked.outcome is Outcome.REFUSED
    assert in_a_loop(desk.venue.ask(Place(order=first), lambda _: False)).outcome is Outcome.REFUSED
    assert in_a_loop(desk.venue.ask(LookUp(order_id="x-1-1"))).outcome is Outcome.REFUSED
    assert in_a_loop(desk.venue.ask(Withdraw(venue_id="v", order_id="x", symbol="A"))).outcome is Outcome.REFUSED


def test_a_name_is_taken_once(desk):
    order = Order(
        order_id="x-1-1",
        ts_ns=desk.clock.ts_ns,
        symbol="A",
        side=Side.BUY,
        qty=1,
        type=OrderType.LIMIT,
        limit_price=5.0,
    )
    answers = [in_a_loop(desk.venue.ask(Place(order=order))) for _ in range(2)]
    assert [one.outcome for one in answers] == [Outcome.ACK] * 2
    assert answers[0].found.venue_id == answers[1].found.venue_id
    assert not [one for one in desk.heard if isinstance(one, Streamed)]


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    "told",
    [
        Quote(ts_ns=OPEN_NS, symbol="A", bid=NAN, ask=10.0), Quote(ts_ns=OPEN_NS, symbol="A", bid=9.0, ask=INFINITY),
        Quote(ts_ns=OPEN_NS, symbol="A", bid=9.0, ask=10.0, bid_size=NAN), Quote(ts_ns=OPEN_NS, symbol="A", bid=1e300, ask=1e301),
        Print(ts_ns=OPEN_NS, symbol="A", price=NAN, size=1.0), Print(ts_ns=OPEN_NS, symbol="A", price=0.0, size=1.0),
        Print(ts_ns=OPEN_NS, symbol="A", price=9.0, size=INFINITY), PriceBands(ts_ns=OPEN_NS, symbol="A", up=NAN, down=9.0),
        PriceBands(ts_ns=OPEN_NS, symbol="A", up=0.0, down=0.0),
    ],
)  # fmt: skip
def test_what_is_no_price_changes_nothing(desk, told):
    desk.venue.show([told])
    one = desk.submit()
    assert (desk.status(one), desk.cash) == (OrderStatus.FILLED, 10_000.0 - 1010.0)
    assert desk.venue.power(10_000_000_000) == 10_000_000_000


def test_a_symbol_that_trades_again_is_halted_no_more(desk):
    desk.venue.show([TradingStatus(ts_ns=desk.clock.ts_ns, symbol="A", code="H")])
    one = desk.submit()
    desk.quote(99.0, 101.0)
    assert desk.status(one) is OrderStatus.ACCEPTED
    desk.settle(20.0)
    desk.venue.show([Print(ts_ns=desk.clock.ts_ns, symbol="A", price=100.0, size=1.0)])
    desk.quote(99.0, 101.0)
    assert desk.status(one) is OrderStatus.FILLED
