"""Adjust what clients see of the past for the splits and dividends that have happened by now."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.exchange.events import Corporate
from tenfold.exchange.market.rows import Rows

ADJUSTMENTS: Final = ("raw", "split", "dividend", "all")
_PRICES: Final = ("open", "high", "low", "close", "vwap")


def adjusted(rows: Rows, actions: Sequence[Corporate], adjustment: str, closes: Rows) -> Rows:
    """Return rows (N,) with prices and volumes as if what has happened since had always been so.

    Parameters
    ----------
    actions : that have happened by now
    adjustment : one of `ADJUSTMENTS`; more than one may be joined by commas, as Alpaca allows
    closes : rows in the order of time, whose last close before a dividend it is reckoned by: the factor is 1 - cash / close
    """
    asked = set(adjustment.split(","))
    if not actions or asked == {"raw"} or not len(rows):
        return rows
    split, paid = _factors(actions, closes)
    split = split if asked & {"split", "all"} else np.ones(len(actions))
    paid = paid if asked & {"dividend", "all"} else np.ones(len(actions))
    moments = np.array([action.ts_ns for action in actions], np.int64)
    # Actions from this one on have happened after the row.
    later = np.searchsorted(moments, rows["ts_ns"], side="right")
    price = np.append(np.cumprod((split * paid)[::-1])[::-1], 1.0)[later]
    volume = np.append(np.cumprod(split[::-1])[::-1], 1.0)[later]
    made = rows.copy()
    for name in _PRICES:
        made[name] = np.round(rows[name] * price, 6)
    made["volume"] = np.round(rows["volume"] / volume)
    made["volume"] = np.where(volume == 1.0, rows["volume"], made["volume"])
    return made


def _factors(actions: Sequence[Corporate], closes: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what earlier prices are multiplied by for the split and the dividend of each action, (A,) each."""
    split, paid = np.ones(len(actions)), np.ones(len(actions))
    for place, action in enumerate(actions):
        split[place] = 1.0 / action.ratio
        before = int(np.searchsorted(closes["end_ns"], action.ts_ns, side="right")) - 1
        if before >= 0 and 0.0 < action.cash < closes["close"][before]:
            paid[place] = 1.0 - action.cash / float(closes["close"][before])
    return split, paid
