"""Draw from a seed what goes wrong and how often: each seed is a world with bad habits of its own."""

import random
from dataclasses import dataclass, field, replace

from tenfold.domain.units import NS_PER_HOUR
from tenfold.exchange.chaos import draw_faults
from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.opening import MADE_UP_START_NS

LAWLESS = frozenset(
    {
        "overfill", "fill_after_cancel", "oco_both_fill", "trade_bust", "trade_correct", "replace_original_qty", "external_order",
        "manual_trade", "restated",
    }
)  # fmt: skip
"""Faults by which a venue or other hands break what an order was asked to be, so that only the end can be held to agree."""

LEFT_OUT = frozenset({"restated", "random_partial"})
"""A split leaves parts of shares, of which an account in whole lots takes no stock; tests/integration/test_every_fault.py has it."""

RATES = {
    "clogged": 0.02,
    "connect refused": 0.02,
    "request cut off": 0.02,
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
    "kill": 0.004,
    "pause": 0.004,
    "cut": 0.004,
    "store away": 0.01,
    "sleep at write": 0.002,
    "halt": 0.003,
}
"""Highest probabilities at an occasion; those of a process as a whole have one every ten seconds."""


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
    seconds : how long things go wrong; then everything heals
    """

    seed: int
    faults: dict = field(default_factory=dict)
    habits: dict = field(default_factory=dict)
    lawful: bool = True
    engines: int = 1
    begin_ns: int = MADE_UP_START_NS
    seconds: float = 6_600.0
    per_minute: int = 200
    clock_s: float = 0.0
    eager: float = 0.6
    feeds: bool = False

    def without(self, name):
        """Return the same without one of its faults or habits."""
        return replace(
            self,
            faults={key: value for key, value in self.faults.items() if key != name},
            habits={key: value for key, value in self.habits.items() if key != name},
        )


def draw(seed):
    """Return what a seed is."""
    chance = random.Random(f"world {seed}")  # noqa: S311
    lawful = chance.random() < 0.5
    faults = draw_faults(seed)
    if lawful:
        faults = {name: switch for name, switch in faults.items() if name not in LAWLESS}
    if chance.random() < 0.1:
        faults = {}
    faults = {
        name: switch for name, switch in faults.items() if FAULTS[name].where != "market" and name not in LEFT_OUT
    }
    habits = {name: most * chance.random() ** 2 for name, most in RATES.items() if chance.random() < 0.6}
    habits["latency_s"] = 0.1 ** chance.uniform(0.7, 2.7)
    engines = 2 if chance.random() < 0.3 else 1
    return Draw(
        seed=seed,
        faults=faults,
        habits=habits,
        lawful=lawful,
        engines=engines,
        begin_ns=MADE_UP_START_NS + (round(5.2 * NS_PER_HOUR) if chance.random() < 0.2 else 0),
        per_minute=chance.choice((0, 200, 200, 1000)),
        clock_s=chance.choice((0.0, 0.5, 5.0)),
        eager=chance.uniform(0.3, 1.0),
    )
