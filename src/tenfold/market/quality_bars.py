"""Validate the bars of one symbol: every defect becomes a flag, a count and a line; no row is changed.

How it works
------------
`check` first restores the order of time (remembering which rows were out of order), then asks one pure
function for each defect, which returns a mask over the rows. Checks that compare with the row before look
only at usable rows. The scale of a usual move is measured on the data itself, block by block, so the same
rule serves minute bars of a currency and daily bars of a share.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import stamp_calendar
from tenfold.domain.market import UNUSABLE, Flag
from tenfold.domain.session import Session
from tenfold.domain.units import shown_ns
from tenfold.market.quality_gaps import expected_sessions, find_gaps, off_session
from tenfold.market.quality_jumps import find_dividends, find_jumps
from tenfold.market.quality_report import DEFECTS, QualityReport, build_report
from tenfold.market.series import Series, encode_period

Mask = NDArray[np.bool_]
_PRICES: Final = ("open", "high", "low", "close")
_STALE_MIN: Final = 5
_STALE_ODDS: Final = 1e-4


def check(series: Series, sessions: Sequence[Session] | None = None) -> tuple[Series, QualityReport]:
    """Return the series in order of time with its flags set, and the report.

    `sessions` are those of the exchange from before the first to after the last bar; without them gaps
    are judged by the grid of the period inside the hours that the data themselves show.
    """
    order = np.argsort(series.rows["ts_ns"], kind="stable")
    disorder = _disorder(series.rows["ts_ns"])[order]
    ordered = series.take(order)
    rows = ordered.rows
    rows["flags"] = 0
    session_ns = expected_sessions(rows["open_ns"], series.period_ns, sessions)
    rows["elapsed_s"] = 0
    stamp_calendar(rows.reshape(-1, 1), session_ns)
    found: dict[str, Mask] = {"disorder": disorder, "duplicate": _duplicates(rows["ts_ns"])}
    found |= _prices(rows) | _quotes(rows) | _volume(rows)
    bad = found["missing_price"] | found["nonpositive_price"]
    good = np.flatnonzero(~(bad | found["duplicate"]))
    notes = list(series.notes)
    counts: dict[str, int] = {}
    if len(good) > 2:
        usable = ordered.take(good)
        with np.errstate(all="ignore"):  # prices of any finite size: what overflows is beyond every limit
            jumps, told = find_jumps(usable)
            jumps["dividend"] = find_dividends(usable)
        jumps["stale"] = _stale(usable.rows)
        for name, mask in jumps.items():
            found[name] = np.zeros(len(rows), bool)
            found[name][good] = mask
        notes += told
    # A row with a bad price still shows that the source had a bar, so it closes a gap.
    gaps, counts["missing_bars"], told = find_gaps(rows["open_ns"], rows["ts_ns"], series.period_ns, sessions)
    found["gap"] = gaps
    found["off_session"] = off_session(rows["ts_ns"], series.period_ns, sessions)
    notes += told
    for name, mask in found.items():
        rows["flags"] |= np.where(mask, int(DEFECTS[name].flag), 0).astype(np.uint32)
    report = build_report(
        series.symbol,
        "bars",
        shown_ns(rows["ts_ns"], series.period_ns),
        found,
        counts=counts,
        period=encode_period(series.period_ns),
        notes=tuple(notes),
    )
    return replace(ordered, rows=rows), report


def merge_flags(rows: NDArray[np.void]) -> tuple[NDArray[np.void], int]:
    """Return rows (N,) with one row a time stamp, and how many were left out.

    Of several rows with one stamp the first usable one stays, and keeps the flag DUPLICATE so that the
    choice can be seen.
    """
    ts_ns = rows["ts_ns"]
    repeated = np.flatnonzero(ts_ns[1:] == ts_ns[:-1]) + 1
    if len(repeated) == 0:
        return rows, 0
    unusable = (rows["flags"] & int(UNUSABLE)) != 0
    order = np.lexsort((np.arange(len(rows)), unusable, ts_ns))
    ranked = rows[order]
    first = np.ones(len(rows), bool)
    first[1:] = ranked["ts_ns"][1:] != ranked["ts_ns"][:-1]
    kept = ranked[first].copy()
    kept["flags"][np.isin(kept["ts_ns"], ts_ns[repeated])] |= int(Flag.DUPLICATE)
    return kept, len(rows) - len(kept)


def _disorder(ts_ns: NDArray[np.int64]) -> Mask:
    late = np.zeros(len(ts_ns), bool)
    if len(ts_ns):
        late[1:] = ts_ns[1:] < np.maximum.accumulate(ts_ns)[:-1]
    return late


def _duplicates(ts_ns: NDArray[np.int64]) -> Mask:
    same = np.zeros(len(ts_ns), bool)
    same[1:] = ts_ns[1:] == ts_ns[:-1]
    return same


def _prices(rows: NDArray[np.void]) -> dict[str, Mask]:
    """Find absent and impossible prices; what is absent violates no relation."""
    columns = np.stack([rows[name] for name in _PRICES])
    missing = ~np.isfinite(columns).all(axis=0)
    nonpositive = (np.where(np.isfinite(columns), columns, 1.0) <= 0.0).any(axis=0)
    open_, high, low, close = np.where(np.isfinite(columns), columns, np.nan)
    with np.errstate(invalid="ignore"):
        ohlc = (open_ > high) | (open_ < low) | (close > high) | (close < low) | (low > high)
        flat = (open_ == close) & (high == close) & (low == close)
    close_only = flat & bool(flat.sum() >= 0.98 * max(1, (~missing).sum()) and len(rows) > 20)
    return {"missing_price": missing, "nonpositive_price": nonpositive, "ohlc": ohlc, "close_only": close_only}


def _quotes(rows: NDArray[np.void]) -> dict[str, Mask]:
    crossed = np.zeros(len(rows), bool)
    one_sided, zero_spread = crossed.copy(), crossed.copy()
    for bid, ask in (("bid", "ask"), ("bid_open", "ask_open")):
        has_bid = np.isfinite(rows[bid]) & (rows[bid] > 0.0)
        has_ask = np.isfinite(rows[ask]) & (rows[ask] > 0.0)
        one_sided |= has_bid != has_ask
        both = has_bid & has_ask
        crossed |= both & (rows[ask] < rows[bid])
        if bid == "bid":
            zero_spread |= both & (rows[ask] == rows[bid])
    return {"crossed": crossed, "one_sided": one_sided, "zero_spread": zero_spread}


def _volume(rows: NDArray[np.void]) -> dict[str, Mask]:
    volume = rows["volume"]
    if not np.isfinite(volume).any():
        return {}
    with np.errstate(invalid="ignore"):
        return {"zero_volume": ~(np.isfinite(volume) & (volume > 0.0))}


def _stale(rows: NDArray[np.void]) -> Mask:
    """Find runs of unchanged prices that chance does not explain.

    With a share p of unchanged bars, a run of k is expected N * p**k times; it is flagged where that is
    below 1 in 10,000, and k at least 5.
    """
    close = rows["close"]
    unchanged = np.zeros(len(rows), bool)
    unchanged[1:] = (close[1:] == close[:-1]) & (rows["high"][1:] == rows["low"][1:])
    share = min(0.98, max(float(unchanged.mean()), 0.01))
    length_min = max(_STALE_MIN, int(np.ceil(np.log(_STALE_ODDS / len(rows)) / np.log(share))))
    mask = np.zeros(len(rows), bool)
    for start, stop in _runs(unchanged):
        if stop - start >= length_min:
            mask[start:stop] = True
    return mask


def _runs(mask: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
