"""Drive the live loop and a moody venue through one seed, swarm style: each seed draws its engine, and its own chance of each mishap.

Left out are splits, and corrections of an order that is just being taken over: that not all of them is counted is known.
"""

import random
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from loop_world import INSTRUMENTS, RULES, LoopWorld
from moody_venue import WAITING
from order_swarm import Swarm
from order_world import SECOND, SYMBOLS
from restless_trader import RestlessTrader
from tenfold.domain.events import Halt, Resume
from tenfold.domain.rules import Entry, Exits, Sizing
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from venue_model import IDLE

STEPS = 240
WEIGHTS = {
    "bars": 13, "request": 18, "answer": 12, "stream": 17, "fill": 14, "wait": 18, "connect": 3, "sever": 1, "take_back": 2, "over": 1,
    "both": 1, "late": 2, "expired": 1, "canceled": 1, "rejected": 1, "idle": 1, "decide": 3, "operate": 2, "by_hand": 3, "hand": 4,
    "pay": 1, "crash": 3,
}  # fmt: skip
MISHAPS = {
    "refused": (0.4, 0.3, 1.0), "stale": (0.4, 0.1, 0.4), "hidden": (0.3, 0.1, 0.4), "incomplete": (0.3, 0.1, 0.4),
    "idle": (0.4, 0.8), "crash": (0.6, 0.2, 0.6), "operate": (0.5, 0.5), "rejected": (0.3, 0.5),
}  # fmt: skip
"""How likely a seed has a mishap at all, and how often it may come then."""
LAWLESS = {
    "take_back": (0.5, 1.0), "over": (0.3, 0.8), "both": (0.3, 1.0), "late": (0.3, 0.3, 1.0), "by_hand": (0.5, 1.0), "hand": (0.4, 1.0),
    "pay": (0.2, 1.0), "other_code": (0.2, 0.3), "original_qty": (0.2, 1.0),
}  # fmt: skip
"""As above, of what a venue or others do there against the rules or behind one's back."""
RARE = frozenset(WEIGHTS) & (MISHAPS.keys() | LAWLESS.keys())
EXITS = (
    Exits(stop_frac=0.05, target_frac=0.05), Exits(stop_frac=0.05), Exits(target_frac=0.05), Exits(trail_frac=0.04, target_frac=0.05),
    Exits(trail_frac=0.04), Exits(stop_frac=0.03, trail_frac=0.02, target_frac=0.06),
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """Hold what a seed has drawn; a `votes` engine counts ballots, any other runs a trader."""

    seed: str
    votes: bool
    lawful: bool
    amends: bool
    pairs: bool
    auctions: bool
    reacts: float
    chances: dict[str, float]


def drawn_of(chance, seed, *, votes, lawful):
    def maybe(likely, *values):
        return chance.choice(values) if chance.random() < likely else 0.0

    lost = chance.choice((0.0, 0.1, 0.3))
    chances = dict.fromkeys(("lost", "unanswered", "doubled", "renamed"), lost)
    chances |= {"late": lost * maybe(0.6, 1.0), "reordered": chance.choice((0.2, 0.8)), "raced": 0.8}
    chances |= {name: maybe(*terms) for name, terms in MISHAPS.items()}
    chances |= {name: 0.0 if lawful else maybe(*terms) for name, terms in LAWLESS.items()}
    return Drawn(
        seed, votes, lawful, amends=chance.random() < 0.8, pairs=chance.random() < 0.85, auctions=chance.random() < 0.25,
        reacts=maybe(0.5, 0.1, 0.3), chances=chances,
    )  # fmt: skip


class LoopSwarm(Swarm):
    """Let one thing happen after the other, each as often as the seed has it."""

    def __init__(self, seed, *, votes, lawful, steps=STEPS):
        name = f"{'votes' if votes else 'trader'} {'lawful' if lawful else 'lawless'} {seed}"
        self.random = random.Random(name)  # noqa: S311 -- a test that repeats
        self.drawn = drawn_of(self.random, name, votes=votes, lawful=lawful)
        self.chances = self.drawn.chances
        self.over_ns = None
        self.filled = None  # the order of the venue that filled last
        self.world = LoopWorld(self.drawn, self.engine)
        self.world.venue.original_qty = self.strikes("original_qty")
        self.world.pump()
        self.world.connect()
        self.world.pump()
        for what in self.random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=steps):
            if self.chances["stale"] and self.random.random() < 0.3:
                self.world.venue.remember()
            if what not in RARE or self.strikes(what):
                getattr(self, what)()
            if self.random.random() < 0.5:
                self.world.pump()
        self.rest()

    def rest(self):
        """Let everything come to an end; what is voted for may still be entered."""
        world = self.world
        world.pump()
        self.over_ns = world.time()
        world.connect()
        world.heal()
        for _ in range(3):
            if self.drawn.votes:
                world.bars()
            world.run(12)
            world.heal()
        world.run(8)
        world.pump()

    # the engine

    def engine(self, code):
        """Return the engine of this seed, as code of that number has it."""
        if not self.drawn.votes:
            trader = RestlessTrader(f"{self.drawn.seed} {code}", self.drawn.reacts, self.ends_ns)
            return ExitingEngine(RULES, INSTRUMENTS, [], 252.0, trader)
        chance = random.Random(f"votes {self.drawn.seed} {code}")  # noqa: S311
        rules = replace(
            RULES, sizing=Sizing(method="quantity", quantity=float(chance.randint(1, 15)), rebalance_frac=chance.choice((None, 0.3))),
            entry=self.entry(chance), exits=chance.choice(EXITS), account=replace(RULES.account, short=chance.random() < 0.8),
        )  # fmt: skip
        return ExitingEngine(rules, INSTRUMENTS, [GivenVoter(scores(chance), "given", 1.0)], 252.0)

    def entry(self, chance):
        if self.drawn.auctions and chance.random() < 0.8:
            return Entry(order=chance.choice(("moo", "moc")))
        kind = chance.choice(("market", "market", "limit", "stop"))
        return Entry(order=kind, offset_frac=0.0 if kind == "market" else 0.001, tif=chance.choice(("gtc", "day")))

    def ends_ns(self):
        """Return when a trader no longer reacts."""
        return float("inf") if self.over_ns is None else self.over_ns

    def bars(self):
        self.world.bars()

    def operate(self):
        """Let an operator halt, or go on."""
        ts_ns = self.world.time()
        halts = self.random.random() < 0.4
        self.world.loop.post(
            Halt(ts_ns=ts_ns, operator="ann", reason="x") if halts else Resume(ts_ns=ts_ns, operator="ann")
        )

    def crash(self):
        self.world.crash(other_code=self.strikes("other_code"))

    def wait(self):
        self.world.pump()
        self.world.time(self.random.choice((1, SECOND // 4, SECOND, 3 * SECOND)))

    # the venue

    def raced(self, request):
        """Return what the venue does when a request arrives."""
        return self.random.choice(["fills", "partly", "stuck"]) if self.strikes("raced", 0.5) else "ok"

    def fill(self, able=lambda one: trades(one) and one.left, more=0):
        """Fill an order that works, or another; by `more` lots than it has left, where that is asked for."""
        one = self.one_of(able)
        if one is not None:
            left = one.qty - one.filled
            self.world.venue.fill(one, left + more if more else self.random.randint(1, left))
            self.filled = one

    def over(self):
        self.fill(more=2)

    def late(self):
        self.fill(lambda one: one.state in {"canceled", "expired"} and one.filled < one.qty)

    def both(self):
        """Fill the other of a pair too."""
        self.fill(
            lambda one: one.partner is not None and one.partner.state == "filled" and one.filled < one.qty
            and (one.live or one.state == "canceled")
        )  # fmt: skip

    def take_back(self):
        """Take the last execution back, or correct its price or its size, unless its order is still to be taken over."""
        one, venue = self.filled, self.world.venue
        if one is None or not one.executions or not self.is_known(one):
            return
        what = self.random.choice(("bust", "correct", "smaller"))
        if what == "bust":
            venue.bust(one)
        else:
            venue.correct(one, less=1 if what == "smaller" and one.executions[-1].qty > 1 else 0)

    def is_known(self, one):
        place = self.world.blotter.register.find(one.venue_id, one.order_id)
        return place is not None and not place[0].external and place[1].venue_id == one.venue_id

    def expired(self, state="expired"):
        one = self.one_of(trades)
        if one is not None:
            self.world.venue.end(one, state)

    def rejected(self):
        one = self.one_of(lambda one: trades(one) and not one.filled)
        if one is not None:
            self.world.venue.end(one, "rejected")

    def idle(self):
        one = self.one_of(lambda one: one.state in {"new", "partially_filled"})
        if one is not None:
            one.state = self.random.choice(IDLE)
            self.world.venue.tell(one, one.state)

    def decide(self):
        one = self.one_of(lambda one: one.state in WAITING)
        if one is not None:
            self.world.venue.decide(one)

    def hand(self):
        """Let somebody else change an order."""
        states = {"new", "partially_filled", "held"}
        one = self.one_of(lambda one: one.state in states and not one.legs and one.filled < one.qty)
        if one is not None:
            self.world.venue.replace_by_hand(one)


def trades(one):
    """Say whether an order of the venue may fill or end on its own."""
    return one.live and one.state not in {"held", "suspended"} and not (one.state == "accepted" and one.replaces)


def scores(chance, sets=400):
    """Return votes (bar sets, symbols) that last for a few bars each."""
    found = np.zeros((sets, len(SYMBOLS)))
    for column in range(len(SYMBOLS)):
        vote = 0.0
        for row in range(sets):
            if chance.random() < 0.35:
                vote = chance.choice((1.0, -1.0, 0.0, 1.0))
            found[row, column] = vote
    return found
