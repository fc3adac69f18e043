"""Draw from a seed what goes wrong and how often: each seed is a world with bad habits of its own."""

import math
import random
from dataclasses import dataclass, field, replace

from drawn_votes import Ensemble, draw_ensemble
from msgspec import structs

from tenfold.domain.rules import Entry
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND
from tenfold.exchange.chaos import draw_faults
from tenfold.exchange.opening import MADE_UP_START_NS

OPENINGS_NS = {
    "full": MADE_UP_START_NS,
    "night": MADE_UP_START_NS,
    "half": MADE_UP_START_NS + 3 * NS_PER_DAY,  # the close of this day is drawn to be early
    "summer": MADE_UP_START_NS + 7 * NS_PER_DAY - NS_PER_HOUR,  # the Monday after New York has changed its clocks
}

LAWLESS = frozenset(
    {
        "overfill", "fill_after_cancel", "oco_both_fill", "trade_bust", "trade_correct", "replace_original_qty", "external_order",
        "manual_trade", "restated", "by hand", "by hand at once", "later than ever",
        "pending_replace_stuck",
    }
)  # fmt: skip
"""Faults and habits by which a venue or other hands break what an order was asked to be, so that only the end can be held to agree."""

SLOW = 6.0
"""So much longer is everything on its way in a tenth of the worlds: an order has filled, or the session is over, before an answer is there."""

OFTEN = {
    "replace_original_qty": 1_000.0,
    "restated": 10.0,
    "slow_consumer": 50.0,
    "ioc_expired": 10.0,
    "pending_replace_stuck": 5.0,
}
"""So much likelier are faults whose occasions are few here: a change that meets a part fill, a night, a new stream."""

RATES = {
    "clogged": 0.02,
    "connect refused": 0.02,
    "request cut off": 0.02,
    "late all the same": 0.5,
    "later than ever": 1.0,
    "late twin": 0.02,
    "response lost": 0.02,
    "response in two": 0.2,
    "frame lost": 0.01,
    "before append": 0.0008,
    "after append": 0.0008,
    "before sync": 0.0008,
    "within sync": 0.0008,
    "after sync": 0.0008,
    "before send": 0.002,
    "after send": 0.002,
    "before recovery": 0.2,
    "within recovery": 0.2,
    "disk error": 0.0005,
    "bars missed": 0.05,
    "bars soon": 0.3,
    "kill": 0.004,
    "pause": 0.004,
    "cut": 0.004,
    "store away": 0.01,
    "sleep at write": 0.002,
    "sleep at door": 1.0,
    "halt": 0.003,
    "clock jump": 0.003,
    "double start": 0.003,
    "by hand": 0.003,
    "by hand at once": 0.3,
}
"""Highest probabilities at an occasion; those of a process as a whole have one every ten seconds."""

LONG_S = 7_080.0
"""Seconds in which things go wrong; with the rest that follows a seed has lasted two hours."""
NIGHT_S = 18.5 * 3600.0
"""The same for a night, with the last minutes of one session and the first of the next."""
EARLY, EARLY_S = 0.08, (300.0, 1_500.0)
"""Share of the seeds that begin before the open, and how long before, in seconds."""
VOTES = 0.35
"""Share of the seeds in which an ensemble votes."""
PAGES = (500, 100)
"""Orders and activities that the venue's largest pages hold."""
REACTS = 0.2
"""Share of the seeds without an ensemble in which the strategy acts on reports too."""
LEAST = (8, 24)
"""Orders and activities of the smallest pages: more than share a moment."""
FAMILY = 3
"""Orders that are sent as one, and share their moment."""
ORDERS = 200
"""Orders that a seed has decided on at least; it lasts as much longer as that takes."""


@dataclass(frozen=True)
class Draw:
    """Hold what a seed is.

    Attributes
    ----------
    faults : of the exchange
    habits : of network, disk, processes and people
    lawful : whether the venue does with an order what it was asked to
    feeds : whether market data come over the adapter's streams and the shipped feeds
    engines : 2 where one stands by
    begin_ns : when in the session it begins
    seconds : how long things go wrong, at least; then everything heals
    day : "full", "half" with an early close, "summer" after the clocks were changed, or "night" from one session into the next
    activity : quotes and prints, 1 is a dozen and five a minute
    stock_s : pause between two comparisons with the venue
    coalesce_s : timers of a process fire at multiples of it
    guarded : whether limits of size, rate and position are in force
    dollars : orders may be as large, more than a quote shows of a cheap share
    ensemble : who votes, None where one strategy works its own orders
    pages : orders and activities that a page holds as stock is taken
    auctions : a strategy sends orders for the auctions of the open and the close too
    reacts : it acts on fills and on what else it is told of its orders, not on bars alone
    """

    seed: int
    faults: dict = field(default_factory=dict)
    habits: dict = field(default_factory=dict)
    lawful: bool = True
    engines: int = 1
    begin_ns: int = MADE_UP_START_NS
    seconds: float = LONG_S
    day: str = "full"
    activity: float = 0.2
    stock_s: float = 60.0
    coalesce_s: float = 0.0
    guarded: bool = False
    dollars: float = 0.0
    per_minute: int = 200
    clock_s: float = 0.0
    eager: float = 0.6
    feeds: bool = False
    ensemble: Ensemble | None = None
    pages: tuple = PAGES
    auctions: bool = False
    reacts: bool = False

    @property
    def crosses(self):
        """Whether orders for auctions are sent, by a strategy of its own or for a vote."""
        return self.auctions or (self.ensemble is not None and self.ensemble.entry.order in {"moo", "moc"})

    def without(self, name):
        """Return the same without one of its faults or habits."""
        return replace(
            self,
            faults={key: value for key, value in self.faults.items() if key != name},
            habits={key: value for key, value in self.habits.items() if key != name},
        )


