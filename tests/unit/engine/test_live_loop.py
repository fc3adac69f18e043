"""What is known of orders is told before anything is decided, and a start is taken before what lapses with time."""

from collections import defaultdict

import pytest
from msgspec.structs import replace

from loop_swarm import Drawn
from loop_world import INSTRUMENTS, RULES, LoopWorld, state_of
from tenfold.domain.conditions import Conditions
from tenfold.domain.events import Difference, Halt, Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, OrderStatus, OrderType, OrderUpdate, Side, Submit
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.live_loop import LiveLoop
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import Place
from tenfold.simulation.journal import MemoryJournal


class Told:
    """Do what a plan says: from a moment on at the next event of a kind, one after the other."""

    def __init__(self, plan):
        self.plan = plan
        self.done = 0

    def on_event(self, event, view):
        if self.done == len(self.plan):
            return []
        since_ns, kind, act = self.plan[self.done]
        if event.ts_ns <= since_ns or not isinstance(event, kind):
            return []
        self.done += 1
        return [act(view)]


def buys(symbol="A"):
    return lambda view: view.submit(symbol, "buy", 10, "limit", limit_price=10.0, tif="gtc")


class Scene(LoopWorld):
    """Hold a loop that is ready, and a strategy that does what it is asked."""

    def __init__(self):
        self.plan = []
        drawn = Drawn(
            "told", votes=False, lawful=False, amends=False, pairs=True, auctions=False, reacts=0.0, chances=defaultdict(float)
        )  # fmt: skip
        super().__init__(drawn, self.made)
        self.pump()
        self.connect()
        self.run(2)
        self.show()
        self.run(2)

    def made(self, code):
        rules = replace(RULES, limits=replace(RULES.limits, unknown_max=0))
        return ExitingEngine(rules, INSTRUMENTS, [], 252.0, Told(self.plan))

    def at(self, kind, act):
        """Let something be done at the next event of a kind, and show bars where it is that."""
        self.plan.append((self.now, kind, act))
        if kind is BarSet:
            self.show()

    def show(self):
        self.prices.seed(1)  # no bar is missing
        self.bars()
        self.pump()

    def of(self, kind):
        return [record for record in self.journal if isinstance(record, kind)]

    def place(self, fate="ok"):
        """Let the order that is to be placed arrive, or not, and its answer."""
        index = next(n for n, one in enumerate(self.requests) if isinstance(one, Place))
        self.deliver_request(index, fate)
        self.deliver_answer()
        self.pump()


@pytest.fixture
def scene():
    return Scene()


def test_a_strategy_opens_nothing_between_bars_beside_an_order_that_nobody_knows(scene):
    scene.at(BarSet, buys())
    scene.at(OrderUpdate, buys("B"))
    scene.place("lost")
    assert scene.blotter.unknown == 1
    assert [one.order.symbol for one in scene.of(Submit)] == ["A"]
    assert scene.engine.gate.bindings["unknown"] == 1


def test_it_may_again_as_soon_as_that_is_known(scene):
    scene.at(BarSet, buys())
    scene.place("lost")
    scene.at(OrderUpdate, buys("B"))
    scene.run(8)
    assert [one.order.symbol for one in scene.of(Submit)] == ["A", "B"]
    assert [one.unknown_orders for one in scene.of(Conditions)] == [1, 0]
    assert state_of(scene.replayed(scene.journal)) == state_of(scene.loop)


def test_nothing_is_opened_at_a_fill_while_all_is_compared(scene):
    scene.at(BarSet, buys())
    scene.run(2)
    scene.venue.fill(next(iter(scene.venue.orders.values())), 4)
    scene.sever()
    scene.at(Fill, buys("B"))
    scene.run(8)
    assert scene.engine.ledger.position("A").lots == 4
    assert [one.order.symbol for one in scene.of(Submit)] == ["A"]
    assert scene.engine.gate.bindings["reconciling"] == 1


def test_where_nothing_has_changed_nothing_is_told(scene):
    scene.at(BarSet, buys())
    scene.run(2)
    scene.venue.fill(next(iter(scene.venue.orders.values())), 4)
    scene.run(8)
    assert scene.of(Fill)
    assert not scene.of(Conditions)


def test_what_is_told_of_orders_gives_no_buying_power_back(scene):
    scene.loop.post(Conditions(ts_ns=scene.time(), buying_power_units=150_000_000))
    scene.at(BarSet, buys())
    scene.place("lost")
    scene.at(OrderUpdate, buys("B"))
    scene.run(8)
    assert [one.unknown_orders for one in scene.of(Conditions)] == [0, 1, 0]
    assert [one.order.symbol for one in scene.of(Submit)] == ["A"]
    assert scene.engine.gate.bindings["buying_power"] == 1


def test_what_was_sent_before_a_start_may_be_there_though_it_was_to_leave(scene):
    scene.at(BarSet, buys())
    scene.run(2)
    scene.crash()
    scene.connect()
    scene.run(2)
    (order,) = (one.order for one in scene.of(Submit))
    scene.at(BarSet, lambda view: view.replace(order.order_id, qty=20))
    while not any(isinstance(one, Place) for one in scene.requests):
        scene.deliver_request()
        scene.deliver_answer()
        scene.deliver_stream()
        scene.pump()
    scene.at(BarSet, lambda view: view.cancel(order.order_id))
    scene.crash()  # what is on its way arrives
    assert scene.blotter.register.orders[order.order_id].working
    assert scene.reserved("A") == (0, 20)
    scene.connect()
    scene.run(20)
    assert [one.text for one in scene.of(OrderUpdate) if one.status is OrderStatus.CANCELED][-1] == ""
    assert not scene.of(Difference)


class Repairs:
    """Hold a position with a target and a stop that were sent apart, and send the stop again whenever it ends."""

    def __init__(self):
        self.told = []

    def on_event(self, event, view):
        def stop():
            return view.submit("A", "sell", 10, "stop", stop_price=9.0)

        if isinstance(event, Fill) and event.side is Side.BUY:
            return [view.submit("A", "sell", 10, "limit", limit_price=12.0), stop()]
        if isinstance(event, OrderUpdate) and event.status is OrderStatus.CANCELED:
            self.told.append(event.order_id)
            return [stop()]
        return []


def test_a_strategy_that_answers_its_own_orders_without_end_is_halted_and_the_process_goes_on():
    trader, journal = Repairs(), MemoryJournal()
    engine = ExitingEngine(RULES, INSTRUMENTS, [], 252.0, trader)
    loop = LiveLoop(engine, Blotter(INSTRUMENTS, 100_000.0), journal)
    loop.post(Started(ts_ns=1, run="r", epoch=1, config_hash="", code_hash=""))
    loop.turn(1)
    bought = Fill(ts_ns=2, fill_id="f", order_id="x", symbol="A", side=Side.BUY, qty=10, price=10.0, fee_units=0)
    loop.post(bought)
    loop.turn(2)
    assert 50 < len(trader.told) < 110
    assert [one.operator for one in journal.records() if isinstance(one, Halt)] == ["loop"]
    (leaves,) = [one.order for one in loop.blotter.working() if not one.cancel]
    assert (leaves.side, leaves.qty, leaves.type) == (Side.SELL, 10, OrderType.MARKET)
    loop.turn(3)
    again = LiveLoop(
        ExitingEngine(RULES, INSTRUMENTS, [], 252.0, Repairs()), Blotter(INSTRUMENTS, 100_000.0), MemoryJournal()
    )
    assert again.live_through(journal.records()) == len(list(journal.records()))
    assert again.blotter.digest() == loop.blotter.digest()
