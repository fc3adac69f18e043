"""Put daily bars into the sessions that they are made of."""

from dataclasses import replace

import numpy as np

from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.exchange.sessions import Sessions


def in_session(bars: Bars, sessions: Sessions) -> Bars:
    """Return bars of days, or of several, that open and close with the sessions of their first and last day.

    A bar of days without a session is marked as missing. Raises DataError where two bars would close together.
    """
    rows = bars.rows.copy()
    first_days = (rows["open_ns"][:, 0] + 1) // NS_PER_DAY  # a day may open a nanosecond early
    last_days = (rows["ts_ns"][:, 0] - 1) // NS_PER_DAY
    for place, (first, last) in enumerate(zip(first_days.tolist(), last_days.tolist(), strict=True)):
        held = sessions.between(first, last)
        if not held:
            rows["flags"][place] |= int(Flag.MISSING)
            continue
        rows["open_ns"][place], rows["ts_ns"][place] = held[0].open_ns, held[-1].close_ns
        rows["session"][place] = held[-1].day
        rows["session_bar"][place] = 0
        rows["elapsed_s"][place] = (held[-1].close_ns - held[-1].open_ns) // NS_PER_SECOND
        rows["remaining_s"][place] = 0
    kept = rows[(rows["flags"] & int(Flag.MISSING)).min(axis=1) == 0]
    if not len(kept):
        raise DataError("none of the daily bars falls on a session of the calendar; check their dates")
    if (np.diff(kept["ts_ns"][:, 0]) <= 0).any():
        raise DataError("two daily bars belong to one session; check their dates and the calendar")
    return replace(bars, rows=kept)
