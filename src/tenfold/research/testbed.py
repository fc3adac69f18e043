"""Evaluate strategies on one market: once each over the contiguous path, then measured in every window and regime."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.splits import Window
from tenfold.backtesting.streams import StreamJob
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules
from tenfold.kernels.cells import cell_sums, stretch_sums
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import compiled
from tenfold.metrics.marks import buy_and_hold, carried_closes
from tenfold.metrics.sketch import calendar_blocks
from tenfold.research.fitness import parts_of
from tenfold.research.regimes import Regimes, merged
from tenfold.research.shipping import pack, unpack

CHUNK: Final = 64
"""Strategies that are evaluated at a time, at most: their states and a tile of bars stay in the second-level cache."""

_CHUNK_RETURNS: Final = 4_000_000
_HELD_RETURNS: Final = 50_000_000


@dataclass(frozen=True, eq=False)
class Evaluated:
    """Hold what K evaluations came to; W windows, the last of which is the whole of the data.

    `sharpe` and `consistency` (K, W) on the train of each window, `test` (K, W - 1) annual Sharpe ratio on its test; `whole`
    (K,) annual on all bars; `trades` (K,); `sketch` (K, B) sums of returns over calendar blocks.
    """

    sharpe: NDArray[np.float32]
    consistency: NDArray[np.float32]
    test: NDArray[np.float32]
    whole: NDArray[np.float64]
    trades: NDArray[np.int64]
    sketch: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.whole)


def joined(parts: Sequence[Evaluated]) -> Evaluated:
    """Return evaluations one behind the other."""
    return Evaluated(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Evaluated.__dataclass_fields__)
    )


@dataclass(eq=False)
class Testbed:
    """Hold a market, the rules that will trade, the families that are searched and the windows that judge.

    `evaluate` and `streams` are safe in several threads; a copy sent to another process builds its kernels anew.
    """

    bars: Bars
    rules: Rules
    families: tuple[Fold, ...]
    regimes: Regimes
    windows: tuple[Window, ...]
    benchmark: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.benchmark = buy_and_hold(carried_closes(self.bars))
        length, regimes = len(self.bars), len(self.regimes.names)
        edges = sorted({0, length, *(edge for one in self.windows for edge in (*one.train, *one.test))})
        segment = np.searchsorted(edges, np.arange(length), side="right") - 1
        self._cells = segment * regimes + self.regimes.labels
        self._segments = len(edges) - 1
        self._counts = np.bincount(self._cells, minlength=self._segments * regimes).reshape(self._segments, regimes)
        starts = np.array(edges[:-1])
        self._trains = np.array(
            [(starts >= one.train[0]) & (starts < one.train[1]) for one in self.windows] + [np.ones(len(starts), bool)]
        )
        self._tests = np.array([(starts >= one.test[0]) & (starts < one.test[1]) for one in self.windows])
        blocks, _ = calendar_blocks(self.bars.ts_ns)
        self._stretches = np.searchsorted(blocks, np.arange(blocks[-1] + 2)).astype(np.int64)

    def __getstate__(self) -> dict[str, Any]:
        state = {one.name: getattr(self, one.name) for one in fields(self) if one.init}
        return state | {"families": tuple(map(pack, self.families))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # the rest is made anew: it takes milliseconds, and arrays that come through shared memory are read-only
        self.__init__(**state | {"families": tuple(map(unpack, state["families"]))})  # type: ignore[misc]

    @cached_property
    def job(self) -> StreamJob:
        """What all evaluations have in common."""
        return StreamJob(self.bars, self.rules)

    @property
    def window_count(self) -> int:
        """Windows, the whole included."""
        return len(self._trains)

    @property
    def chunk(self) -> int:
        """Strategies that are evaluated at a time: fewer where their returns would fill the memory."""
        return min(max(_CHUNK_RETURNS // len(self.bars) // 4 * 4, 4), CHUNK)

    @property
    def held(self) -> int:
        """Strategies whose returns may be held in memory together."""
        return max(_HELD_RETURNS // len(self.bars), 20)

    def train_range(self, window: int) -> tuple[int, int]:
        """Return the bars [start, stop) that a window chooses on."""
        return self.windows[window].train if window < len(self.windows) else (0, len(self.bars))

    def streams(self, family: int, params: NDArray[np.void]) -> NDArray[np.float64]:
        """Return the net returns per bar of strategies of a family, (K, T)."""
        return self.job.streams(self.families[family], params)[0]

    def evaluate(self, family: int, params: NDArray[np.void]) -> Evaluated:
        """Return what strategies of a family come to in every window."""
        returns, books, _ = self.job.streams(self.families[family], params)
        count, cells = len(params), self._counts.size
        sums, squares = np.zeros((count, cells)), np.zeros((count, cells))
        compiled(cell_sums)(returns, self._cells, sums, squares)
        sketch = np.zeros((count, len(self._stretches) - 1))
        compiled(stretch_sums)(returns, self._stretches, sketch)
        shape = (count, *self._counts.shape)
        sums, squares = sums.reshape(shape), squares.reshape(shape)
        periods = self.bars.periods_per_year
        fits = [self._fit(sums, squares, train, periods) for train in self._trains]
        tests = [
            parts_of(sums[:, test].sum(1), squares[:, test].sum(1), self._counts[test].sum(0), periods).sharpe
            for test in self._tests
        ]
        return Evaluated(
            sharpe=np.stack([sharpe for sharpe, _ in fits], axis=1).astype(np.float32),
            consistency=np.stack([consistency for _, consistency in fits], axis=1).astype(np.float32),
            test=np.stack(tests, axis=1).astype(np.float32),
            whole=fits[-1][0],
            trades=books["trades"].astype(np.int64),
            sketch=sketch.astype(np.float32),
        )

    def _fit(
        self, sums: NDArray[np.float64], squares: NDArray[np.float64], train: NDArray[np.bool_], periods: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return Sharpe ratio and consistency over the segments of a train, small regimes merged."""
        counts = self._counts[train].sum(0)
        target = merged(counts)
        parts = parts_of(
            _gathered(sums[:, train].sum(1), target),
            _gathered(squares[:, train].sum(1), target),
            _gathered(counts[None, :], target)[0],
            periods,
        )
        return parts.sharpe, parts.consistency


def _gathered(values: NDArray[Any], target: NDArray[np.int64]) -> NDArray[Any]:
    """Return values (K, R) by the regime that stands for each, added in order, so that every machine has the same bits."""
    found = np.zeros_like(values)
    for regime, into in enumerate(target.tolist()):
        found[:, into] += values[:, regime]
    return found
