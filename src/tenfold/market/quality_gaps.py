"""Find bars that ought to be there: against an exchange's sessions, or against the hours the data show."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR

_CELLS_PER_HOUR: Final = 4
_CELL_NS: Final = NS_PER_HOUR // _CELLS_PER_HOUR
_CELLS_PER_WEEK: Final = 7 * 24 * _CELLS_PER_HOUR
_EPOCH_SHIFT_NS: Final = 3 * NS_PER_DAY  # 1970-01-01 was a Thursday; weeks here begin on Monday
_OPEN_SHARE_MIN: Final = 0.5
_CLOSED_DAYS_MAX: Final = 4  # the longest closure of an exchange in decades: 11 to 14 September 2001
_BLOCK_NS: Final = 56 * NS_PER_DAY
_ABSENT_MAX: Final = 2_000_000

Moments = NDArray[np.int64]
Found = tuple[NDArray[np.bool_], int, list[str]]


def session_arrays(sessions: Sequence[Session]) -> tuple[Moments, Moments, Moments]:
    """Return day, open and close of sessions as arrays, in order of time."""
    ordered = sorted(sessions, key=lambda session: session.open_ns)
    return (
        np.array([session.day for session in ordered], np.int64),
        np.array([session.open_ns for session in ordered], np.int64),
        np.array([session.close_ns for session in ordered], np.int64),
    )


def expected_sessions(open_ns: Moments, period_ns: int, sessions: Sequence[Session] | None) -> Moments | None:
    """Return midnight UTC of the session that each bar belongs to, (N,); None where UTC days serve.

    A bar outside the sessions (before the open, after the close) belongs to the nearer one.
    """
    if not sessions or period_ns >= NS_PER_DAY:
        return None
    day, opens, closes = session_arrays(sessions)
    nearer = closes[:-1] + (opens[1:] - closes[:-1]) // 2
    return np.asarray(day[np.searchsorted(nearer, open_ns, side="right")] * NS_PER_DAY, np.int64)


def off_session(ts_ns: Moments, period_ns: int, sessions: Sequence[Session] | None) -> NDArray[np.bool_]:
    """Mark bars that close outside every session, or daily bars of a day without a session."""
    if not sessions or len(ts_ns) == 0 or period_ns > NS_PER_DAY:
        return np.zeros(len(ts_ns), bool)
    day, opens, closes = session_arrays(sessions)
    if period_ns == NS_PER_DAY:
        return ~np.isin((ts_ns - 1) // NS_PER_DAY, day)
    index = np.searchsorted(closes, ts_ns)  # the first session that closes at or after the bar
    inside = index < len(opens)
    # An hour bar stamped on the hour covers an open at half past: it overlaps the session.
    return ~(inside & (opens[np.minimum(index, len(opens) - 1)] < ts_ns))


def find_gaps(open_ns: Moments, ts_ns: Moments, period_ns: int, sessions: Sequence[Session] | None) -> Found:
    """Return (rows after a gap, number of absent bars, notes). Rows are in order of time."""
    if len(ts_ns) < 2 or period_ns > NS_PER_DAY:
        return np.zeros(len(ts_ns), bool), 0, []
    if sessions:
        if period_ns == NS_PER_DAY:
            return _daily_sessions((ts_ns - 1) // NS_PER_DAY, session_arrays(sessions)[0])
        return _intraday_sessions(open_ns, ts_ns, period_ns, sessions)
    if period_ns == NS_PER_DAY:
        return _daily_grid((ts_ns - 1) // NS_PER_DAY)
    return _intraday_grid(open_ns, period_ns)


def _daily_sessions(days: Moments, expected: Moments) -> Found:
    expected = np.sort(expected)
    expected = expected[(expected >= days[0]) & (expected <= days[-1])]
    absent = expected[~np.isin(expected, days)]
    after = np.searchsorted(days, absent)
    mask = np.zeros(len(days), bool)
    mask[after[after < len(days)]] = True
    return mask, len(absent), []


def _intraday_sessions(open_ns: Moments, ts_ns: Moments, period_ns: int, sessions: Sequence[Session]) -> Found:
    """Compare each session with its own grid: bars are expected on the period's multiples that overlap it."""
    _, opens, closes = session_arrays(sessions)
    phase = int(np.median(open_ns % period_ns))
    first, last = int(open_ns[0]), int(open_ns[-1])
    mask = np.zeros(len(ts_ns), bool)
    missing = 0
    for opened, closed in zip(opens.tolist(), closes.tolist(), strict=True):
        if closed <= first or opened > last:
            continue
        start = opened - (opened - phase) % period_ns
        grid = np.arange(start, closed, period_ns, dtype=np.int64)
        grid = grid[(grid >= first) & (grid <= last)]
        at = np.searchsorted(open_ns, grid)
        absent = open_ns[np.minimum(at, len(open_ns) - 1)] != grid
        missing += int(absent.sum())
        mask[at[absent & (at < len(mask))]] = True
    return mask, missing, []


