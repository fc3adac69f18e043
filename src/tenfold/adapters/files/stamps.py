"""Tell whether intraday bars are stamped at their open or at their close, from the bars themselves.

How it works
------------
At the open of the exchange trading sets in: the first regular bar, or, where there are bars before the open,
the first with heavy volume, carries the open's time if bars are stamped at their open, and one period
later if at their close. Each session votes; eight in ten must agree.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.domain.session import NEW_YORK, Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE

_AGREE: Final = 0.8
_HEAVIER: Final = 2.0
_SESSIONS_MIN: Final = 3
_OPEN_NS: Final = 9 * NS_PER_HOUR + 30 * NS_PER_MINUTE
_CLOSE_NS: Final = 16 * NS_PER_HOUR
_WEEKEND_MAX: Final = 0.01

Integers = NDArray[np.int64]


def new_york_sessions(label_ns: Integers) -> list[Session]:
    """Return 09:30 to 16:00 New York on each working day that has labels; nothing where weekends have some."""
    local = (
        pl.Series(label_ns).cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone(NEW_YORK)
        .dt.replace_time_zone(None).to_physical().to_numpy()
    )  # fmt: skip
    day = local // NS_PER_DAY
    if ((day + 3) % 7 >= 5).mean() > _WEEKEND_MAX:
        return []
    days, first = np.unique(day, return_index=True)
    offset = local[first] - label_ns[first]
    return [
        Session(
            day=int(d),
            open_ns=int(d) * NS_PER_DAY + _OPEN_NS - int(o),
            close_ns=int(d) * NS_PER_DAY + _CLOSE_NS - int(o),
        )
        for d, o in zip(days, offset, strict=True)
        if (d + 3) % 7 < 5
    ]


def detect_stamp(
    label_ns: Integers, volume: NDArray[np.float64], period_ns: int, sessions: Sequence[Session]
) -> tuple[str, str]:
    """Return "open" or "close" with the evidence, or "" where the bars do not tell.

    `label_ns` is sorted; `volume` may be NaN.
    """
    votes: list[str] = []
    evidence = ""
    for session in sessions:
        first, last = np.searchsorted(label_ns, [session.open_ns - 3 * NS_PER_HOUR, session.close_ns + period_ns])
        if last - first < 3:
            continue
        vote, how = _vote(label_ns[first:last], volume[first:last], period_ns, session)
        if vote:
            votes.append(vote)
            evidence = how
    if len(votes) < _SESSIONS_MIN or len(votes) < 0.5 * len(sessions):
        return "", ""
    for stamp in ("open", "close"):
        share = votes.count(stamp) / len(votes)
        if share >= _AGREE:
            return stamp, f"{evidence} in {votes.count(stamp)} of {len(votes)} sessions"
    return "", ""


def _vote(label_ns: Integers, volume: NDArray[np.float64], period_ns: int, session: Session) -> tuple[str, str]:
    """Return what one session says and how."""
    opened = session.open_ns
    if label_ns[0] == opened:
        return "open", "the first bar carries the time of the open"
    if label_ns[0] == opened + period_ns:
        return "close", "the first bar is one period after the open"
    by_time = {int(at): float(size) for at, size in zip(label_ns, volume, strict=True)}
    before, here, after = (by_time.get(opened + step * period_ns, np.nan) for step in (-1, 0, 1))
    if not (np.isfinite(here) and np.isfinite(after)):
        return "", ""
    before = before if np.isfinite(before) else 0.0
    if here > _HEAVIER * before and here * _HEAVIER > after:
        return "open", "volume sets in with the bar of the open's time"
    if after > _HEAVIER * here:
        return "close", "volume sets in one period after the open's time"
    return "", ""
