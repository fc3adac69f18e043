"""Whatever is lost, doubled, reordered or answered late, and wherever the process dies: venue and records agree in the end."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from order_swarm import Swarm
from order_world import SECOND, SYMBOLS, World
from tenfold.domain.order import OrderType, Side

INDEX = st.integers(0, 20)
KINDS = st.sampled_from([OrderType.LIMIT, OrderType.MARKET, OrderType.STOP])


class Wires(RuleBasedStateMachine):
    """Let Hypothesis choose what happens next, and shrink what went wrong."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.world.connect()
        self.orders = []

    @rule(symbol=st.sampled_from(SYMBOLS), side=st.sampled_from(list(Side)), qty=st.integers(1, 20), kind=KINDS)
    def submit(self, symbol, side, qty, kind):
        self.orders.append(self.world.submit(symbol, side, qty, kind))

    @rule(qty=st.integers(1, 20), name=st.sampled_from(["bracket", "oto"]), together=st.booleans())
    def bracket(self, qty, name, together):
        entry, legs = self.world.bracket("A", qty, name, together)
        self.orders += [entry, *legs]

    @precondition(lambda self: self.orders)
    @rule(index=INDEX)
    def cancel(self, index):
        self.world.cancel(self.orders[index % len(self.orders)])

    @precondition(lambda self: self.orders)
    @rule(index=INDEX, price=st.sampled_from([8.0, 9.5, 11.0]), qty=st.one_of(st.none(), st.integers(1, 25)))
    def replace(self, index, price, qty):
        order = self.orders[index % len(self.orders)]
        name = "limit_price" if order.limit_price else "stop_price" if order.stop_price else ""
        changes = {name: price} if name else {}
        if qty is not None:
            changes["qty"] = qty
        if changes:
            self.world.replace(order, **changes)

    @rule()
    def pump(self):
        self.world.pump()

    @rule(
        index=INDEX,
        fate=st.sampled_from(["ok", "ok", "lost", "unanswered", "late"]),
        venue=st.sampled_from(["ok", "ok", "partly", "fills"]),
    )
    def request(self, index, fate, venue):
        self.world.deliver_request(index, fate, venue)

    @rule(index=INDEX)
    def refuse(self, index):
        self.world.venue.refusing = True
        self.world.deliver_request(index)
        self.world.venue.refusing = False

    @rule(index=INDEX)
    def answer(self, index):
        self.world.deliver_answer(index)

    @rule(index=INDEX, fate=st.sampled_from(["ok", "ok", "ok", "lost", "doubled", "renamed"]))
    def stream(self, index, fate):
        self.world.deliver_stream(index, fate)

    @rule(index=INDEX, qty=st.integers(1, 20))
    def fill(self, index, qty):
        live = [one for one in self.world.venue.orders.values() if one.left > 0]
        if live:
            one = live[index % len(live)]
            self.world.venue.fill(one, min(qty, one.left))

    @rule(index=INDEX, state=st.sampled_from(["expired", "canceled"]))
    def end(self, index, state):
        live = [one for one in self.world.venue.orders.values() if one.live]
        if live:
            self.world.venue.end(live[index % len(live)], state)

    @rule(index=INDEX, what=st.sampled_from(["bust", "correct"]))
    def take_back(self, index, what):
        world = self.world
        able = [one for one in world.venue.orders.values() if one.executions and one.venue_id not in world.taken]
        if able and world.blotter.register.since_ns:
            one = able[index % len(able)]
            world.bend(one)
            getattr(world.venue, what)(one)

    @rule(qty=st.integers(1, 9), filled=st.booleans(), side=st.sampled_from(list(Side)))
    def by_hand(self, qty, filled, side):
        self.world.venue.outside("A", side, qty, qty if filled else 0)

    @rule(units=st.integers(-9999, 9999))
    def pay(self, units):
        self.world.venue.pay(units)

    @rule(seconds=st.integers(1, 9))
    def wait(self, seconds):
        self.world.time(seconds * SECOND)

    @rule()
    def sever(self):
        self.world.sever()

    @rule()
    def connect(self):
        self.world.connect()

    @rule()
    def crash(self):
        self.world.crash()
        self.world.connect()

    @invariant()
    def holds(self):
        self.world.check()

    def teardown(self):
        self.world.check_rest()


Wires.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWires = Wires.TestCase


@pytest.mark.parametrize("share", range(4))
def test_seeds_that_each_draw_their_own_mishaps(share):
    for seed in range(share * 25, share * 25 + 25):
        Swarm(seed).world.check_rest()
