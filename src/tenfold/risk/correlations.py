"""Keep how alike symbols have moved, as sums of whole numbers that go on bar by bar."""

from collections import deque
from collections.abc import Iterable, Sequence
from math import isnan

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import Bar
from tenfold.kernels.correlation import ALIKE, whole_return


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
        self._rows: deque[tuple[NDArray[np.int64], NDArray[np.int64]]] = deque()
        self._products = np.zeros((size, size), np.int64)
        self._both = np.zeros((size, size), np.int64)
        self._alike = np.full((size, size), np.nan)

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
        self._add(np.array(returns, np.int64), np.array(there, np.int64))

    def _add(self, row: NDArray[np.int64], there: NDArray[np.int64]) -> None:
        self._rows.append((row, there))
        self._products += row[:, None] * row
        self._both += there[:, None] * there
        if len(self._rows) > self.window:
            old, absent = self._rows.popleft()
            self._products -= old[:, None] * old
            self._both -= absent[:, None] * absent
        self._alike = self._correlated()

    def _correlated(self) -> NDArray[np.float64]:
        """Return what `aligned` gives for every pair that faces the same way, NaN where it is not known."""
        squares = np.diagonal(self._products).astype(np.float64)
        known = (squares > 0.0) & (squares[:, None] > 0.0) & (2 * self._both >= self.window)
        roots = np.sqrt(squares)
        found: NDArray[np.float64] = np.full(known.shape, np.nan)
        np.divide(self._products, roots[:, None] * roots, out=found, where=known)
        return found

    def mean(self, symbol: str, facing: int, others: Iterable[tuple[str, int, int]]) -> float:
        """Return the mean correlation of a position that faces up or down with others: symbol, signed lots, value of a lot."""
        alike, places = self._alike[self._index[symbol]].tolist(), self._index
        total, count = 0.0, 0
        for name, lots, _ in others:
            found = alike[places[name]]
            if isnan(found):
                total += ALIKE
            else:
                total += found if (lots > 0) == (facing > 0) else -found
            count += 1
        return total / count if count else 0.0
