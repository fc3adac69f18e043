"""Keep how alike symbols have moved, as sums of whole numbers that go on bar by bar."""

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import Bar
from tenfold.kernels.correlation import aligned, whole_return


class Correlations:
    """Hold sums of squares, products and common bars of all symbols over the last `window` bar sets.

    What is added and taken away are integers, so that the sums are those that `kernels.correlation.pair` takes anew.
    """

    def __init__(self, symbols: Sequence[str], window: int) -> None:
        size = len(symbols)
        self.window = window
        self._index = {symbol: index for index, symbol in enumerate(symbols)}
        self._before = [0.0] * size  # closes of the bar set before, 0 where there was none
        self._rows: deque[tuple[NDArray[np.int64], NDArray[np.int64]]] = deque()
        self._products = np.zeros((size, size), np.int64)
        self._both = np.zeros((size, size), np.int64)
        self._squares: list[int] = [0] * size

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
        self._squares = np.diagonal(self._products).tolist()

    def mean(self, symbol: str, facing: int, others: Iterable[tuple[str, int]]) -> float:
        """Return the mean correlation of a position that faces up or down with others, each a symbol and its signed lots."""
        index, total, count = self._index[symbol], 0.0, 0
        products, both = self._products[index].tolist(), self._both[index].tolist()
        squares, window = self._squares, self.window
        for name, lots in others:
            other = self._index[name]
            sides = facing if lots > 0 else -facing
            total += aligned(sides, products[other], squares[index], squares[other], both[other], window)
            count += 1
        return total / count if count else 0.0
