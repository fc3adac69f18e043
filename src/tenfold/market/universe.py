"""Choose the symbols to trade as time goes on: the first so many by a measure, chosen anew on given dates.

How it works
------------
On each date of choice the symbols that have a usable bar then are ranked by a measure that was known at its close. The first
so many are members from that bar on, until the next date. So a decision at the close of a bar knows who is a member by what
was known at that close; whatever comes later changes nothing. Symbols that were not yet, or are no longer, traded are no members,
which is what makes a universe free of survivors' luck, if the data hold the dead.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError, UnknownNameError, did_you_mean

_DATES: Final = ("daily", "weekly", "monthly", "quarterly", "yearly")


@dataclass(frozen=True, eq=False)
class Universe:
    """Hold who may be traded when.

    Attributes
    ----------
    members : (T, S) true from the close of a bar on which a symbol was chosen or stays chosen
    chosen : (T,) true on the dates of choice
    label : how it was chosen
    """

    members: NDArray[np.bool_]
    chosen: NDArray[np.bool_]
    label: str

    @property
    def turnover(self) -> float:
        """Joiners and leavers a date of choice, as a mean; the first choice is not counted."""
        changes = np.count_nonzero(self.members[1:] != self.members[:-1], axis=1)
        later = self.chosen[1:] & self.members[:-1].any(axis=1)
        return float(changes[later].mean()) if later.any() else 0.0


def top_universe(
    bars: Bars,
    measure: str | NDArray[np.float64] = "dollar_volume",
    *,
    count: int,
    every: str | int = "monthly",
    window: int = 20,
) -> Universe:
    """Return the first `count` symbols by a measure, the largest first, chosen anew on the first bar of each period.

    Parameters
    ----------
    measure : "dollar_volume" (mean of close times volume over the last `window` bars of a symbol), the name of a further column
        of the bars (its last known value), or an array (T, S) whose row t was known at the close of bar t
    every : "daily", "weekly", "monthly", "quarterly", "yearly", or a number of bars

    A symbol without a measure is not chosen, so there may be fewer than `count`. Of equal ones the first named is chosen.
    Raises ParameterError or UnknownNameError in one line.
    """
    if count < 1 or window < 1:
        raise ParameterError(f"count is {count} and window {window}, expected at least 1 of each")
    if not isinstance(measure, str):
        values, told = np.asarray(measure, np.float64), "a measure given"
    elif measure == "dollar_volume":
        values, told = dollar_volume(bars, window), f"dollar volume over {window} bars"
    elif measure in bars.columns:
        values, told = last_known(bars.rows[measure]), measure
    else:
        known = ("dollar_volume", *bars.columns)
        raise UnknownNameError(f"there is no measure {measure}; {did_you_mean(measure, known)}")
    if values.shape != bars.rows.shape:
        raise ParameterError(f"the measure has shape {values.shape}, expected {bars.rows.shape}: one row a bar")
    chosen = dates_of_choice(bars, every)
    members = np.zeros(bars.rows.shape, bool)
    current = np.zeros(len(bars.symbols), bool)
    for row in range(len(bars)):
        if chosen[row]:
            current = _first(np.where(bars.usable[row], values[row], np.nan), count)
        members[row] = current
    return Universe(members=members, chosen=chosen, label=f"first {count} by {told}, {every}")


def dates_of_choice(bars: Bars, every: str | int) -> NDArray[np.bool_]:
    """Return the first bar of each period, (T,): a first bar is known as such when it comes, a last one is not."""
    first = np.ones(len(bars), bool)
    if isinstance(every, int) and not isinstance(every, bool) and every >= 1:
        return np.asarray(np.arange(len(bars)) % every == 0, bool)
    if every not in _DATES:
        raise ParameterError(f"a universe is chosen {every!r}, expected {', '.join(_DATES)} or a number of bars")
    days = bars.rows["session"][:, 0].astype(np.int64)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    period = {
        "daily": days,
        "weekly": (days + 3) // 7,  # weeks begin on Monday
        "monthly": months,
        "quarterly": months // 3,
        "yearly": months // 12,
    }[str(every)]
    first[1:] = period[1:] != period[:-1]
    return first


def dollar_volume(bars: Bars, window: int) -> NDArray[np.float64]:
    """Return the mean of close times volume over the last `window` usable bars of each symbol, (T, S).

    NaN until there are so many; between a symbol's bars the last value stands.
    """
    worth = np.where(bars.usable, bars.rows["close"] * bars.rows["volume"], np.nan)
    found = np.full(worth.shape, np.nan)
    for column in range(worth.shape[1]):
        rows = np.flatnonzero(np.isfinite(worth[:, column]))
        if len(rows) >= window:
            windows = np.lib.stride_tricks.sliding_window_view(worth[rows, column], window)
            found[rows[window - 1 :], column] = windows.mean(axis=1)
    return last_known(found)


def last_known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column's last finite value at or before each row, NaN before the first. Shape (T, S)."""
    rows = np.arange(len(values))[:, None]
    latest = np.maximum.accumulate(np.where(np.isfinite(values), rows, -1), axis=0)
    held = np.take_along_axis(values, np.maximum(latest, 0), axis=0)
    return np.where(latest >= 0, held, np.nan)


def _first(values: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Return which of S values are the largest, NaN never."""
    order = np.argsort(-values, kind="stable")  # NaN sorts last
    best = order[:count]
    taken = np.zeros(len(values), bool)
    taken[best[np.isfinite(values[best])]] = True
    return taken