def oftener(name, switch):
    """Return a switch that strikes as often as here is needed."""
    return structs.replace(switch, rate=min(switch.rate * OFTEN[name], 1.0)) if name in OFTEN else switch


def draw(seed):
    """Return what a seed is."""
    chance = random.Random(f"world {seed}")  # noqa: S311
    more = random.Random(f"more {seed}")  # noqa: S311
    lawful = chance.random() < 0.5
    faults = {name: oftener(name, switch) for name, switch in draw_faults(seed).items()}
    if lawful:
        faults = {name: switch for name, switch in faults.items() if name not in LAWLESS}
    if chance.random() < 0.1:
        faults = {}
    habits = {name: most * chance.random() ** 2 for name, most in RATES.items() if chance.random() < 0.6}
    if lawful:
        habits = {name: rate for name, rate in habits.items() if name not in LAWLESS}
    habits["latency_s"] = 0.1 ** chance.uniform(0.7, 2.7) * (SLOW if chance.random() < 0.1 else 1.0)
    engines = 2 if chance.random() < 0.2 else 1
    day = chance.choices(("full", "half", "summer", "night"), (0.75, 0.1, 0.13, 0.02))[0]
    feeds = chance.random() < 0.1
    late = round({"half": 1.8, "night": 6.2}.get(day, 4.8) * NS_PER_HOUR)  # the market closes meanwhile
    begin_ns = OPENINGS_NS[day] + (late if day == "night" or chance.random() < 0.2 else 0)
    short = begin_ns != OPENINGS_NS[day]
    drawn = Draw(
        seed=seed,
        faults=faults,
        habits=habits,
        lawful=lawful,
        engines=engines,
        begin_ns=begin_ns,
        per_minute=chance.choice((0, 200, 200, 1000)),
        clock_s=chance.choice((0.0, 0.5, 5.0)),
        eager=chance.uniform(0.5, 1.0),
        feeds=feeds,
        seconds=NIGHT_S if day == "night" else LONG_S,
        day=day,
        activity=0.6 if feeds else chance.choice((0.1, 0.2, 0.4)),
        stock_s=chance.choice((60.0, 120.0, 240.0)) * (3.0 if day == "night" else 1.0),
        coalesce_s=chance.choice((0.0, 0.0, 0.0, 0.05, 1.0)),
        guarded=chance.random() < 0.3,
        dollars=chance.choice((0.0, 0.0, 0.0, 20_000.0)),
        ensemble=draw_ensemble(seed, feeds or short) if more.random() < VOTES and not (feeds and short) else None,
    )
    sized = drawn.ensemble is not None and drawn.ensemble.sizing.method != "quantity"
    large = bool(drawn.dollars) or sized or "random_partial" in faults
    return with_reactions(with_auctions(replace(drawn, pages=draw_pages(more, faults.get("paging_ties"), large))))


def with_reactions(drawn):
    """Return the same, in a part of the worlds whose strategy works its own orders with one that acts on reports too."""
    acts = random.Random(f"reactions {drawn.seed}").random() < REACTS  # noqa: S311
    return replace(drawn, reacts=acts and drawn.ensemble is None)


def with_auctions(drawn):
    """Return the same, in most of the worlds that pass an open or a close with orders for the auctions there; a few of the others begin before the open."""
    chance = random.Random(f"auctions {drawn.seed}")  # noqa: S311
    opens = drawn.begin_ns == OPENINGS_NS[drawn.day] and drawn.day != "night"
    early_s, wanted = chance.uniform(*EARLY_S), chance.random() < 0.75
    if opens and chance.random() >= EARLY:
        return drawn
    if opens:
        drawn = replace(drawn, begin_ns=drawn.begin_ns - round(early_s) * NS_PER_SECOND)
    if not wanted:
        return drawn
    if drawn.ensemble is None:
        return replace(drawn, auctions=True)
    passed = ("moo",) if opens else ("moo", "moc") if drawn.day == "night" else ("moc",)
    return replace(drawn, ensemble=replace(drawn.ensemble, entry=Entry(order=chance.choice(passed))))


def draw_pages(chance, ties, large):
    """Return how many orders and activities a page holds: in half of the seeds few, but more than share a moment, as the executions of a `large` order do."""
    if chance.random() < 0.5:
        return PAGES
    orders, activities = LEAST
    if ties is not None and ties.rate > 0.0:
        orders = max(orders, FAMILY * math.ceil(math.log(1e-8) / math.log(ties.rate)))
    return orders + chance.randrange(8), PAGES[1] if large else activities + chance.randrange(12)
