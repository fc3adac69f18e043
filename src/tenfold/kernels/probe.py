"""Run a fold over bars and keep its raw scores: what `tenfold check` looks at."""

import math
from typing import Any

from tenfold.kernels.jit import fold_step, panel_step

UNUSABLE = 7  # domain.market.UNUSABLE


def probe_symbols(states: Any, bars: Any, params: Any, scores: Any) -> None:
    """Fold over each symbol's bars (T, S) and write what comes out, unbounded, into scores (T, S)."""
    for index in range(bars.shape[1]):
        for moment in range(bars.shape[0]):
            scores[moment, index] = math.nan
            if not bars[moment, index].flags & UNUSABLE:
                scores[moment, index] = fold_step(states[index], bars[moment, index], params[0])


def probe_panel(states: Any, bars: Any, params: Any, scores: Any) -> None:
    """Fold over the bars (T, S) of all symbols at once and write what comes out, unbounded, into scores (T, S)."""
    for moment in range(bars.shape[0]):
        for index in range(bars.shape[1]):
            scores[moment, index] = math.nan
        panel_step(states, bars[moment], params[0], scores[moment])
