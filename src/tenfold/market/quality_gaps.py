"""Find bars that ought to be there: against an exchange's sessions, or against the hours the data show."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR

_HOURS_PER_WEEK: Final = 168
_EPOCH_SHIFT_NS: Final = 3 * NS_PER_DAY  # 1970-01-01 was a Thursday; weeks here begin on Monday
_OPEN_SHARE_MIN: Final = 0.5
_WEEKDAYS_MISSING_MAX: Final = 4  # the longest closure of an exchange in decades: 11 to 14 September 2001
_SEVEN_DAY_SHARE: Final = 0.5
_GRID_CELLS_MAX: Final = 20_000_000

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
    """Without a calendar a missing weekday may be a holiday: only closures longer than any on record count."""
    days_unique = np.unique(days)
    weekend = (days_unique + 3) % 7 >= 5
    if weekend.mean() > _SEVEN_DAY_SHARE * 2.0 / 7.0:
        absent = np.diff(days) - 1
        return _after(days, absent > 0), int(np.maximum(absent, 0).sum()), []
    dates = days.astype("datetime64[D]")
    absent = np.busday_count(dates[:-1], dates[1:]) - 1
    long = absent > _WEEKDAYS_MISSING_MAX
    short = int(np.maximum(absent[~long], 0).sum())
    notes = []
    if short:
        notes.append(f"{short} weekdays without a bar may be holidays: not counted as gaps without a calendar")
    return _after(days, long), int(absent[long].sum()), notes


def _after(rows: Moments, broken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask = np.zeros(len(rows), bool)
    mask[1:] = broken
    return mask


def _intraday_grid(open_ns: Moments, period_ns: int) -> Found:
    """Count absent bars inside the hours of the week in which most bars are there."""
    cell = _hour_of_week(open_ns)
    trading = _trading_hours(open_ns, cell, period_ns)
    steps = np.diff(open_ns)
    mask = np.zeros(len(open_ns), bool)
    missing = 0
    per_hour = max(1, NS_PER_HOUR // period_ns)
    for i in np.flatnonzero(steps >= 2 * period_ns):
        count = int(steps[i] // period_ns) - 1
        if count > _GRID_CELLS_MAX:
            count = _GRID_CELLS_MAX
        absent = open_ns[i] + period_ns * np.arange(1, count + 1, dtype=np.int64)
        inside = int(trading[_hour_of_week(absent)].sum())
        if inside:
            mask[i + 1] = True
            missing += inside
    share = float(trading.mean())
    notes = []
    if share < 1.0:
        notes.append(
            f"no calendar: gaps are judged inside the {int(trading.sum())} of 168 hours a week with most bars"
            f" ({per_hour} an hour)"
        )
    return mask, missing, notes


def _hour_of_week(moments: Moments) -> NDArray[np.int64]:
    return np.asarray(((moments + _EPOCH_SHIFT_NS) // NS_PER_HOUR) % _HOURS_PER_WEEK, np.int64)


def _trading_hours(open_ns: Moments, cell: NDArray[np.int64], period_ns: int) -> NDArray[np.bool_]:
    """Return for each hour of the week, (168,), whether at least half of its possible bars are there.

    Under four weeks an hour of the week is seen too seldom; then the hour of the day decides, for working
    days and for each day of the weekend apart.
    """
    hours = np.arange(open_ns[0] // NS_PER_HOUR, open_ns[-1] // NS_PER_HOUR + 1, dtype=np.int64)
    possible_cell = np.asarray((hours + _EPOCH_SHIFT_NS // NS_PER_HOUR) % _HOURS_PER_WEEK, np.int64)
    per_hour = max(1.0, NS_PER_HOUR / period_ns)
    step_hours = max(1, int(period_ns // NS_PER_HOUR))
    seen = np.bincount(cell, minlength=_HOURS_PER_WEEK).astype(np.float64)
    possible = np.bincount(possible_cell, minlength=_HOURS_PER_WEEK) * per_hour
    if len(hours) < 4 * _HOURS_PER_WEEK:
        cells = np.arange(_HOURS_PER_WEEK)
        day = cells // 24
        group = (cells % 24) + 24 * np.maximum(day - 4, 0)
        seen = np.bincount(group, seen, minlength=72)[group]
        possible = np.bincount(group, possible, minlength=72)[group]
    if step_hours > 1:
        # Bars longer than an hour begin in one hour of several: every hour that a bar begins in counts.
        return seen > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(possible > 0, seen / possible, 0.0) >= _OPEN_SHARE_MIN, bool)
