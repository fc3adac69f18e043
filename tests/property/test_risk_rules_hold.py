"""No interleaving gets past a rule: whatever a strategy sends, whatever is told and whatever fills, nothing is opened against a limit.

What is sent is judged anew, from the commands and the reports alone. What lowers the worst that a symbol can come to always passes.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes import bars_of
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import Halt, Resume
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderUpdate, Reason, Replace, Side, Submit
from tenfold.domain.rules import Account, Limits, Rules
from tenfold.engine.engine import Engine
from tenfold.execution.open_orders import OpenOrders
from tenfold.kernels import bounds
from tenfold.risk.rules.crossing import crosses
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

SECOND = 1_000_000_000
SYMBOLS = ("A", "B")


class Wild:
    """Send, change and cancel at random."""

    def __init__(self, chance):
        self.random = chance

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate) and event.status is OrderStatus.REJECTED:
            return []
        draw, commands = self.random, []
        for _ in range(draw.randint(0, 3)):
            working = list(view.orders())
            act = draw.random()
            if working and act < 0.2:
                commands.append(view.cancel(draw.choice(working).order.order_id))
            elif working and act < 0.35:
                commands.append(view.replace(draw.choice(working).order.order_id, qty=draw.choice([1, 5, 30])))
            else:
                symbol, side, qty = draw.choice(SYMBOLS), draw.choice(["buy", "sell"]), draw.choice([1, 5, 5, 20, 60])
                price = view.close(symbol) * draw.choice([0.7, 0.97, 1.0, 1.03, 1.4])
                kind = draw.choice(["market", "limit", "stop"])
                terms = {"limit": {"limit_price": price}, "stop": {"stop_price": price}}.get(kind, {})
                if view.close(symbol) > 0.0:
                    commands.append(view.submit(symbol, side, qty, kind, **terms))
        return commands


class Judge:
    """Hold what was sent and told, and say of each command what it opened."""

    def __init__(self, limits, engine):
        self.limits, self.engine = limits, engine
        self.orders, self.held = OpenOrders(), dict.fromkeys(SYMBOLS, 0)
        self.sent, self.messages, self.halted = [], [], set()
        self.opened = 0

    def hear(self, event):
        if isinstance(event, Fill):
            self.held[event.symbol] += event.side.sign * event.qty
        if isinstance(event, Fill | OrderUpdate):
            self.orders.on_report(event)
        elif isinstance(event, Conditions):
            for one in event.symbols:
                (self.halted.add if one.halted else self.halted.discard)(one.symbol)

    def worst(self, symbol, order=None):
        return max(map(abs, self.orders.worst(symbol, self.held[symbol], order)))

    def opens(self, order):
        """Say whether an order brings the position further to a side, or through zero, and does not by itself close."""
        held = self.held[order.symbol]
        if held * order.side.sign < 0 and order.qty <= abs(held):
            return False
        long, short = self.orders.worst(order.symbol, self.held[order.symbol])
        longer, shorter = self.orders.worst(order.symbol, self.held[order.symbol], order)
        return longer > max(long, 0) or shorter < min(short, 0)

    def see(self, command, stage):
        if isinstance(command, Submit):
            order = command.order
            if order.reason != Reason.ORDER:  # a breaker closes
                assert order.qty <= abs(self.held[order.symbol])
                assert (self.held[order.symbol] > 0) == (order.side is Side.SELL)
            elif self.opens(order):
                self.allow(order, stage)
                self.opened += 1
            self.sent.append(order)
            self.messages.append(order.ts_ns)
            if order.reason == Reason.ORDER:
                self.orders.add(order)
            return
        self.messages.append(command.ts_ns)
        if isinstance(command, Replace):
            changed = self.orders.replaced(command)
            if self.opens(changed):
                assert stage == bounds.OPEN
                assert changed.symbol not in self.limits.restricted
            self.orders.change(changed)

    def allow(self, order, stage):
        """Assert that nothing speaks against an order that opens."""
        limits, now = self.limits, order.ts_ns
        assert stage == bounds.OPEN
        assert order.symbol not in limits.restricted
        assert order.symbol not in self.halted
        start = now - limits.rate_window_s * SECOND
        assert sum(one.ts_ns > start for one in self.sent) < limits.order_rate_max
        assert sum(at > start for at in self.messages) < limits.message_rate_max
        same = [one for one in self.sent if (one.symbol, one.side, one.qty, one.type, one.limit_price, one.stop_price)
                == (order.symbol, order.side, order.qty, order.type, order.limit_price, order.stop_price)]  # fmt: skip
        assert all(now - one.ts_ns >= limits.duplicate_window_s * SECOND for one in same)
        assert not any(crosses(order, one.order) for one in self.orders.of(order.symbol))
        close = self.engine.ledger.closes[order.symbol]
        price = order.limit_price or order.stop_price
        assert price is None or abs(price - close) <= limits.collar_frac_max * close * (1 + 1e-9)
        ledger = self.engine.ledger
        if self.worst(order.symbol, order) <= self.worst(order.symbol):
            return  # turned around, and no more at risk
        assert order.qty <= limits.order_qty_max
        worth = self.worst(order.symbol, order) * ledger.mark_of(order.symbol)
        assert worth <= limits.position_frac_max * ledger.equity * (1 + 1e-9)
        others = sum(self.worst(symbol) * ledger.mark_of(symbol) for symbol in SYMBOLS if symbol != order.symbol)
        assert worth + others <= limits.gross_frac_max * ledger.equity * (1 + 1e-9)


@st.composite
def scenes(draw):
    limits = Limits(
        position_frac_max=draw(st.sampled_from([0.1, 0.5])), gross_frac_max=draw(st.sampled_from([0.15, 0.6])),
        daily_loss_frac_max=draw(st.sampled_from([0.003, 0.05])), cascade=draw(st.sampled_from([(), (0.3, 0.6, 0.9)])),
        order_qty_max=draw(st.sampled_from([5.0, 30.0])), collar_frac_max=draw(st.sampled_from([0.05, 0.35])),
        order_rate_max=draw(st.integers(1, 6)), message_rate_max=draw(st.integers(2, 9)),
        rate_window_s=draw(st.sampled_from([1.0, 7200.0])), duplicate_window_s=draw(st.sampled_from([1.0, 7200.0])),
        refuse_self_cross=True, restricted=draw(st.sampled_from([(), ("B",)])), quality_min=50.0,
        losses_max=draw(st.sampled_from([None, 2])), reset_sessions=draw(st.sampled_from([None, 1])),
    )  # fmt: skip
    chance = draw(st.randoms(use_true_random=False))
    cells = []
    for _ in SYMBOLS:
        level, column = 100.0, []
        for _ in range(12):
            move = level * chance.uniform(0.96, 1.04)
            column.append((level, max(level, move) * 1.01, min(level, move) * 0.99, move))
            level = move
        cells.append(column)
    bars = bars_of(*cells, days=None)
    return Rules(account=Account(cash=10_000.0, leverage_max=4.0), limits=limits), bars, chance


def told(chance, ts_ns):
    """Return what may come between two bars."""
    roll = chance.random()
    if roll < 0.3:
        one = SymbolCondition(symbol=chance.choice(SYMBOLS), halted=chance.random() < 0.5)
        return [Conditions(ts_ns=ts_ns, quality=chance.choice([100.0, 100.0, 80.0, 40.0]), symbols=(one,))]
    if roll < 0.4:
        return [Halt(ts_ns=ts_ns, operator="ann", reason="x")]
    return [Resume(ts_ns=ts_ns, operator="ann")] if roll < 0.6 else []


def lived(rules, bars, chance):
    """Return the judge of a run in which everything that was sent was allowed."""
    engine = Engine(rules, bars.instruments, [], 252.0, Wild(chance))
    broker, judge = SimulatedBroker(rules, bars.instruments), Judge(rules.limits, engine)

    def step(event):
        judge.hear(event)
        found = engine.step(event)
        for command in found:
            judge.see(command, engine.breaker.stage)  # a session resets before anybody is asked
        return found

    for moment in BarFeed(bars).events():
        broker.on_bars(moment)
        events = [*broker.reports(), *told(chance, moment.ts_ns), moment]
        while events:
            broker.send([command for event in events for command in step(event)])
            events = broker.reports()
    engine.ledger.verify()
    assert broker.account().cash == engine.ledger.cash
    return judge


@settings(max_examples=150, deadline=None)
@given(scenes())
def test_nothing_is_opened_against_a_rule(scene):
    lived(*scene)


def test_the_scenes_open_something():
    scene = Limits(
        position_frac_max=0.5, gross_frac_max=0.6, daily_loss_frac_max=0.5, order_qty_max=30.0, collar_frac_max=0.35,
        order_rate_max=99, message_rate_max=99, rate_window_s=1.0, duplicate_window_s=1.0, refuse_self_cross=True,
    )  # fmt: skip
    bars = bars_of([100.0 + n for n in range(12)], [100.0 - n for n in range(12)])
    rules = Rules(account=Account(cash=10_000.0, leverage_max=4.0), limits=scene)
    assert sum(lived(rules, bars, random.Random(seed)).opened for seed in range(10)) > 20  # noqa: S311


def test_a_judge_sees_what_is_against_a_rule():
    bars = bars_of([100.0] * 3, [100.0] * 3)
    rules = Rules(limits=Limits(restricted=("A",)))
    judge = Judge(rules.limits, Engine(rules, bars.instruments, [], 252.0, Wild(None)))
    order = Engine(rules, bars.instruments, [], 252.0, Wild(None)).trader.view.submit("A", "buy", 5).order
    with pytest.raises(AssertionError):
        judge.allow(order, bounds.OPEN)
    with pytest.raises(AssertionError):
        judge.allow(order, bounds.STOPPED)


def test_cancels_pass_in_every_state():
    bars = bars_of([100.0] * 6, [100.0] * 6)
    rules = Rules(
        account=Account(cash=10_000.0, leverage_max=4.0),
        limits=Limits(order_rate_max=1, message_rate_max=1, quality_min=50.0),
    )

    class Canceling:
        def __init__(self):
            self.sent = 0

        def on_event(self, event, view):
            if not self.sent:
                self.sent = 1
                return [view.submit("A", "buy", 1, "limit", limit_price=1.0)]
            return [view.cancel(one.order.order_id) for one in view.orders()]

    engine = Engine(rules, bars.instruments, [], 252.0, Canceling())
    first, second, *_ = BarFeed(bars).events()
    assert isinstance(engine.step(first)[0], Submit)
    engine.breaker.stage = bounds.STOPPED
    assert isinstance(engine.step(second)[0], Cancel)
