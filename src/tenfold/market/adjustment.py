"""Adjust prices for the splits and dividends that were known at a date."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import DataError
from tenfold.domain.market import UNUSABLE
from tenfold.market.funding import funding_cash
from tenfold.market.series import ACTION, Series

SIMPLE_RATIOS: Final = np.array(
    sorted(
        {
            *(float(n) for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100)),
            *(1.0 / n for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100)),
            *(1.5, 2.5, 2.0 / 3.0, 0.4),
        }
    )
)
"""Splits as they occur: new shares for one old share."""

_SPLIT_TOLERANCE: Final = 0.03
_PRICES: Final = ("open", "high", "low", "close", "bid", "ask", "bid_open", "ask_open")


def near_ratio(ratio: NDArray[np.float64], tolerance: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the simple ratio within a relative tolerance, NaN where there is none. Shape (N,)."""
    with np.errstate(all="ignore"):
        distance = np.abs(np.log(ratio)[:, None] - np.log(SIMPLE_RATIOS)[None, :])
    distance = np.where(np.isfinite(distance), distance, np.inf)
    best = distance.argmin(axis=1)
    near = distance[np.arange(len(ratio)), best] <= tolerance
    return np.where(near, SIMPLE_RATIOS[best], np.nan)


def actions_from_factors(
    days: NDArray[np.int64], close: NDArray[np.float64], factor: NDArray[np.float64]
) -> NDArray[np.void]:
    """Return the actions that a column of adjustment factors implies.

    Parameters
    ----------
    days, close, factor : (N,) session day, price as stored and factor, in time order
        adjusted = close * factor. A step of the factor is a split where it is near a simple ratio, and a
        dividend in what remains; steps below the column's own rounding noise are no action.
    """
    known = np.isfinite(close) & np.isfinite(factor) & (close > 0.0) & (factor > 0.0)
    days, close, factor = days[known], close[known], factor[known]
    if len(days) < 2:
        return np.zeros(0, ACTION)
    with np.errstate(all="ignore"):
        step = factor[1:] / factor[:-1]
    step = np.where(np.isfinite(step) & (step > 0.0), step, 1.0)
    noise = float(np.median(np.abs(step - 1.0)))
    floor = max(1e-4, 30.0 * noise)
    found = []
    for i in np.flatnonzero(np.abs(step - 1.0) > floor):
        split = float(near_ratio(step[i : i + 1], _SPLIT_TOLERANCE)[0])
        split = 1.0 if np.isnan(split) else split
        left = step[i] / split  # 1 / (1 - dividend / close)
        dividend = float(close[i] * (1.0 - 1.0 / left))
        if abs(left - 1.0) <= floor:
            dividend = 0.0
        found.append((int(days[i + 1]), split, dividend, int(days[i + 1])))
    return np.array(found, ACTION)


def merge_actions(actions: Sequence[NDArray[np.void]]) -> NDArray[np.void]:
    """Return actions of several sources by day; of two that name one day the later source wins."""
    every = np.concatenate([np.zeros(0, ACTION), *actions])
    latest = {int(action["day"]): index for index, action in enumerate(every)}
    return every[[latest[day] for day in sorted(latest)]]


def action_factors(series: Series, actions: NDArray[np.void]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by how much each action divides earlier prices: (splits, dividends), shape (A,) each.

    The dividend's factor is 1 - cash / last close before the ex-date, as the exchanges reckon it.
    """
    rows = series.rows
    usable = np.flatnonzero((rows["flags"] & int(UNUSABLE)) == 0)
    position = np.searchsorted(rows["session"][usable], actions["day"]) - 1
    before = np.full(len(actions), np.nan)
    if len(usable):
        before = np.where(position >= 0, rows["close"][usable][np.maximum(position, 0)], np.nan)
    with np.errstate(all="ignore"):
        paid = np.where(np.isfinite(before) & (actions["dividend"] < before), 1.0 - actions["dividend"] / before, 1.0)
    return 1.0 / actions["split"], paid


def adjust(series: Series, mode: str, as_of_day: int | None = None) -> Series:
    """Return the series in the wanted adjustment, with only the actions known by a day.

    "raw": prices as traded; "split": as if today's shares had always been; both carry dividends as cash
    on the first usable bar from the ex-date on. "total": dividends are in the prices. Funding is cash in each of the three. A series whose source is
    adjusted already cannot go back: DataError. Rows must be in time order with `session` filled.
    """
    order = ("raw", "split", "total")
    if mode not in order:
        raise DataError(f"adjustment is {mode!r}, expected raw, split or total")
    if order.index(mode) < order.index(series.adjustment):
        raise DataError(
            f"{series.symbol} is stored {series.adjustment}-adjusted and has no {mode} prices; "
            f"read it with adjust={series.adjustment!r}"
        )
    rows = series.rows.copy()
    rows["dividend"] = 0.0
    actions = series.actions
    if as_of_day is not None:
        actions = actions[(actions["known_day"] <= as_of_day) & (actions["day"] <= as_of_day)]
    if len(actions) and len(rows) and series.adjustment != "total":
        _scale(rows, actions, *action_factors(series, actions), mode)
    rows["dividend"] += funding_cash(rows, series.funding)
    return replace(series, rows=rows, factor=None, adjustment=_achieved(series, mode))


def _scale(
    rows: NDArray[np.void],
    actions: NDArray[np.void],
    split: NDArray[np.float64],
    paid: NDArray[np.float64],
    mode: str,
) -> None:
    """Adjust rows (N,) in place, and put cash on the first bar of each ex-date that can be traded on."""
    first = np.searchsorted(rows["session"], actions["day"])
    split_after = np.ones(len(rows))
    paid_after = np.ones(len(rows))
    for a in np.flatnonzero(first > 0):
        split_after[: first[a]] *= split[a]
        paid_after[: first[a]] *= paid[a]
    usable = np.flatnonzero((rows["flags"] & int(UNUSABLE)) == 0)
    payer = np.searchsorted(usable, first)
    inside = payer < len(usable)
    cash = np.zeros(len(rows))
    # A share as held before counts; one after the split of the same day is less of it.
    np.add.at(cash, usable[payer[inside]], (actions["dividend"] * split)[inside])
    scale = np.ones(len(rows)) if mode == "raw" else split_after.copy()
    if mode == "total":
        scale *= paid_after
    else:
        rows["dividend"] = cash * scale
    for name in _PRICES:
        rows[name] *= scale
    if mode != "raw":
        rows["volume"] /= split_after


def _achieved(series: Series, mode: str) -> str:
    """Return what the prices are after adjusting: where no actions are known it stays what it was."""
    return mode if len(series.actions) or series.actions_known or mode == "raw" else series.adjustment


def split_distance(rows: NDArray[np.void], at: int, split: float) -> tuple[float, float]:
    """Return how far the price at a row lies from having moved by a split, and from not having moved.

    Both are fractions of the split's own log move, so that the nearer of the two is below a half.
    """
    stated = float(np.log(split))
    with np.errstate(all="ignore"):  # a price of the source may be zero or absent: then neither is near
        moved = float(np.log(rows["close"][at - 1] / rows["open"][at]))
    return abs(moved - stated) / abs(stated), abs(moved) / abs(stated)
