"""Hold what a platform made of a scene."""

from dataclasses import dataclass
from typing import Any

Row = tuple[int, int, float, float, float]
"""Bar and price of entry and exit, and signed size: (entry bar, exit bar, entry price, exit price, size); -1 and 0.0 while open."""


@dataclass(frozen=True)
class Outcome:
    """Hold round trips in the order of their entries, and the equity at the last close."""

    trips: tuple[Row, ...]
    equity: float


@dataclass(frozen=True)
class Comparison:
    """Hold how two outcomes compare: the largest relative difference of a price, and that of the final equity."""

    trips: int
    differing: int
    price: float
    equity: float

    def record(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"trips": self.trips, "differing": self.differing, "price": self.price, "equity": self.equity}


def compare(ours: Outcome, theirs: Outcome, tolerance: float) -> Comparison:
    """Compare trip for trip: the same bars and sizes, prices within a relative tolerance."""
    worst, differing = 0.0, abs(len(ours.trips) - len(theirs.trips))
    for mine, other in zip(ours.trips, theirs.trips, strict=False):
        apart = max(distance(mine[2], other[2]), distance(mine[3], other[3]))
        same = mine[:2] == other[:2] and distance(mine[4], other[4]) <= tolerance and apart <= tolerance
        differing += not same
        worst = max(worst, apart)
    return Comparison(len(theirs.trips), differing, worst, distance(ours.equity, theirs.equity))


def distance(one: float, other: float) -> float:
    """Return the relative difference."""
    return abs(one - other) / max(abs(other), 1e-300) if one != other else 0.0
