"""What every broker promises: commands in, reports out, an account that follows from its reports."""

import pytest

from scenes import bars_of, rules
from tenfold.domain.events import CashFlow
from tenfold.domain.market import Quote, Trade
from tenfold.domain.order import Cancel, Fill, Order, OrderStatus, OrderUpdate, Side, Submit
from tenfold.execution.lifecycle import WORKING
from tenfold.ledger.ledger import Ledger
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

BARS = bars_of([50.0, 51.0, 52.0, 53.0], [10.0, 11.0, 10.0, 9.0], dividends={(2, 0): 0.5})


class Simulated:
    """Drive the simulated broker: time passes where it is shown the next bars."""

    def __init__(self):
        chosen = rules(costs={"fee_frac": 0.001})
        self.broker = SimulatedBroker(chosen, BARS.instruments)
        self.ledger = Ledger(BARS.instruments, chosen.account.cash)
        self._moments = BarFeed(BARS).events()

    def wait(self):
        moment = next(self._moments)
        self.broker.on_bars(moment)
        self.ledger.mark(moment.bars)


class InTheBook(Simulated):
    """Drive the simulated broker over ticks: a quote and a print of each symbol in every bar."""

    def __init__(self):
        super().__init__()
        chosen = rules(costs={"fee_frac": 0.001})
        told = {symbol: list(self.ticks(symbol, column)) for column, symbol in enumerate(BARS.symbols)}
        self.broker = SimulatedBroker(chosen, BARS.instruments, told)

    def ticks(self, symbol, column):
        for row in BARS.rows[:, column]:
            ts_ns, price = int(row["open_ns"]), float(row["open"])
            yield Quote(ts_ns=ts_ns, symbol=symbol, bid=price - 0.01, ask=price + 0.01, bid_size=50, ask_size=50)
            yield Trade(ts_ns=ts_ns + 1, symbol=symbol, price=price, size=5)


BROKERS = {"simulated": Simulated, "in the book": InTheBook}


@pytest.fixture(params=BROKERS)
def venue(request):
    return BROKERS[request.param]()


def submit(order_id, symbol="A", side=Side.BUY, qty=10):
    return Submit(order=Order(order_id=order_id, ts_ns=1, symbol=symbol, side=side, qty=qty))


def book(venue, reports):
    for report in reports:
        if isinstance(report, Fill):
            venue.ledger.apply(report)
        elif isinstance(report, CashFlow):
            venue.ledger.credit(report)


def test_a_fresh_broker_is_flat(venue):
    assert venue.broker.reports() == []
    assert venue.broker.positions() == {}
    assert venue.broker.account().open_orders == 0


def test_fills_carry_the_order_and_are_reported_once(venue):
    venue.broker.send([submit("one")])
    venue.wait()
    fills = [report for report in venue.broker.reports() if isinstance(report, Fill)]
    assert {fill.order_id for fill in fills} == {"one"}
    assert sum(fill.qty for fill in fills) == 10
    assert len({fill.fill_id for fill in fills}) == len(fills)
    assert not [report for report in venue.broker.reports() if isinstance(report, Fill)]


def test_account_and_positions_follow_from_the_reports(venue):
    venue.broker.send([submit("one"), submit("two", "B", Side.SELL, 7)])
    for _ in range(3):
        venue.wait()
        book(venue, venue.broker.reports())
    account = venue.broker.account()
    assert account.cash == venue.ledger.cash
    assert venue.broker.positions() == {"A": 10, "B": -7}
    venue.ledger.mark(())
    assert (account.equity, account.net, account.gross) == (
        venue.ledger.equity, venue.ledger.net, venue.ledger.gross,
    )  # fmt: skip
    venue.ledger.verify()


def test_a_cancelled_order_ends_and_does_not_fill(venue):
    venue.broker.send([submit("one"), Cancel(order_id="one", ts_ns=1, symbol="A")])
    venue.wait()
    reports = venue.broker.reports()
    assert not [report for report in reports if isinstance(report, Fill)]
    (update,) = [report for report in reports if isinstance(report, OrderUpdate)]
    assert update.status is OrderStatus.CANCELED
    assert update.status not in WORKING


def test_an_order_for_nothing_known_is_rejected(venue):
    venue.broker.send([submit("one", symbol="NONE")])
    (update,) = venue.broker.reports()
    assert (update.order_id, update.status) == ("one", OrderStatus.REJECTED)
    assert update.text
