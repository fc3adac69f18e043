"""Adjust what clients see of the past for the splits and dividends that have happened by now."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.exchange.events import Corporate
from tenfold.exchange.market.rows import Rows

ADJUSTMENTS: Final = ("raw", "split", "dividend", "all")
_PRICES: Final = ("open", "high", "low", "close", "vwap")


class Adjusting:
    """Show prices and volumes as if what has happened since had always been so.

    Parameters
    ----------
    actions : that have happened by now, by time
    adjustment : one of `ADJUSTMENTS`, or several joined by commas
    closes : rows in the order of time, whose last close before a dividend it is reckoned by: the factor is 1 - cash / close
    """

    def __init__(self, actions: Sequence[Corporate], adjustment: str, closes: Rows) -> None:
        asked = set(adjustment.split(","))
        split, paid = _factors(actions, closes)
        split = split if asked & {"split", "all"} else np.ones(len(actions))
        paid = paid if asked & {"dividend", "all"} else np.ones(len(actions))
        self._moments = np.array([action.ts_ns for action in actions], np.int64)
        self._price = _products(split * paid)
        self._volume = _products(split)

    def of(self, rows: Rows) -> Rows:
        """Return rows (N,) adjusted for every action after them."""
        later = np.searchsorted(self._moments, rows["end_ns"], side="left")
        price, volume = self._price[later], self._volume[later]
        made = rows.copy()
        for name in _PRICES:
            made[name] = np.where(price == 1.0, rows[name], np.round(rows[name] * price, 6))
        made["volume"] = np.where(volume == 1.0, rows["volume"], np.round(rows["volume"] / volume))
        return made


def _products(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of each factor and all behind it, (A + 1,), with 1 behind the last."""
    return np.append(np.cumprod(factors[::-1])[::-1], 1.0)


def _factors(actions: Sequence[Corporate], closes: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what earlier prices are multiplied by for the split and the dividend of each action, (A,) each."""
    split, paid = np.ones(len(actions)), np.ones(len(actions))
    for place, action in enumerate(actions):
        split[place] = 1.0 / action.ratio
        before = int(np.searchsorted(closes["end_ns"], action.ts_ns, side="right")) - 1
        if before >= 0 and 0.0 < action.cash < closes["close"][before]:
            paid[place] = 1.0 - action.cash / float(closes["close"][before])
    return split, paid
