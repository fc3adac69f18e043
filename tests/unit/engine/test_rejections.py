"""The engine keeps the rejections of one bar set, not of a lifetime."""

import numpy as np
import pytest

from scenes import bars_of, fills_of
from tenfold.backtesting.backtest import Own, run_backtest
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, Order, OrderStatus, OrderUpdate, Side, Submit
from tenfold.domain.rules import Limits, Rules, Sizing
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed

BARS = bars_of([100.0, 100.0, 100.0])


def test_rejections_do_not_pile_up():
    bars = bars_of([10.0, 11.0, 12.0, 13.0])
    rules = Rules(sizing=Sizing(method="quantity", quantity=1000), limits=Limits(position_frac_max=1e-9))
    engine = Engine(rules, bars.instruments, [GivenVoter(np.ones((4, 1)), "given", 1.0)], 252.0)
    for moment in BarFeed(bars).events():
        engine.step(moment)
        assert [cut.ts_ns for cut in engine.gate.rejections] == [moment.ts_ns]
    assert engine.gate.bindings["position"] == 4


@pytest.mark.parametrize("restricted", [(), ("A",)])
def test_a_vote_that_is_refused_closes_and_opens_nothing(restricted):
    chosen = Rules(sizing=Sizing(method="quantity", quantity=10), limits=Limits(restricted=restricted))
    engine = Engine(chosen, BARS.instruments, [GivenVoter(np.full(BARS.rows.shape, -1.0), "v", 1.0)], 252.0)
    long = Fill(ts_ns=1, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=7, price=100.0, fee_units=0)
    engine.step(long)
    (command,) = engine.step(next(iter(BarFeed(BARS).events())))
    assert (command.order.side, command.order.qty) == (Side.SELL, 7 if restricted else 17)
    assert [rejection.rule for rejection in engine.gate.rejections] == (["restricted"] if restricted else [])
    assert engine.symbols["A"].wanted == (0 if restricted else -1)


def test_conditions_are_taken_from_the_event():
    chosen = Rules(sizing=Sizing(method="quantity", quantity=10))
    engine = Engine(chosen, BARS.instruments, [GivenVoter(np.full(BARS.rows.shape, 1.0), "v", 1.0)], 252.0)
    first, second, *_ = list(BarFeed(BARS).events())
    assert engine.step(Conditions(ts_ns=1, symbols=(SymbolCondition(symbol="A", halted=True),))) == []
    assert engine.step(first) == []
    assert engine.gate.bindings["halted"] == 1
    engine.step(Conditions(ts_ns=2, symbols=(SymbolCondition(symbol="A"),)))
    assert len(engine.step(second)) == 1


class Stubborn:
    """Send one command again and again."""

    def __init__(self):
        self.entry, self.told = None, []

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate):
            self.told.append((str(event.status), event.text))
        if not isinstance(event, BarSet):
            return []
        self.entry = self.entry or view.submit("A", "buy", 10)
        return [self.entry]


def test_a_name_is_sent_once_and_one_that_was_refused_here_was_not_sent():
    trader = Stubborn()
    engine = Engine(Rules(limits=Limits(order_qty_max=5)), BARS.instruments, [], 252.0, trader)
    first, second, third = BarFeed(BARS).events()
    assert engine.step(first) == []
    engine.gate.change(Limits())
    (command,) = engine.step(second)
    name = command.order.order_id
    engine.step(OrderUpdate(ts_ns=1, order_id=name, symbol="A", status=OrderStatus.REJECTED, text="by the venue"))
    assert engine.step(third) == []  # a venue takes a name once: nobody would ever hear of it
    assert [text for status, text in trader.told if status == "rejected"] == [
        "order: 10 is beyond 5", "by the venue", "an order with this id was sent before",
    ]  # fmt: skip
    assert list(engine.trader.orders.of()) == []


class Stamping:
    """Send three orders at each close, under a stamp of its own."""

    def __init__(self, ts_ns):
        self.ts_ns, self.sent = ts_ns, 0

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        self.sent += 3
        return [
            Submit(order=Order(order_id=f"run-0-{number}", ts_ns=self.ts_ns, symbol="A", side=Side.BUY, qty=1))
            for number in range(self.sent - 2, self.sent + 1)
        ]


@pytest.mark.parametrize("ts_ns", [0, 1 << 62])
def test_what_is_sent_counts_at_its_moment_and_not_at_the_stamp_that_a_strategy_gave_it(ts_ns):
    run = run_backtest(Own(Stamping(ts_ns), "own"), bars_of([100] * 4), Rules(limits=Limits(order_rate_max=2)))
    assert [fill[0] for fill in fills_of(run)] == [1, 1, 2, 2, 3, 3]
    assert run.bindings["order_rate"] == 4


class Naming:
    """Buy once, under a name of its own."""

    def __init__(self, name):
        self.name, self.told = name, []

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate):
            self.told.append((str(event.status), event.text))
        if not isinstance(event, BarSet):
            return []
        return [Submit(order=Order(order_id=self.name, ts_ns=view.ts_ns, symbol="A", side=Side.BUY, qty=1))]


@pytest.mark.parametrize(
    ("name", "sent"),
    [("r-b-2-1", True), ("r-b-1-7", True), ("A-2026-11-23", False), ("r-b-2", False), ("r-2-1", False), ("", False), ("r-b-2-1x1", False),
     ("r-b-2-1.1", False), ("r-b--1", False)],
)  # fmt: skip
def test_a_name_that_may_be_that_of_another_run_is_refused(name, sent):
    trader = Naming(name)
    engine = Engine(Rules(), BARS.instruments, [], 252.0, trader)
    engine.step(Started(ts_ns=0, run="r-b", epoch=2, config_hash="", code_hash=""))
    assert bool(engine.step(next(BarFeed(BARS).events()))) == sent
    assert [status for status, text in trader.told if "view.submit names orders" in text] == ["rejected"] * (not sent)
