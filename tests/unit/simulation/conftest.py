"""Play orders through a few bars at the simulated venue, and tell what became of them."""

from dataclasses import dataclass, replace

import pytest

from scenes import bars_of, rules
from tenfold.domain.events import CashFlow
from tenfold.domain.order import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side, Submit
from tenfold.execution.lifecycle import moved
from tenfold.ledger.ledger import Ledger
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed


@dataclass(frozen=True)
class Played:
    """Hold what the venue reported.

    Attributes
    ----------
    fills : (order, bar, signed lots, price)
    ends : (order, status, lots filled) of each order that ended otherwise than by filling
    status : of every order, at last
    """

    fills: list
    ends: list
    status: dict
    reports: list
    broker: SimulatedBroker

    @property
    def prices(self):
        return [price for _, _, _, price in self.fills]

    @property
    def makers(self):
        return [r.liquidity == "maker" for r in self.reports if isinstance(r, Fill)]


def submitted(terms, now):
    """Return the command for an order, by default one to buy 100 at the market."""
    plain = {"order_id": "o", "side": "buy", "qty": 100, "symbol": "A", "ts_ns": now, "type": "market"} | terms
    return Submit(order=Order(**plain | {"side": Side(plain["side"]), "type": OrderType(plain["type"])}))


class States:
    """Walk the table of moves for every order, and feed a ledger: whatever a test looks at, these hold."""

    def __init__(self, bars, chosen):
        self.ledger = Ledger(bars.instruments, chosen.account.cash)
        self.quantity, self.filled, self.status = {}, {}, {}

    def sent(self, command):
        if isinstance(command, Submit):
            self.quantity.setdefault(command.order.order_id, command.order.qty)
            self.status.setdefault(command.order.order_id, OrderStatus.SUBMITTED)
        elif getattr(command, "qty", None):
            self.quantity[command.order_id] = command.qty

    def told(self, report):
        if isinstance(report, CashFlow):
            self.ledger.credit(report)
            return
        order_id = report.order_id
        before = self.status.get(order_id, OrderStatus.SUBMITTED)
        if isinstance(report, Fill):
            self.ledger.apply(report)
            self.filled[order_id] = self.filled.get(order_id, 0) + report.qty
            done = self.filled[order_id] == self.quantity.get(order_id)
            self.status[order_id] = moved(before, OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED)
        else:
            self.status[order_id] = moved(before, report.status)
            assert report.filled == self.filled.get(order_id, 0)


@pytest.fixture
def play():
    """Return a function that plays bars; `sends` maps a bar to what is sent at its close, -1 before the first.

    What is sent is a command, a function of the time that gives one, or the terms of an order. `changed` maps (bar, field) to
    another value of the row.
    """

    def played(cells, sends, *, days=None, quotes=None, dividends=None, changed=None, tick=0.01, **sections):
        bars = bars_of(cells, days=days, quotes=quotes, dividends=dividends, tick=tick)
        table = bars.rows.copy()
        for (number, name), value in (changed or {}).items():
            table[name][number, 0] = value
        bars, chosen = replace(bars, rows=table), rules(**sections)
        broker, states, reports, numbers = SimulatedBroker(chosen, bars.instruments), States(bars, chosen), [], []

        def send(number, now):
            for one in sends.get(number, ()):
                command = submitted(one, now) if isinstance(one, dict) else (one(now) if callable(one) else one)
                states.sent(command)
                broker.send([command])
            hear(number)

        def hear(number):
            for report in broker.reports():
                states.told(report)
                reports.append(report)
                numbers.append(number)

        send(-1, 1)
        for number, moment in enumerate(BarFeed(bars).events()):
            broker.on_bars(moment)
            hear(number)
            states.ledger.mark(moment.bars)
            states.ledger.verify()
            account = broker.account()
            assert (account.cash, account.equity) == (states.ledger.cash, states.ledger.equity)
            send(number, moment.ts_ns)
        fills = [
            (r.order_id, n, r.side.sign * r.qty, round(r.price, 6))
            for n, r in zip(numbers, reports, strict=True)
            if isinstance(r, Fill)
        ]
        over = {OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED}
        ends = [
            (r.order_id, str(r.status), r.filled) for r in reports if isinstance(r, OrderUpdate) and r.status in over
        ]
        return Played(fills, ends, {name: str(status) for name, status in states.status.items()}, reports, broker)

    return played
