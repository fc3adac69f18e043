"""An exchange's trading side with a venue that does what the test tells it."""

import msgspec
import pytest

from tenfold.domain.market import Quote, Trade
from tenfold.domain.session import Session
from tenfold.exchange.api.assets import Asset, Assets
from tenfold.exchange.events import Edge
from tenfold.exchange.faults import Faults, Switch
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.settings import AccountSettings, TradingSettings
from tenfold.exchange.trading.queries import ActivityQuery, OrdersQuery
from tenfold.exchange.trading.request import decode_order, decode_replace
from tenfold.exchange.trading.trading import Trading
from tenfold.exchange.wire import Ids, named_uuid, nano, parse_day, parse_time

DAY = parse_day("2026-11-20")  # a Friday
NOON = parse_time("2026-11-20T12:00:00-05:00")
SECOND = NANO


def at(clock, day="2026-11-20"):
    return parse_time(f"{day}T{clock}-05:00")


class Venue:
    """Hold tickets, and fill them when it is told to."""

    def __init__(self):
        self.tickets = {}
        self.at_once = None  # price at which everything fills as it comes
        self.told = []

    def submit(self, ticket: Ticket):
        if self.at_once is not None:
            return [Execution(order_id=ticket.order_id, ts_ns=ticket.ts_ns, qty=ticket.qty, price=nano(self.at_once))]
        self.tickets[ticket.order_id] = ticket
        return []

    def cancel(self, order_id, ts_ns):
        return self.tickets.pop(order_id, None) is not None

    def amend(self, ticket, old_id):
        if self.tickets.pop(old_id, None) is None:
            return None
        return self.submit(ticket)

    def on_market(self, event):
        told, self.told = self.told, []
        return told

    def on_time(self, ts_ns):
        return []

    def next_due_ns(self):
        return None

    def fill(self, order, price, qty=None, ts_ns=NOON, fee="0"):
        ticket = next(t for t in self.tickets.values() if t.order_id.startswith(order.id))
        size = ticket.qty if qty is None else nano(qty)
        del self.tickets[ticket.order_id]
        if size < ticket.qty:
            self.tickets[ticket.order_id] = msgspec.structs.replace(ticket, qty=ticket.qty - size)
        self.told.append(Execution(order_id=ticket.order_id, ts_ns=ts_ns, qty=size, price=nano(price), fee=nano(fee)))

    def end(self, order, status, ts_ns=NOON):
        ticket = next(t for t in self.tickets.values() if t.order_id.startswith(order.id))
        del self.tickets[ticket.order_id]
        self.told.append(Ended(order_id=ticket.order_id, ts_ns=ts_ns, status=status))


class Desk:
    """Hold a trading side and what a test does with it."""

    account = "one"

    def __init__(self, settings, venue=None, assets=None):
        self.faults = Faults(seed=1)
        self.latest = Latest()
        self.venue = Venue() if venue is None else venue
        self.assets = assets or Assets(
            [
                *(Asset(id=named_uuid(s), symbol=s) for s in ("AAPL", "MSFT")),
                Asset(id=named_uuid("HARD"), symbol="HARD", easy_to_borrow=False, fractionable=False),
                Asset(id=named_uuid("LONG"), symbol="LONG", shortable=False),
                Asset(id=named_uuid("GONE"), symbol="GONE", tradable=False),
                Asset(
                    id=named_uuid("BTC/USD"), symbol="BTC/USD", asset_class="crypto", exchange="CRYPTO", marginable=False,
                    shortable=False, min_order_size="0.0001", min_trade_increment="0.0001", price_increment="0.5",
                ),
            ]
        )  # fmt: skip
        days = [DAY - 1, DAY, DAY + 3, DAY + 4]
        self.sessions = Sessions(
            Session(
                day=d,
                open_ns=at("09:30:00") + (d - DAY) * 86400 * NANO,
                close_ns=at("16:00:00") + (d - DAY) * 86400 * NANO,
            )
            for d in days
        )
        self.trading = Trading(settings, self.assets, self.sessions, self.venue, self.latest, self.faults, Ids(1))
        self.now = NOON
        for symbol in self.assets:
            self.quote(symbol, 99.99, 100.01)
            self.trade(symbol, 100.0)
        self.take()

    def quote(self, symbol, bid, ask):
        self.event(Quote(ts_ns=self.now, symbol=symbol, bid=bid, ask=ask, bid_size=100.0, ask_size=100.0))

    def trade(self, symbol, price):
        self.event(Trade(ts_ns=self.now, symbol=symbol, price=price, size=100.0))

    def event(self, event):
        self.now = max(self.now, event.ts_ns)
        self.latest.on_market(event)
        self.trading.on_market(event)

    def edge(self, kind, day=DAY):
        edge = next(one for one in self.sessions.edges(day) if one.kind == kind)
        self.event(Edge(ts_ns=edge.ts_ns, kind=kind, day=day))

    def run(self, seconds=0.0):
        self.now += round(seconds * NANO)
        self.trading.on_time(self.now)

    def submit(self, **asked):
        body = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day", **asked}
        body = {name: value for name, value in body.items() if value is not None}
        self.answer = self.trading.submit(self.account, decode_order(msgspec.json.encode(body)), self.now)
        return self.trading._b.orders[self.answer.id]

    def replace(self, order, **asked):
        asked_for = decode_replace(msgspec.json.encode(asked))
        self.answer = self.trading.replace(self.account, order.id, asked_for, self.now)
        return self.trading._b.orders[self.answer.id]

    def cancel(self, order):
        self.trading.cancel(self.account, order.id, self.now)

    def fill(self, order, price, qty=None, fee="0"):
        self.venue.fill(order, price, qty, self.now, fee)
        self.settle()

    def end(self, order, status):
        self.venue.end(order, status, self.now)
        self.settle()

    def settle(self):
        self.event(Trade(ts_ns=self.now, symbol="ELSE", price=1.0, size=1.0))

    def hold(self, symbol="AAPL", qty="10", price="100", side="buy"):
        order = self.submit(symbol=symbol, qty=qty, side=side, time_in_force="gtc" if "/" in symbol else "day")
        self.fill(order, price)
        self.take()
        return order

    def fault(self, name, **switch):
        self.faults.set(name, Switch(**switch))

    def take(self):
        return self.trading.take_updates()

    def events(self):
        return [(update.event, update.order["id"]) for update in self.take()]

    def names(self):
        return [update.event for update in self.take()]

    def orders(self, **query):
        return self.trading.orders(self.account, OrdersQuery(**query), self.now)

    def activities(self, **query):
        return self.trading.activities(self.account, ActivityQuery(**query), self.now)

    def view(self):
        return self.trading.account_view(self.account, self.now)

    def position(self, symbol="AAPL"):
        return self.trading.position(self.account, symbol, self.now)


@pytest.fixture
def make_desk():
    def make(**changes):
        return Desk(TradingSettings(accounts=(AccountSettings(name="one", cash=100_000.0),), **changes))

    return make


@pytest.fixture
def desk(make_desk):
    return make_desk()
