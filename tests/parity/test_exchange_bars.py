"""The exchange fills from bars what the backtest fills: the same orders, sizes, prices, moments, fees and ends."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from naive_flows import command_of, conventions, flows, markets

from tenfold.domain.order import Cancel, Fill, OrderStatus, Replace, Submit
from tenfold.exchange.events import Edge
from tenfold.exchange.matching.bars import BarMatching
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket
from tenfold.exchange.wire import nano_of
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

KINDS = {"lit": "limit", "moo": "market", "moc": "market"}
TIFS = {"moo": "opg", "moc": "cls"}


def plain(command):
    """Return a command in terms that a ticket has, or None."""
    if command[0] == "submit":
        terms = dict(command[1])
        for name in ("exits", "until"):
            terms.pop(name, None)
        if terms.get("family") != "oco":
            terms.pop("family", None), terms.pop("parent", None)
        if terms["kind"] == "lit":
            terms.pop("stop")
        terms["tif"] = TIFS.get(terms["kind"], "gtc" if terms["tif"] == "gtd" else terms["tif"])
        terms["kind"] = KINDS.get(terms["kind"], terms["kind"])
        return ("submit", terms)
    return None if command[0] == "flatten" else command


def ticket_of(order, qty):
    def nano(price):
        return None if price is None else nano_of(price)

    return Ticket(
        order_id=order.order_id, owner="me", symbol=order.symbol, side=order.side.sign, kind=str(order.type), tif=order.tif,
        qty=qty * NANO, ts_ns=order.ts_ns, limit=nano(order.limit_price), stop=nano(order.stop_price), trail=nano(order.trail),
        trail_frac=order.trail_frac, group=order.parent_id or "",
    )  # fmt: skip


class Both:
    """Send the same to the simulated broker and to the exchange, and keep what each told."""

    def __init__(self, bars, chosen):
        self.broker, self.exchange = SimulatedBroker(chosen, bars.instruments), BarMatching(bars.instruments, chosen)
        self.fills, self.ends, self.theirs, self.their_ends = [], {}, [], {}
        self.fees = []

    def take(self, outcomes):
        for one in outcomes:
            if isinstance(one, Execution):
                self.fills.append((one.order_id, one.qty // NANO, one.price, one.ts_ns, one.maker))
                self.fees.append(one.fee)
            elif isinstance(one, Ended):
                self.ends[one.order_id] = one.status

    def send(self, command):
        known = self.broker._desks["A"].working.get(getattr(command, "order_id", ""))
        if isinstance(command, Replace) and known is not None and known.order.stop_price is None:
            command = structs.replace(command, stop_price=None)  # meant for what `plain` made a limit order
        self.broker.send([command])
        match command:
            case Submit(order=order):
                self.take(self.exchange.submit(ticket_of(order, order.qty)))
            case Cancel(order_id=order_id, ts_ns=now):
                if self.exchange.cancel(order_id, now):
                    self.ends[order_id] = "canceled"
            case Replace(order_id=order_id, ts_ns=now):
                self.replace(known, order_id, now)

    def replace(self, known, order_id, now):
        if known is None:
            assert not self.exchange.cancel(order_id, now)
        elif known.left == 0:
            assert self.exchange.cancel(order_id, now)
            self.ends[order_id] = "canceled"
        else:
            self.take(self.exchange.amend(ticket_of(known.order, abs(known.left)), order_id))

    def hear(self):
        for report in self.broker.reports():
            if isinstance(report, Fill):
                self.theirs.append(
                    (report.order_id, report.qty, nano_of(report.price), report.ts_ns, report.liquidity == "maker")
                )
                assert abs(self.fees[len(self.theirs) - 1] - 1000 * report.fee_units) <= 500
            elif report.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED}:
                self.their_ends[report.order_id] = str(report.status)


@settings(max_examples=150)
@given(st.data())
def test_the_exchange_fills_as_the_backtest_does(data):
    bars, (_, chosen) = data.draw(markets()), data.draw(conventions())
    flow = data.draw(flows(bars))
    both = Both(bars, chosen)
    for number, moment in enumerate(BarFeed(bars).events()):
        both.broker.on_bars(moment)
        for bar in moment.bars:
            both.take(both.exchange.on_market(bar))
        both.take(both.exchange.on_market(Edge(ts_ns=moment.ts_ns, kind="open", day=moment.session)))
        both.hear()
        assert (both.fills, both.ends) == (both.theirs, both.their_ends)
        for command in filter(None, map(plain, flow[number])):
            both.send(command_of(command, moment.ts_ns))
        both.hear()
        assert (both.fills, both.ends) == (both.theirs, both.their_ends)
