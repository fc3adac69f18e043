"""Cut each session's bars in two: the day so far, on which is decided, and the rest up to the close."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars, blank_bar
from tenfold.domain.errors import DataError
from tenfold.domain.rules import Rules
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND

CUT: Final = "decide_before_close_s"
"""What bars that were cut state among their sources."""

_OF_OPEN: Final = ("open", "open_ns", "bid_open", "ask_open", "year", "month", "day", "weekday", "session")
_MIDNIGHT: Final = ("year", "month", "day", "weekday", "session")


def decided_on(bars: Bars, rules: Rules) -> Bars:
    """Return the bars at which `rules.entry.decide_before_close_s` decides; without that setting the bars as they are.

    Of each session there are two: the day so far, so many seconds before the close, and the rest, in whose close orders
    on the close fill. Sessions without a bar before the cut are left out, and so are bars outside the sessions.

    Raises DataError where the bars are those of days, or none remain.
    """
    seconds = rules.entry.decide_before_close_s
    if seconds is None or bars.sources.get(CUT) == seconds:
        return bars
    if bars.period_ns >= NS_PER_DAY:
        raise DataError(
            f"{CUT} is {seconds:g}, and daily bars do not say what was known before the close: load bars of minutes"
        )
    rows = bars.rows
    session, elapsed, remaining = (
        rows[name][:, 0].astype(np.int64) for name in ("session", "elapsed_s", "remaining_s")
    )
    cut: list[NDArray[np.void]] = []
    for day in np.unique(session):
        within = np.flatnonzero((session == day) & (elapsed > 0))
        ahead = within[remaining[within] > 0]
        if not len(ahead):
            continue
        close_ns = int((bars.ts_ns[ahead] + remaining[ahead] * NS_PER_SECOND).max())
        open_ns = int((bars.ts_ns[ahead] - elapsed[ahead] * NS_PER_SECOND).min())
        edge_ns = close_ns - round(seconds * NS_PER_SECOND)
        within = within[bars.ts_ns[within] <= close_ns]
        early = bars.ts_ns[within] <= edge_ns
        if not bars.usable[within[early]].any():
            continue
        cut.append(_part(bars, within[early], open_ns, open_ns, edge_ns, close_ns))
        cut.append(_part(bars, within[~early], open_ns, edge_ns, close_ns, close_ns))
    if not cut:
        raise DataError(f"no session has a bar more than {seconds:g} s before its close: lower {CUT}")
    return replace(bars, rows=np.stack(cut), sources={**bars.sources, CUT: seconds})


def asked(values: NDArray[Any], rules: Rules) -> NDArray[Any]:
    """Return the rows (T, ...) of those bars at which strategies are asked: every other where days are cut in two."""
    return values if rules.entry.decide_before_close_s is None else values[::2]


def _part(
    bars: Bars, places: NDArray[np.int64], opened_ns: int, start_ns: int, stop_ns: int, close_ns: int
) -> NDArray[np.void]:
    """Return one row (S,) over the rows at some places of a session that opened then."""
    row = np.tile(blank_bar(bars.columns), len(bars.symbols))
    for column in range(len(bars.symbols)):
        held: Any = bars.rows[places, column][bars.usable[places, column]]
        if len(held):
            row[column] = held[-1]
            for name in _OF_OPEN:
                row[column][name] = held[0][name]
            row[column]["high"], row[column]["low"] = held["high"].max(), held["low"].min()
            row[column]["volume"] = np.cumsum(held["volume"])[-1]
            row[column]["dividend"] = np.cumsum(held["dividend"])[-1]
            row[column]["flags"] = np.bitwise_or.reduce(held["flags"])
        elif len(places):
            for name in _MIDNIGHT:
                row[column][name] = bars.rows[places[0], column][name]
    row["ts_ns"], row["open_ns"] = stop_ns, start_ns
    row["session_bar"] = int(start_ns > opened_ns)
    row["elapsed_s"] = (stop_ns - opened_ns) // NS_PER_SECOND
    row["remaining_s"] = (close_ns - stop_ns) // NS_PER_SECOND
    return row
