"""Validate ticks: each defect becomes a mask, a count and a line; no tick is changed or dropped."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import Flag
from tenfold.market.quality_report import DEFECTS, QualityReport, build_report
from tenfold.market.ticks import Ticks

Mask = NDArray[np.bool_]
_NEIGHBOURS: Final = 5
_AWAY_SIGMAS: Final = 15.0
_AWAY_MIN: Final = 0.005


def check_ticks(ticks: Ticks) -> tuple[NDArray[np.uint32], QualityReport]:
    """Return the flags (N,) of each tick and the report."""
    ts_ns = ticks.ts_ns
    found: dict[str, Mask] = {"disorder": _disorder(ts_ns)}
    notes = list(ticks.notes)
    if ticks.kind == "quotes":
        found |= _quotes(ticks)
        found["same_time"] = _same_time(ts_ns)
    elif ticks.kind == "trades":
        found |= _trades(ticks)
        found["same_time"] = _same_time(ts_ns)
    else:
        found["broken_sequence"] = _broken_sequence(ticks)
    if "suspicious" in ticks.columns:
        found["suspicious"] = ticks.columns["suspicious"] != 0
    if "receipt_ns" in ticks.columns:
        lead_ns = ts_ns - ticks.columns["receipt_ns"]
        found["early_receipt"] = lead_ns > 0
        if found["early_receipt"].any():
            usual = float(np.median(lead_ns[found["early_receipt"]])) / 1e9
            notes.append(f"the exchange's clock is {usual:.3f} s ahead of the receiver's (median): negative latency")
    flags = np.zeros(len(ts_ns), np.uint32)
    for name, mask in found.items():
        flags |= np.where(mask, int(DEFECTS[name].flag), 0).astype(np.uint32)
    return flags, build_report(ticks.symbol, ticks.kind, ts_ns, found, notes=tuple(notes))


def usable_quotes(flags: NDArray[np.uint32]) -> Mask:
    """Return the quotes that show a market: both sides there and not crossed."""
    bad = Flag.CROSSED | Flag.ONE_SIDED | Flag.NAN_PRICE | Flag.NONPOSITIVE
    return (flags & int(bad)) == 0  # type: ignore[no-any-return]


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
    bid, ask = np.asarray(ticks.columns["bid"], float), np.asarray(ticks.columns["ask"], float)
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
    price, size = np.asarray(ticks.columns["price"], float), np.asarray(ticks.columns["size"], float)
    good = np.isfinite(price) & (price > 0.0)
    return {
        "missing_price": ~np.isfinite(price),
        "nonpositive_price": price <= 0.0,
        "zero_volume": ~(size > 0.0),
        "outlier": _away(np.where(good, price, np.nan)),
    }


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
    """Mark updates of a book whose first id does not follow the last id before."""
    first, last = ticks.columns["first_id"], ticks.columns["last_id"]
    mask = np.zeros(len(first), bool)
    known = (first[1:] > 0) & (last[:-1] > 0)
    mask[1:] = known & (first[1:] != first[:-1]) & (first[1:] != last[:-1] + 1)
    return mask
