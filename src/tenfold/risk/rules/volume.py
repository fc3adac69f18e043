"""Bound orders by what trades on a day."""

import math
from collections.abc import Iterable, Sequence

from tenfold.domain.market import Bar
from tenfold.kernels.sizing import smoothed


class DailyVolumes:
    """Keep the average volume of a day by symbol, in shares, over `window` sessions; the day under way does not count yet."""

    def __init__(self, symbols: Sequence[str], window: int) -> None:
        self.window = window
        self._today = dict.fromkeys(symbols, 0.0)
        self._average = dict.fromkeys(symbols, 0.0)
        self._days = dict.fromkeys(symbols, 0)
        self._session: int | None = None

    def observe(self, session: int, bars: Iterable[Bar]) -> None:
        """Take the bars of one moment; those without volume add none."""
        if session != self._session:
            if self._session is not None:
                self._close()
            self._session = session
        for bar in bars:
            if bar.volume > 0.0:
                self._today[bar.symbol] += bar.volume

    def _close(self) -> None:
        for symbol, volume in self._today.items():
            self._average[symbol] = smoothed(self._average[symbol], volume, self._days[symbol], self.window)
            self._days[symbol] += 1
            self._today[symbol] = 0.0

    def average(self, symbol: str) -> float:
        """Return the average volume of a day, 0 before the first has ended."""
        return self._average[symbol]


def lots_of_volume(average: float, frac_max: float, lot_size: float) -> int:
    """Return the most lots of one order by a share of the day's volume; none where it is not known (FIA, maximum % ADV)."""
    return math.floor(min(average * frac_max / lot_size, 2147483648.0)) if average > 0.0 else 0
