"""Drive order management and a venue through one seed, swarm style: each seed draws its own chance of each mishap."""

import random

from order_world import SECOND, SYMBOLS, World
from tenfold.domain.order import OrderType, Side
from tenfold.execution.reports import Amend

KINDS = [OrderType.LIMIT, OrderType.MARKET, OrderType.STOP]
WEIGHTS = {
    "submit": 8, "bracket": 3, "cancel": 4, "replace": 5, "pump": 20, "request": 15, "answer": 13, "stream": 14, "fill": 10,
    "crash": 1, "sever": 1, "connect": 1, "bust": 1, "correct": 1, "by_hand": 1, "expired": 1, "canceled": 1, "wait": 1, "pay": 1,
    "late": 1, "close": 4, "resize": 3,
}  # fmt: skip
RARE = frozenset({"crash", "sever", "bust", "correct", "by_hand", "expired", "canceled", "pay", "late"})


class Swarm:
    """Let one thing happen after the other, each as often as the seed has it."""

    def __init__(self, seed, steps=120):
        self.random = random.Random(seed)  # noqa: S311 -- a test that repeats
        self.world = World(amends=self.random.random() < 0.7, pairs=self.random.random() < 0.8)
        self.chances = {
            name: self.random.random() ** 2
            for name in [
                "lost",
                "unanswered",
                "late",
                "doubled",
                "renamed",
                "reordered",
                "refused",
                "raced",
                *sorted(RARE),
            ]
        }
        self.orders = []
        self.world.connect()
        for name in self.random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=steps):
            if name not in RARE or self.strikes(name):
                getattr(self, name)()

    def strikes(self, name, share=1.0):
        return self.random.random() < self.chances[name] * share

    def fate(self, *names):
        return next((name for name in names if self.strikes(name, 0.3)), "ok")

    def index(self):
        return self.random.randrange(20) if self.strikes("reordered") else 0

    def one_of(self, able):
        """Return one of the venue's orders of which something holds, or None."""
        found = [one for one in self.world.venue.orders.values() if able(one)]
        return self.random.choice(found) if found else None

    # the engine

    def submit(self):
        pick = self.random.choice
        self.orders.append(self.world.submit(pick(SYMBOLS), pick(list(Side)), self.random.randint(1, 20), pick(KINDS)))

    def close(self):
        """Submit what may only lower a position, or two such of which one cancels the other."""
        symbol = self.random.choice(SYMBOLS)
        held = self.world.blotter.reconciliation.lots[symbol]
        if not held:
            return
        side, qty = (Side.SELL if held > 0 else Side.BUY), self.random.randint(1, abs(held))
        kinds = self.random.choice([[OrderType.MARKET], [OrderType.STOP], [OrderType.LIMIT, OrderType.STOP]])
        self.world.number += 1
        pair = {"order_class": "oco", "parent_id": f"pair{self.world.number}"} if len(kinds) > 1 else {}
        at = self.world.time()
        self.orders += [self.world.submit(symbol, side, qty, kind, at, closes=True, **pair) for kind in kinds]

    def bracket(self):
        pick = self.random.choice
        entry, legs = self.world.bracket(
            pick(SYMBOLS),
            self.random.randint(1, 20),
            pick(["bracket", "bracket", "oto"]),
            together=self.random.random() < 0.6,
        )
        self.orders += [entry, *legs]

    def cancel(self):
        if self.orders:
            self.world.cancel(self.random.choice(self.orders))

    def replace(self):
        if self.orders:
            order = self.random.choice(self.orders)
            terms = {"limit_price": self.random.choice([9.0, 11.0])} if order.limit_price else {}
            if not terms or self.random.random() < 0.5:
                terms["qty"] = self.random.randint(1, 25)
            self.world.replace(order, **terms)

    def resize(self):
        """Let what closes be for other lots, the orders of a pair one after the other."""
        open_orders = [one for one in self.world.blotter.register.active if one.closes]
        if open_orders:
            parent, qty = self.random.choice(open_orders).order.parent_id, self.random.randint(1, 20)
            for one in open_orders:
                if one.order.parent_id == parent:
                    self.world.replace(one.order, qty=one.filled + qty)

    def pump(self):
        self.world.pump()

    # the wires

    def request(self):
        world, index = self.world, self.index()
        if not world.requests:
            return
        world.venue.refusing = self.strikes("refused", 0.3)
        at_venue = self.raced(world.requests[index % len(world.requests)])
        world.deliver_request(index, self.fate("lost", "unanswered", "late"), at_venue)
        world.venue.refusing = False

    def raced(self, request):
        """Return what the venue does when a request arrives; it leaves no change undecided."""
        at_venue = self.random.choice(["fills", "partly", "stuck"]) if self.strikes("raced", 0.5) else "ok"
        return "partly" if isinstance(request, Amend) and at_venue == "stuck" else at_venue

    def answer(self):
        self.world.deliver_answer(self.index())

    def stream(self):
        self.world.deliver_stream(self.index(), self.fate("lost", "doubled", "renamed"))

    def crash(self):
        self.world.crash()

    def sever(self):
        self.world.sever()

    def connect(self):
        self.world.connect()

    def wait(self):
        self.world.time(self.random.randint(1, 4) * SECOND)

    # the venue

    def fill(self):
        one = self.one_of(lambda one: one.left > 0)
        if one is not None:
            self.world.venue.fill(one, self.random.randint(1, one.left))

    def by_hand(self):
        qty = self.random.randint(1, 9)
        pick = self.random.choice
        self.world.venue.outside(pick(SYMBOLS), pick(list(Side)), qty, pick([0, 1, qty]))

    def pay(self):
        self.world.venue.pay(self.random.randint(-999, 999))

    def expired(self, state="expired"):
        one = self.one_of(lambda one: one.live)
        if one is not None:
            self.world.venue.end(one, state)

    def canceled(self):
        self.expired("canceled")

    def late(self):
        one = self.one_of(lambda one: one.state == "canceled" and one.qty > one.filled and one.partner is None)
        if one is not None:
            self.world.bend(one)
            self.world.venue.fill(one, 1)

    def bust(self, what="bust"):
        world = self.world
        one = self.one_of(lambda one: one.executions and one.venue_id not in world.taken)
        if one is not None and world.blotter.register.since_ns:
            world.bend(one)
            getattr(world.venue, what)(one)

    def correct(self):
        self.bust("correct")
