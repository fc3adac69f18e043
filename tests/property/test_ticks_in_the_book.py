"""Whatever ticks and orders come, a backtest in the book keeps money, positions and states in order, and the book holds its orders alone."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from naive_flows import command_of, conventions, flows, markets

from tenfold.domain.market import Quote, Trade
from tenfold.domain.order import Fill, OrderStatus, OrderUpdate, Submit
from tenfold.execution.lifecycle import moved
from tenfold.ledger.ledger import Ledger
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed


@dataclass(frozen=True)
class Levels:
    ts_ns: int
    levels: tuple
    snapshot: bool


@st.composite
def ticks(draw, bars):
    """Return quotes (crossed ones too), prints of any size and changes of depth within the bars, in the order of their time."""
    found = []
    for row in bars.rows[:, 0]:
        opens, closes = int(row["open_ns"]), int(row["ts_ns"])
        middle = round(float(row["close"]) * 64) if row["close"] > 0.0 else 3200
        count = draw(st.integers(0, 4))
        for number in range(count):
            ts_ns = opens + (closes - opens) * (number + 1) // (count + 1)
            price = max(middle + draw(st.integers(-200, 200)), 128) / 64
            kind = draw(st.integers(0, 2))
            if kind == 0:
                sizes = {"bid_size": draw(st.integers(0, 200)), "ask_size": draw(st.integers(1, 200))}
                bid = price - draw(st.integers(-1, 9)) / 64
                found.append(Quote(ts_ns=ts_ns, symbol="A", bid=bid, ask=price, **sizes))
            elif kind == 1:
                size = draw(st.integers(1, 300)) / draw(st.sampled_from([1, 2, 3]))
                found.append(Trade(ts_ns=ts_ns, symbol="A", price=price, size=size))
            else:
                one = st.tuples(st.sampled_from([1, -1]), st.integers(-9, 9), st.integers(0, 150))
                drawn = draw(st.lists(one, min_size=1, max_size=3))
                levels = tuple((side, price + away / 64, float(qty)) for side, away, qty in drawn)
                found.append(Levels(ts_ns, levels, draw(st.integers(0, 5)) == 0))
    return found


class Heard:
    """Walk the table of moves for every order, and feed a ledger."""

    def __init__(self, bars, chosen):
        self.ledger = Ledger(bars.instruments, chosen.account.cash)
        self.qty, self.filled, self.status, self.last_ns = {}, {}, {}, 0

    def sent(self, command):
        if isinstance(command, Submit):
            self.qty.setdefault(command.order.order_id, command.order.qty)
            self.status.setdefault(command.order.order_id, OrderStatus.SUBMITTED)
        elif getattr(command, "qty", None):
            self.qty[command.order_id] = command.qty

    def hear(self, reports):
        assert [one.ts_ns for one in reports] == sorted(one.ts_ns for one in reports)
        for one in reports:
            before = self.status.get(one.order_id, OrderStatus.SUBMITTED)
            if isinstance(one, Fill):
                self.ledger.apply(one)
                self.filled[one.order_id] = self.filled.get(one.order_id, 0) + one.qty
                done = self.filled[one.order_id] == self.qty.get(one.order_id)
                self.status[one.order_id] = moved(before, OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED)
            elif isinstance(one, OrderUpdate):
                self.status[one.order_id] = moved(before, one.status)
                assert one.filled == self.filled.get(one.order_id, 0)


@settings(max_examples=60)
@given(st.data())
def test_any_ticks_and_orders(data):
    bars, (_, chosen) = data.draw(markets()), data.draw(conventions())
    flow, played = data.draw(flows(bars)), data.draw(ticks(bars))
    broker, heard = SimulatedBroker(chosen, bars.instruments, {"A": played}), Heard(bars, chosen)
    desk = broker._desks["A"]
    for number, moment in enumerate(BarFeed(bars).events()):
        broker.on_bars(moment)
        heard.hear(broker.reports())
        heard.ledger.mark(moment.bars)
        heard.ledger.verify()
        for command in flow[number]:
            one = command_of(command, moment.ts_ns)
            heard.sent(one)
            broker.send([one])
            heard.hear(broker.reports())
        assert broker.account().cash == heard.ledger.cash
        assert desk.lots == heard.ledger.position("A").lots
        ours = {order.order_id for order in desk._market.orders() if order.order_id > 0}
        assert ours <= set(desk._by_number)
        assert {one.order.order_id for one in desk._by_number.values()} <= set(desk.working)
