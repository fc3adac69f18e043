"""Validate ticks: each defect becomes a mask, a count and a line; no tick is changed or dropped.

How it works
------------
`TickCheck` takes a set in parts, so that a file larger than memory is judged too. Each part is judged together with
the last rows of the one before; rows near the end of a part wait for the next, since a print is judged by the
five after it. What is counted is the same however a set is cut, but for the scale of a usual deviation, which is measured
on each part.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import InvariantError
from tenfold.domain.market import Flag
from tenfold.market.quality_report import DEFECTS, EXAMPLES_MAX, QualityReport, build_report, quality_score
from tenfold.market.ticks import Ticks, joined

Mask = NDArray[np.bool_]
_NEIGHBOURS: Final = 5
_AWAY_SIGMAS: Final = 15.0
_AWAY_MIN: Final = 0.005
_KEPT: Final = 4 * _NEIGHBOURS
_WAITING: Final = 2 * _NEIGHBOURS


def check_ticks(ticks: Ticks) -> tuple[NDArray[np.uint32], QualityReport]:
    """Return the flags (N,) of each tick and the report."""
    found, leads = _judged(ticks)
    flags = np.zeros(len(ticks), np.uint32)
    for name, mask in found.items():
        flags |= np.where(mask, int(DEFECTS[name].flag), 0).astype(np.uint32)
    notes = (*ticks.notes, *_lead_note(leads))
    return flags, build_report(ticks.symbol, ticks.kind, ticks.ts_ns, found, notes=notes)


class TickCheck:
    """Judge the ticks of one set part by part."""

    def __init__(self) -> None:
        self._parts: list[QualityReport] = []
        self._kept: Ticks | None = None
        self._judged = 0  # rows of `_kept` that are judged already
        self._leads: list[NDArray[np.int64]] = []

    def add(self, ticks: Ticks) -> None:
        """Judge the next part, but for its last rows."""
        every = ticks if self._kept is None else joined([self._kept, ticks])
        until = max(self._judged, len(every) - _WAITING)
        self._judge(every, until)
        start = max(0, until - _KEPT)
        self._kept, self._judged = every.slice(start, len(every)), until - start

    def report(self) -> QualityReport:
        """Judge what waits and return the report of all parts."""
        if self._kept is None:
            raise InvariantError("no part of the ticks was judged")
        self._judge(self._kept, len(self._kept))
        self._judged = len(self._kept)
        notes = (*self._kept.notes, *_lead_note(np.concatenate([np.zeros(0, np.int64), *self._leads])))
        return merged_reports(self._parts, notes)

    def _judge(self, every: Ticks, until: int) -> None:
        if until <= self._judged:
            return
        part = slice(self._judged, until)
        found, leads = _judged(every)
        self._leads.append(leads[:: max(1, len(leads) // 1000)])
        cut = {name: mask[part] for name, mask in found.items()}
        self._parts.append(build_report(every.symbol, every.kind, every.ts_ns[part], cut))


def merged_reports(parts: Iterable[QualityReport], notes: tuple[str, ...]) -> QualityReport:
    """Return the report of a set from those of its parts, in order."""
    listed = list(parts)
    counts: dict[str, int] = {}
    examples: dict[str, tuple[int, ...]] = {}
    for name in DEFECTS:
        total = sum(part.counts.get(name, 0) for part in listed)
        if total:
            counts[name] = total
            examples[name] = tuple(ts_ns for part in listed for ts_ns in part.examples.get(name, ()))[:EXAMPLES_MAX]
    rows = sum(part.rows for part in listed)
    return QualityReport(
        symbol=listed[0].symbol,
        kind=listed[0].kind,
        rows=rows,
        first_ns=min(part.first_ns for part in listed),
        last_ns=max(part.last_ns for part in listed),
        counts=counts,
        examples=examples,
        score=quality_score(counts, rows),
        notes=notes,
    )


def usable_quotes(flags: NDArray[np.uint32]) -> Mask:
    """Return the quotes that show a market: both sides there and not crossed."""
    bad = Flag.CROSSED | Flag.ONE_SIDED | Flag.NAN_PRICE | Flag.NONPOSITIVE
    return (flags & int(bad)) == 0  # type: ignore[no-any-return]


def _judged(ticks: Ticks) -> tuple[dict[str, Mask], NDArray[np.int64]]:
    """Return a mask (N,) for each defect, and by how much the exchange's clock is ahead where it is."""
    ts_ns = ticks.ts_ns
    found: dict[str, Mask] = {"disorder": _disorder(ts_ns)}
    if ticks.kind == "quotes":
        found |= _quotes(ticks)
        found["same_time"] = _same_time(ts_ns)
    elif ticks.kind == "trades":
        found |= _trades(ticks)
        found["same_time"] = _same_time(ts_ns)
    elif ticks.kind == "depth":
        found["broken_sequence"] = _broken_sequence(ticks)
        found |= _levels(ticks)
    else:
        found["duplicate"] = _same_time(ts_ns)
        found |= _values(ticks)
    if "suspicious" in ticks.columns:
        found["suspicious"] = ticks.numbers("suspicious") != 0
    leads = np.zeros(0, np.int64)
    if "receipt_ns" in ticks.columns:
        lead_ns = ts_ns - np.asarray(ticks.columns["receipt_ns"], np.int64)
        found["early_receipt"] = lead_ns > 0
        leads = lead_ns[lead_ns > 0]
    return found, leads


