"""Run folds over bars: the score pass."""

from typing import Any

from tenfold.kernels.jit import fold_step


def score_symbols(states: Any, bars: Any, params: Any, scores: Any) -> None:
    """Fold one strategy over each symbol's bars.

    Parameters
    ----------
    states : (S,) records, advanced in place
    bars : (T, S) records of `BAR`
    params : (1,) record
    scores : (T, S) float64, written; NaN where the symbol has no usable bar
    """
    unusable = 7
    for symbol in range(bars.shape[1]):
        for moment in range(bars.shape[0]):
            if bars[moment, symbol].flags & unusable:
                scores[moment, symbol] = float("nan")
            else:
                scores[moment, symbol] = fold_step(states[symbol], bars[moment, symbol], params[0])
