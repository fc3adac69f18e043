"""Keep how alike symbols have moved, as sums of whole numbers that go on bar by bar."""

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import Bar
from tenfold.kernels.correlation import aligned, whole_return


class Correlations:
    """Hold sums of squares, products and common bars of all symbols over the last `window` bar sets.

    What is added and taken away are integers, so that the sums, and the correlations of each bar, are those that
    `kernels.correlation.pair` takes anew; a test holds them equal to the bit.
    """

    def __init__(self, symbols: Sequence[str], window: int) -> None:
        size = len(symbols)
        self.window = window
        self._index = {symbol: index for index, symbol in enumerate(symbols)}
        self._before = [0.0] * size  # closes of the bar set before, 0 where there was none
        self._rows: deque[NDArray[np.int64]] = deque()  # (2, S) each: returns, and 1 where there is one
        self._products, self._both = self._sums = np.zeros((2, size, size), np.int64)

    def observe(self, bars: Iterable[Bar]) -> None:
        """Take the bars of one moment."""
        before, size = self._before, len(self._before)
        closes, returns, there = [0.0] * size, [0] * size, [0] * size
        for bar in bars:
            index = self._index[bar.symbol]
            closes[index] = bar.close
            if before[index] > 0.0:
                returns[index], there[index] = whole_return(bar.close, before[index]), 1
        self._before = closes
        self._add(np.array((returns, there), np.int64))

    def _add(self, row: NDArray[np.int64]) -> None:
        self._rows.append(row)
        self._sums += row[:, :, None] * row[:, None, :]
        if len(self._rows) > self.window:
            old = self._rows.popleft()
            self._sums -= old[:, :, None] * old[:, None, :]

    def mean(self, symbol: str, facing: int, others: Iterable[tuple[str, int, int]]) -> float:
        """Return the mean correlation of a position that faces up or down with others: symbol, signed lots, value of a lot."""
        places, products, both = self._index, self._products, self._both
        here, total, count = places[symbol], 0.0, 0
        for name, lots, _ in others:
            there = places[name]
            total += aligned(
                1 if (lots > 0) == (facing > 0) else -1, products.item(here, there), products.item(here, here),
                products.item(there, there), both.item(here, there), self.window,
            )  # fmt: skip
            count += 1
        return total / count if count else 0.0