def _lead_note(leads: NDArray[np.int64]) -> tuple[str, ...]:
    if not len(leads):
        return ()
    usual = float(np.median(leads)) / 1e9
    return (f"the exchange's clock is {usual:.3f} s ahead of the receiver's (median): negative latency",)


def _disorder(ts_ns: NDArray[np.int64]) -> Mask:
    mask = np.zeros(len(ts_ns), bool)
    mask[1:] = np.diff(ts_ns) < 0
    return mask


def _same_time(ts_ns: NDArray[np.int64]) -> Mask:
    mask = np.zeros(len(ts_ns), bool)
    mask[1:] = np.diff(ts_ns) == 0
    return mask


def _quotes(ticks: Ticks) -> dict[str, Mask]:
    """Judge each quote; a side that is absent (NaN or 0) crosses nothing."""
    bid, ask = ticks.numbers("bid"), ticks.numbers("ask")
    has_bid, has_ask = np.isfinite(bid) & (bid > 0.0), np.isfinite(ask) & (ask > 0.0)
    both = has_bid & has_ask
    middle = np.where(both, (bid + ask) / 2.0, np.nan)
    return {
        "missing_price": ~has_bid & ~has_ask,
        "nonpositive_price": (bid < 0.0) | (ask < 0.0),
        "one_sided": has_bid != has_ask,
        "crossed": both & (ask < bid),
        "zero_spread": both & (ask == bid),
        "outlier": _away(middle),
    }


def _trades(ticks: Ticks) -> dict[str, Mask]:
    price, size = ticks.numbers("price"), ticks.numbers("size")
    good = np.isfinite(price) & (price > 0.0)
    return {
        "missing_price": ~np.isfinite(price),
        "nonpositive_price": price <= 0.0,
        "zero_volume": ~(size > 0.0),
        "outlier": _away(np.where(good, price, np.nan)),
    }


def _levels(ticks: Ticks) -> dict[str, Mask]:
    """Judge the prices of a book's levels, where they are kept."""
    if "price" not in ticks.columns:
        return {}
    price = ticks.numbers("price")
    return {"missing_price": ~np.isfinite(price), "nonpositive_price": price <= 0.0}


def _values(ticks: Ticks) -> dict[str, Mask]:
    absent = np.zeros(len(ticks), bool)
    for name in ticks.columns:
        absent |= ~np.isfinite(ticks.numbers(name))
    return {"missing_value": absent}


def _away(price: NDArray[np.float64]) -> Mask:
    """Mark prices away from the median of five neighbours on each side, by 15 usual deviations and 0.5 %.

    Both the five before and the five after must agree with each other, so that a market that moves is not
    mistaken for a print off the market.
    """
    mask = np.zeros(len(price), bool)
    at = np.flatnonzero(np.isfinite(price))
    if len(at) < 4 * _NEIGHBOURS:
        return mask
    log = np.log(price[at])
    windows = np.lib.stride_tricks.sliding_window_view(log, _NEIGHBOURS)
    before = np.median(windows[: -_NEIGHBOURS - 1], axis=1)
    after = np.median(windows[_NEIGHBOURS + 1 :], axis=1)
    here = log[_NEIGHBOURS:-_NEIGHBOURS]
    away = np.minimum(np.abs(here - before), np.abs(here - after))
    same_side = (here - before) * (here - after) > 0.0
    usual = float(np.median(away[away > 0.0])) if (away > 0.0).any() else 0.0
    limit = max(_AWAY_MIN, _AWAY_SIGMAS * usual)
    mask[at[_NEIGHBOURS:-_NEIGHBOURS]] = same_side & (away > limit) & (np.abs(after - before) < 0.5 * away)
    return mask


def _broken_sequence(ticks: Ticks) -> Mask:
    """Mark updates of a book whose first id does not follow the last id before; rows of a snapshot are no part of the chain."""
    first, last = ticks.numbers("first_id"), ticks.numbers("last_id")
    update = np.ones(len(first), bool)
    if "snapshot" in ticks.columns:
        update = ticks.numbers("snapshot") == 0.0
    update &= (first > 0) & (last > 0)
    at = np.flatnonzero(update)
    mask = np.zeros(len(first), bool)
    if len(at):
        mask[at[1:]] = (first[at[1:]] != first[at[:-1]]) & (first[at[1:]] != last[at[:-1]] + 1)
    return mask
