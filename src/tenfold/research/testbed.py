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
from tenfold.kernels.fitness import parts_by_window
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import compiled
from tenfold.metrics.marks import buy_and_hold, carried_closes
from tenfold.metrics.sketch import calendar_blocks
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
        counts = np.bincount(self._cells, minlength=(len(edges) - 1) * regimes).reshape(-1, regimes)
        starts = np.array(edges[:-1])
        spans = [one.train for one in self.windows] + [(0, length)] + [one.test for one in self.windows]
        inside = np.array([(starts >= start) & (starts < stop) for start, stop in spans])
        bars = [counts[segments].sum(0) for segments in inside]
        targets = [merged(one) for one in bars]
        self._bars = np.array([np.bincount(into, one, regimes) for into, one in zip(targets, bars, strict=True)])
        self._places = np.where(inside[:, :, None], np.array(targets)[:, None, :], -1).reshape(len(spans), -1)
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
        return len(self.windows) + 1

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
        count, (spans, cells) = len(params), self._places.shape
        sums, squares = np.zeros((count, cells)), np.zeros((count, cells))
        compiled(cell_sums)(returns, self._cells, sums, squares)
        sketch = np.zeros((count, len(self._stretches) - 1))
        compiled(stretch_sums)(returns, self._stretches, sketch)
        sharpe, consistency = np.empty((count, spans)), np.empty((count, spans))
        scratch = np.empty((3, len(self.regimes.names)))
        periods = self.bars.periods_per_year
        compiled(parts_by_window)(sums, squares, self._places, self._bars, periods, scratch, sharpe, consistency)
        trains = self.window_count
        return Evaluated(
            sharpe=sharpe[:, :trains].astype(np.float32),
            consistency=consistency[:, :trains].astype(np.float32),
            test=sharpe[:, trains:].astype(np.float32),
            whole=sharpe[:, trains - 1].copy(),
            trades=books["trades"].astype(np.int64),
            sketch=sketch.astype(np.float32),
        )
