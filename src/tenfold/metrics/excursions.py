"""Measure how far price went for and against each round trip while it was held.

Source: J. Sweeney, "Maximum Adverse Excursion" (1996).
"""

import numpy as np
from numpy.typing import NDArray


def excursions(
    trades: NDArray[np.void], high: NDArray[np.float64], low: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the largest adverse and favourable excursion of each trip, both (N,), fractions of the entry price.

    The first is zero or negative, the second zero or positive. Counted are the ranges of the bars from that of the entry
    to the one before the exit (of an open trip to its last), and the prices of entry and exit; of the exit's own bar it is
    not known what came before it, and a bar within which an order entered counts whole.

    Parameters
    ----------
    trades : (N,) records of `TRADE`
    high, low : (T, S) of usable bars; NaN elsewhere
    """
    adverse, favourable = np.zeros(len(trades)), np.zeros(len(trades))
    for i, row in enumerate(trades):
        stop = int(row["exit_bar"]) + int(row["open"])
        held = slice(int(row["entry_bar"]), stop)
        entry, column = float(row["entry_price"]), int(row["symbol"])
        if not entry > 0.0:
            continue
        ends = np.array([entry, float(row["exit_price"])])
        top = np.fmax.reduce(np.concatenate((high[held, column], ends)))
        bottom = np.fmin.reduce(np.concatenate((low[held, column], ends)))
        up, down = float(top) / entry - 1.0, float(bottom) / entry - 1.0
        adverse[i], favourable[i] = (down, up) if row["side"] > 0 else (-up, -down)
    return adverse, favourable