def _daily_grid(days: Moments) -> Found:
    """Without a calendar a missing weekday may be a holiday: only closures longer than any on record count.

    A day of the week is a trading day where at least half as many bars fall on it as on the usual one; a
    market open on all seven has no holidays.
    """
    counts = np.bincount((days + 3) % 7, minlength=7)
    trading = counts >= 0.5 * np.median(counts[counts > 0])
    if trading.all():
        absent = np.maximum(np.diff(days) - 1, 0)
        return _after(days, absent > 0), int(absent.sum()), []
    dates = days.astype("datetime64[D]")
    absent = np.maximum(np.busday_count(dates[:-1] + 1, dates[1:], weekmask=trading.tolist()), 0)
    long = absent > _CLOSED_DAYS_MAX
    short = int(absent[~long].sum())
    notes = []
    if short:
        notes.append(f"{short} trading days of the week have no bar: holidays or gaps, a calendar tells (--calendar)")
    return _after(days, long), int(absent[long].sum()), notes


def _after(rows: Moments, broken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask = np.zeros(len(rows), bool)
    mask[1:] = broken
    return mask


def _intraday_grid(open_ns: Moments, period_ns: int) -> Found:
    """Count absent bars inside the quarter-hours of the week in which most bars are there.

    Each eight weeks are judged by themselves, since clocks are put forward and back and hours change.
    """
    mask = np.zeros(len(open_ns), bool)
    missing = 0
    hours: set[float] = set()
    edges = np.arange(int(open_ns[0]), int(open_ns[-1]) - _BLOCK_NS // 2, _BLOCK_NS, dtype=np.int64)
    starts = [*np.searchsorted(open_ns, edges).tolist(), len(open_ns)] if len(edges) else [0, len(open_ns)]
    for first, last in pairwise(starts):
        if last - first < 2:
            continue
        trading = _trading_cells(open_ns[first:last], period_ns)
        hours.add(float(trading.sum()) / _CELLS_PER_HOUR * max(1.0, period_ns / _CELL_NS))
        until = min(last, len(open_ns) - 1)
        for i in first + np.flatnonzero(np.diff(open_ns[first : until + 1]) >= 2 * period_ns):
            count = min(int((open_ns[i + 1] - open_ns[i]) // period_ns) - 1, _ABSENT_MAX)
            absent = open_ns[i] + period_ns * np.arange(1, count + 1, dtype=np.int64)
            inside = int(trading[_cell_of_week(absent)].sum())
            mask[i + 1] |= inside > 0
            missing += inside
    notes = []
    if hours and 0.0 < max(hours) < 168.0:
        notes.append(f"no calendar: gaps are judged inside the {max(hours):g} of 168 hours a week that have most bars")
    return mask, missing, notes


def _cell_of_week(moments: Moments) -> NDArray[np.int64]:
    return np.asarray(((moments + _EPOCH_SHIFT_NS) // _CELL_NS) % _CELLS_PER_WEEK, np.int64)


def _trading_cells(open_ns: Moments, period_ns: int) -> NDArray[np.bool_]:
    """Return for each quarter-hour of the week, (672,), whether at least half of its possible bars are there.

    Under four weeks a quarter-hour of the week is seen too seldom; then that of the day decides, for
    working days and for each day of the weekend apart. Of bars longer than a quarter of an hour, those
    quarter-hours count in which half of the weeks have one.
    """
    seen = np.bincount(_cell_of_week(open_ns), minlength=_CELLS_PER_WEEK).astype(np.float64)
    first, last = int(open_ns[0]) // _CELL_NS, int(open_ns[-1]) // _CELL_NS
    passed = np.arange(first, last + 1, dtype=np.int64) + _EPOCH_SHIFT_NS // _CELL_NS
    possible = np.bincount(passed % _CELLS_PER_WEEK, minlength=_CELLS_PER_WEEK) * max(1.0, _CELL_NS / period_ns)
    if len(passed) < 4 * _CELLS_PER_WEEK:
        cells = np.arange(_CELLS_PER_WEEK)
        per_day = _CELLS_PER_WEEK // 7
        group = cells % per_day + per_day * np.maximum(cells // per_day - 4, 0)
        seen = np.bincount(group, seen, minlength=3 * per_day)[group]
        possible = np.bincount(group, possible, minlength=3 * per_day)[group]
    return np.asarray(seen >= np.maximum(_OPEN_SHARE_MIN * possible, 1e-9), bool)
