"""Put the series of several symbols onto one axis of time; what is absent is marked, never filled."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR, Bars, bar_dtype, blank_bar, stamp_calendar
from tenfold.domain.errors import DataError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND, format_ns
from tenfold.market.adjustment import adjust
from tenfold.market.conversion import Rates, convert_instrument, convert_rows, note
from tenfold.market.quality_bars import merge_flags
from tenfold.market.quality_gaps import session_arrays
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import Series, encode_period


def align(
    checked: Sequence[tuple[Series, QualityReport]],
    *,
    mode: str = "total",
    instruments: Sequence[Instrument | None] = (),
    sessions: Sequence[Session] | None = None,
    span_ns: tuple[int | None, int | None] = (None, None),
    as_of_day: int | None = None,
    rates: Sequence[Rates | None] = (),
    label: str = "",
) -> Bars:
    """Return the checked series as bars of shape (T, S), T being the union of their time stamps.

    Parameters
    ----------
    checked : what `quality_bars.check` returned, symbol by symbol
    mode : adjustment of the prices; see `adjustment.adjust`
    instruments : contract terms by symbol, None where they are not known
    sessions : of the exchange; daily bars then open and close with them. Without them UTC days serve
    span_ns : bars that closed in [first, last) are kept, adjusted with the actions known by `as_of_day`
    rates : by symbol, into the account's currency; None where a symbol is quoted in it
    label : where the bars came from

    Raises DataError where the periods differ, or nothing is left. `Bars.sources` states by symbol the score,
    the counts, the rows left out as duplicates, and the moments without a bar.
    """
    series = [one for one, _ in checked]
    periods = {one.period_ns for one in series}
    if len(periods) != 1:
        told = ", ".join(f"{one.symbol} {encode_period(one.period_ns)}" for one in series)
        raise DataError(f"the symbols have different periods ({told}); state one, e.g. --period 1d")
    period_ns = periods.pop()
    adjusted = [adjust(one, mode, as_of_day) for one in series]
    further = list(dict.fromkeys(name for one in adjusted for name in one.columns))
    merged = [merge_flags(_wide(one, further)) for one in adjusted]
    whole = [_closed_with(rows, period_ns, sessions) for rows, _ in merged]
    chosen = [
        Instrument(symbol=one.symbol) if terms is None else terms
        for one, terms in zip(series, instruments or [None] * len(series), strict=True)
    ]
    exchange: dict[str, str] = {}
    for column, rate in enumerate(rates):
        if rate is not None:
            unlike, whole[column] = whole[column], convert_rows(whole[column], rate)
            exchange[series[column].symbol] = note(rate, whole[column], unlike)
            chosen[column] = convert_instrument(chosen[column], rate)
    first_ns, last_ns = span_ns
    low = -(1 << 62) if first_ns is None else first_ns
    high = 1 << 62 if last_ns is None else last_ns
    columns = [rows[slice(*np.searchsorted(rows["ts_ns"], [low, high]))] for rows in whole]
    moments = columns[0]["ts_ns"].copy()
    if any(not np.array_equal(rows["ts_ns"], moments) for rows in columns[1:]):
        moments = np.unique(np.concatenate([rows["ts_ns"] for rows in columns]))
    if len(moments) == 0:
        known = [rows["ts_ns"] for rows in whole if len(rows)]
        first, last = min(int(ts[0]) for ts in known), max(int(ts[-1]) for ts in known)
        raise DataError(
            f"no bars of {', '.join(one.symbol for one in series)} between the given dates; "
            f"they run from {format_ns(first, NS_PER_DAY)} to {format_ns(last, NS_PER_DAY)}"
        )
    table = _union(columns, moments, period_ns)
    _stamp(table, period_ns, sessions)
    sources: dict[str, object] = {}
    for column, (one, report) in enumerate(checked):
        absent = int((table["flags"][:, column] & int(Flag.MISSING) != 0).sum())
        sources[one.symbol] = {
            **report.summary(),
            "label": one.label,
            "adjustment": adjusted[column].adjustment,
            "left_out": merged[column][1],
            "absent": absent,
        } | ({"currency": exchange[one.symbol]} if one.symbol in exchange else {})
    names = {one.adjustment for one in adjusted}
    achieved = names.pop() if len(names) == 1 else "mixed: " + ", ".join(f"{a.symbol} {a.adjustment}" for a in adjusted)
    return Bars(
        rows=table,
        instruments=tuple(chosen),
        period_ns=period_ns,
        label=label,
        adjustment=achieved,
        sources=sources,
    )


def _wide(series: Series, names: Sequence[str]) -> NDArray[np.void]:
    """Return the rows of a series with further columns, NaN where it lacks one."""
    if not names:
        return series.rows
    rows = np.zeros(len(series), bar_dtype(names))
    for name in BAR.names or ():
        rows[name] = series.rows[name]
    for name in names:
        rows[name] = series.columns.get(name, np.nan)
    return rows


def _closed_with(rows: NDArray[np.void], period_ns: int, sessions: Sequence[Session] | None) -> NDArray[np.void]:
    """Return daily rows that open and close with their session; days without one keep UTC midnight."""
    if not sessions or period_ns != NS_PER_DAY:
        return rows
    day, opens, closes = session_arrays(sessions)
    moved = rows.copy()
    at = np.minimum(np.searchsorted(day, rows["session"]), len(day) - 1)
    known = day[at] == rows["session"]
    moved["open_ns"] = np.where(known, opens[at], rows["open_ns"])
    moved["ts_ns"] = np.where(known, closes[at], rows["ts_ns"])
    return moved


def _union(columns: Sequence[NDArray[np.void]], moments: NDArray[np.int64], period_ns: int) -> NDArray[np.void]:
    if all(len(rows) == len(moments) for rows in columns):
        # Every symbol has every moment: the columns stand as they are.
        return np.ascontiguousarray(np.stack(columns, axis=1)) if len(columns) > 1 else columns[0].reshape(-1, 1).copy()
    further = (columns[0].dtype.names or ())[len(BAR.names or ()) :]
    table = np.tile(blank_bar(further), (len(moments), len(columns)))
    open_ns = np.full(len(moments), np.iinfo(np.int64).max)
    for column, rows in enumerate(columns):
        at = np.searchsorted(moments, rows["ts_ns"])
        table[at, column] = rows
        open_ns[at] = np.minimum(open_ns[at], rows["open_ns"])
    table["ts_ns"] = moments[:, None]
    table["open_ns"] = open_ns[:, None]
    return table


def _stamp(table: NDArray[np.void], period_ns: int, sessions: Sequence[Session] | None) -> None:
    """Fill the place of each bar in its session and in the calendar."""
    table["elapsed_s"] = 0
    table["remaining_s"] = 0
    if not sessions:
        stamp_calendar(table)
        return
    day, opens, closes = session_arrays(sessions)
    ts_ns, open_ns = table["ts_ns"][:, 0], table["open_ns"][:, 0]
    nearer = closes[:-1] + (opens[1:] - closes[:-1]) // 2
    at = np.searchsorted(nearer, open_ns, side="right")
    known = np.ones(len(at), bool)
    session_day = day[at]
    if period_ns >= NS_PER_DAY:
        known = (open_ns >= opens[at]) & (ts_ns <= closes[at])
        session_day = np.where(known, session_day, open_ns // NS_PER_DAY)
    elapsed = np.where(known, ts_ns - opens[at], 0) // NS_PER_SECOND
    remaining = np.where(known, np.maximum(closes[at] - ts_ns, 0), 0) // NS_PER_SECOND
    table["elapsed_s"] = elapsed.astype(np.int32)[:, None]
    table["remaining_s"] = remaining.astype(np.int32)[:, None]
    stamp_calendar(table, session_day * NS_PER_DAY)
