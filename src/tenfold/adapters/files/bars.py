"""Build the series of one symbol from columns: order, period, stamp, mid prices, corporate actions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.adapters.files.columns import QUOTE_BARS
from tenfold.adapters.files.stamps import detect_stamp, new_york_sessions
from tenfold.domain.errors import DataError
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.adjustment import actions_from_factors, split_distance
from tenfold.market.series import (
    ACTION,
    Series,
    decode_period,
    empty_rows,
    encode_period,
    infer_period,
    stamp_rows,
)

SessionSource = Callable[[str, int, int], Sequence[Session]]
_PRICES: Final = ("open", "high", "low", "close")
_NEWEST_FIRST: Final = 0.9


@dataclass(frozen=True, eq=False)
class BarColumns:
    """Hold the columns of one symbol in the order of the file.

    `numbers` is by role, `extra` by name; `semicolons` marks a file without header and with semicolons, NinjaTrader's layout.
    """

    symbol: str
    local_ns: NDArray[np.int64]
    utc_ns: NDArray[np.int64]
    dates_only: bool
    numbers: dict[str, NDArray[np.float64]]
    extra: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    semicolons: bool = False

    def reversed(self) -> "BarColumns":
        """Return the columns from the last row to the first."""
        return BarColumns(
            symbol=self.symbol,
            local_ns=self.local_ns[::-1],
            utc_ns=self.utc_ns[::-1],
            dates_only=self.dates_only,
            numbers={role: values[::-1] for role, values in self.numbers.items()},
            extra={name: values[::-1] for name, values in self.extra.items()},
            semicolons=self.semicolons,
        )


def build_series(
    columns: BarColumns,
    *,
    stamp: str,
    calendar: str,
    period: str | None,
    adjustment: str | None,
    timezone: str,
    label: str,
) -> tuple[Series, dict[str, str], list[str]]:
    """Return the series, what was detected by name, and what was assumed. Raises DataError."""
    told: dict[str, str] = {}
    steps = np.diff(columns.utc_ns)
    if len(steps) and (steps < 0).mean() > _NEWEST_FIRST:
        columns = columns.reversed()
        told["order"] = "newest first"
    label_ns, period_ns, daily = _labels(columns, period)
    told["period"] = encode_period(period_ns)
    assumed: list[str] = []
    if daily:
        stamp = "date"
    elif stamp in ("auto", "date"):
        if columns.semicolons:
            stamp, told["stamp"] = "close", "at the close: NinjaTrader's layout"
        else:
            stamp, told["stamp"] = "open", "at the open, assumed"
            assumed.append("bars are stamped at their open; say otherwise with --stamp close")
    else:
        told["stamp"] = f"at the {stamp}, as told"
    rows = empty_rows(len(label_ns))
    stamp_rows(rows, label_ns, period_ns, stamp)
    _fill_prices(rows, columns.numbers)
    actions, known, factor, kind = _actions(rows, columns.numbers, adjustment)
    if not known:
        assumed.append(f"prices are {kind}, without corporate actions; say otherwise with --adjustment split or total")
    series = Series(
        symbol=columns.symbol,
        rows=rows,
        period_ns=period_ns,
        adjustment=kind,
        factor=factor,
        actions=actions,
        actions_known=known,
        calendar=calendar,
        timezone=timezone,
        stamp=stamp,
        label=label,
        columns=columns.extra,
    )
    return series, told, assumed


def _labels(columns: BarColumns, period: str | None) -> tuple[NDArray[np.int64], int, bool]:
    """Return (labels, period, whether the labels are dates): daily bars are dated by the source's own clock."""
    if period is not None:
        period_ns = decode_period(period)
    elif np.ptp(columns.utc_ns) == 0:
        if not columns.dates_only:
            raise DataError(f"{columns.symbol} has one bar only: its period cannot be told; state it, e.g. --period 1d")
        period_ns = NS_PER_DAY
    else:
        period_ns = infer_period(columns.utc_ns)
    if period_ns < NS_PER_DAY:
        if columns.dates_only:
            raise DataError(
                f"{columns.symbol} has dates without a time of day, expected times for {encode_period(period_ns)} bars"
            )
        return columns.utc_ns.copy(), period_ns, False
    return columns.local_ns // NS_PER_DAY * NS_PER_DAY, period_ns, True


def file_stamp(
    parts: Sequence[BarColumns], calendar: str, period: str | None, sessions: SessionSource | None
) -> tuple[str, str]:
    """Return (stamp, how it is known) for all symbols of a file: those whose bars tell speak for the others.

    The stamp is "auto" where none tells, or where the bars are daily.
    """
    votes: dict[str, list[str]] = {"open": [], "close": []}
    for columns in parts:
        if columns.dates_only or np.ptp(columns.utc_ns) == 0:
            continue
        period_ns = decode_period(period) if period is not None else infer_period(columns.utc_ns)
        if period_ns < NS_PER_DAY:
            stamp, evidence = _detected(columns, period_ns, calendar, sessions)
            if stamp:
                votes[stamp].append(f"{evidence} of {columns.symbol}")
    best = max(votes, key=lambda stamp: len(votes[stamp]))
    if len(votes[best]) > 2 * (len(votes["open"]) + len(votes["close"]) - len(votes[best])):
        return best, f"at the {best}: {votes[best][0]}"
    return "auto", ""


