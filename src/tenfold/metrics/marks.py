"""Value positions and the market itself at the closes of bars."""

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars


def carried_closes(bars: Bars) -> NDArray[np.float64]:
    """Return the last usable close of each symbol at each bar, (T, S); NaN before a symbol's first."""
    usable = bars.usable
    closes = np.where(usable, bars.rows["close"], np.nan)
    if usable.all():
        return closes
    latest = np.maximum.accumulate(np.where(usable, np.arange(len(bars))[:, None], 0), axis=0)
    return np.take_along_axis(closes, latest, axis=0)


def units_per_price(bars: Bars) -> NDArray[np.float64]:
    """Return money units of one lot for a price of 1, (S,)."""
    return np.array([instrument.units_per_price for instrument in bars.instruments])


def buy_and_hold(closes: NDArray[np.float64], dividends: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the simple returns, (T,), of buying equal amounts of each symbol at its first close and holding them.

    The first return is 0. The share of a symbol that has no price yet waits in cash; nothing is rebalanced, costs are
    not charged, dividends are bought into the same symbol at the close of their day.

    Parameters
    ----------
    closes : (T, S) of `carried_closes`
    dividends : (T, S) cash a share that goes ex before the bar opens; None for none
    """
    before, after = closes[:-1], closes[1:]
    paid = after if dividends is None else after + np.nan_to_num(dividends[1:])
    known = ~np.isnan(before)
    steps = np.divide(paid, before, out=np.ones(before.shape), where=known)
    wealth = np.ones(len(closes))
    wealth[1:] = np.cumprod(steps, axis=0).mean(axis=1)
    returns = np.zeros(len(closes))
    returns[1:] = wealth[1:] / wealth[:-1] - 1.0
    return returns
