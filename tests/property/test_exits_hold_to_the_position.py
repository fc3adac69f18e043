"""A vote that enters, leaves and turns round with exits attached, at a venue that fills in parts: what closes never exceeds what is held."""

import random

import numpy as np
import pytest

from order_world import SECOND, World
from scenes import bars_of, rules
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, OrderStatus, Replace, Side, Submit
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed

BARS = 40


class Vote(World):
    """Drive an engine with attached exits over the wires, by a seed."""

    def __init__(self, seed, **exits):
        self.random = random.Random(seed)  # noqa: S311 -- a test that repeats
        bars = bars_of([10.0] * BARS, [10.0] * BARS)
        scores = np.array([[self.random.choice((1.0, 1.0, 0.0, -1.0)), 0.0] for _ in range(BARS)])
        voter = GivenVoter(np.repeat(scores[::3], 3, axis=0)[:BARS], "given", 1.0)
        chosen = rules(exits=exits, sizing={"quantity": 20.0}, matching={"crosses_zero": False})
        self.engine = ExitingEngine(chosen, bars.instruments, [voter], 252.0)
        self.moments = [event for event in BarFeed(bars).events() if isinstance(event, BarSet)]
        self.lived = 0
        self.deepest = 0
        super().__init__()

    def keep(self, *records):
        super().keep(*records)
        self.decide()

    def interpret(self, report):
        super().interpret(report)
        self.decide()

    def pump(self):
        super().pump()
        self.decide()

    def decide(self):
        """Let the engine live through what is new in the journal, and keep what it commands."""
        while self.lived < len(self.journal):
            record = self.journal[self.lived]
            self.lived += 1
            if not isinstance(record, Submit | Cancel | Replace):
                self.keep(*self.engine.step(record))
        self.check_exits()

    def check_exits(self):
        """I11, by the venue's own books: nothing that closes may take more than the position."""
        closes = {key for key, one in self.blotter.register.orders.items() if one.closes}
        for symbol, lots in self.venue.lots.items():
            leaving = 0
            for one in self.venue.orders.values():
                place = self.blotter.register.find(one.venue_id, one.order_id)
                ours = place is not None and place[0].order.order_id in closes
                if one.symbol == symbol and ours and one.leads:
                    leaving += one.left
                    assert one.left == 0 or (one.side is Side.SELL) == (lots > 0), (symbol, lots)
            assert leaving <= abs(lots), (symbol, leaving, lots)
            self.deepest = max(self.deepest, leaving)

    def step(self):
        """Let something happen."""
        kind = self.random.random()
        if kind < 0.12 and self.moments:
            self.keep(self.moments.pop(0))
        elif kind < 0.35:
            alive = [one for one in self.venue.orders.values() if one.left > 0]
            if alive:
                one = self.random.choice(alive)
                self.venue.fill(one, self.random.randint(1, one.left))
        elif kind < 0.6:
            self.pump()
        elif kind < 0.75:
            self.deliver_request(at_venue=self.random.choice(("ok", "ok", "fills", "partly")))
        elif kind < 0.85:
            self.deliver_answer(self.random.randrange(3))
        elif kind < 0.97:
            self.deliver_stream(0, self.random.choice(("ok",) * 8 + ("doubled", "lost")))
        else:
            self.time(self.random.randint(1, 3) * SECOND // 2)


EXITS = [{"stop_frac": 0.1}, {"stop_frac": 0.1, "target_frac": 0.2}, {"trail_frac": 0.1, "target_frac": 0.2}]


@pytest.mark.parametrize("exits", EXITS, ids=["stop", "both", "trail"])
@pytest.mark.parametrize("seed", range(12))
def test_what_closes_never_exceeds_what_is_held(seed, exits):
    world = Vote(seed, **exits)
    world.connect()
    world.run()
    for _ in range(500):
        world.step()
    world.heal()
    held = world.venue.lots["A"]
    assert world.engine.ledger.position("A").lots == held
    assert world.deepest > 0
    state = world.engine.symbols["A"]
    if held and not state.pending and not any(record.status is OrderStatus.REJECTED for record in updates(world)):
        resting = [one for one in world.venue.orders.values() if one.live and one.symbol == "A" and one.leads]
        assert sum(one.left for one in resting) == abs(held)
    world.check_rest()


def updates(world):
    return [record for record in world.journal if hasattr(record, "part_status")]