def _detected(columns: BarColumns, period_ns: int, calendar: str, sessions: SessionSource | None) -> tuple[str, str]:
    """Return the stamp that the bars of one symbol show, "" where they do not tell."""
    order = np.argsort(columns.utc_ns, kind="stable")
    label_ns = columns.utc_ns[order]
    if calendar and sessions is not None:
        found = list(sessions(calendar, int(label_ns[0]) // NS_PER_DAY, int(label_ns[-1]) // NS_PER_DAY))
        days = set((label_ns // NS_PER_DAY).tolist())
        found = [session for session in found if session.day in days]
    else:
        found = new_york_sessions(label_ns)
    volume = columns.numbers.get("volume", np.full(len(label_ns), np.nan))
    return detect_stamp(label_ns, volume[order], period_ns, found)


def _fill_prices(rows: NDArray[np.void], numbers: dict[str, NDArray[np.float64]]) -> None:
    """Fill prices and volume; of quote bars the middle of bid and ask, NaN where a side is absent."""
    if set(QUOTE_BARS) <= set(numbers) and not set(_PRICES) <= set(numbers):
        for name in _PRICES:
            rows[name] = 0.5 * (numbers[f"bid_{name}"] + numbers[f"ask_{name}"])
    else:
        for name in _PRICES:
            rows[name] = numbers.get(name, numbers["close"])
    for name, role in (("bid", "bid_close"), ("ask", "ask_close"), ("bid_open", "bid_open"), ("ask_open", "ask_open")):
        rows[name] = numbers.get(role, numbers.get(name, np.full(len(rows), np.nan)))
    if "volume" in numbers:
        rows["volume"] = numbers["volume"]


def _actions(
    rows: NDArray[np.void], numbers: dict[str, NDArray[np.float64]], adjustment: str | None
) -> tuple[NDArray[np.void], bool, NDArray[np.float64] | None, str]:
    """Return (actions, whether the file states them, factor, adjustment of the prices)."""
    order = np.argsort(rows["ts_ns"], kind="stable")
    days = rows["open_ns"] // NS_PER_DAY
    close = rows["close"]
    factor = numbers.get("factor")
    if factor is None and "adjusted_close" in numbers and not np.array_equal(numbers["adjusted_close"], close, True):
        with np.errstate(all="ignore"):
            factor = numbers["adjusted_close"] / close
    if "dividend" in numbers or "split" in numbers:
        actions = _stated(days[order], {role: values[order] for role, values in numbers.items()})
        kind = adjustment or _kind(rows[order], actions)
        if kind != "raw":
            actions["split"] = 1.0
            actions = actions[actions["dividend"] != 0.0]
        return actions, True, factor, kind
    if adjustment in ("split", "total") and "adjusted_close" not in numbers:
        return np.zeros(0, ACTION), adjustment == "total", factor, adjustment
    if factor is not None:
        return actions_from_factors(days[order], close[order], factor[order]), True, factor, adjustment or "raw"
    only_adjusted = "adjusted_close" in numbers and np.array_equal(numbers["adjusted_close"], close, True)
    kind = adjustment or ("total" if only_adjusted and "open" not in numbers else "raw")
    return np.zeros(0, ACTION), "adjusted_close" in numbers, factor, kind


def _stated(days: NDArray[np.int64], numbers: dict[str, NDArray[np.float64]]) -> NDArray[np.void]:
    """Return the actions that columns of dividends and splits state; 0 and 1 both mean no split."""
    none = np.zeros(len(days))
    dividend = np.nan_to_num(numbers.get("dividend", none))
    split = np.nan_to_num(numbers.get("split", none))
    split = np.where(split > 0.0, split, 1.0)
    at = np.flatnonzero((dividend != 0.0) | (split != 1.0))
    actions = np.zeros(len(at), ACTION)
    actions["day"] = actions["known_day"] = days[at]
    actions["split"], actions["dividend"] = split[at], dividend[at]
    return actions


def _kind(rows: NDArray[np.void], actions: NDArray[np.void]) -> str:
    """Return "split" where stated splits did not move the price, "raw" where they did.

    Without a split nothing tells: prices are as good as raw.
    """
    days = rows["open_ns"] // NS_PER_DAY
    for action in actions[actions["split"] != 1.0]:
        at = int(np.searchsorted(days, action["day"]))
        if 0 < at < len(rows):
            return "raw" if split_distance(rows, at, float(action["split"]))[0] < 0.5 else "split"
    return "raw"
