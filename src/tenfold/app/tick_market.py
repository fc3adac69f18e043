"""Hold a market of ticks: when a strategy decides, and what its orders meet between."""

from dataclasses import dataclass
from typing import Final

from tenfold.backtesting.eventful import TickSources
from tenfold.domain.bars import Bars

BOOK: Final = "book"
"""Note of a run whose orders worked in books: by symbol, what filled them."""


@dataclass(frozen=True, eq=False)
class TickMarket:
    """Hold bars that were built from ticks, and the ticks.

    Attributes
    ----------
    bars : when the strategy decides
    ticks : by symbol, what plays its ticks from the start
    kinds : by symbol, what fills its book: "depth", "quotes" or "trades"
    """

    bars: Bars
    ticks: TickSources
    kinds: dict[str, str]

    def __repr__(self) -> str:
        told = ", ".join(f"{symbol} {kind}" for symbol, kind in self.kinds.items())
        return f"TickMarket({told}; {self.bars!r})"
