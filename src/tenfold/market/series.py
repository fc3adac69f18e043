"""Hold the bars of one symbol as they came from their source, before they are aligned with others."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND

ACTION: Final = np.dtype(
    [
        ("day", "i8"),  # ex-date, days since 1970-01-01
        ("split", "f8"),  # new shares for one old share; 1 without a split
        ("dividend", "f8"),  # cash for one share as it was held before the ex-date
        ("known_day", "i8"),  # day from which the action was known
    ]
)
"""One corporate action."""

FUNDING: Final = np.dtype([("ts_ns", "i8"), ("rate", "f8")])
"""One payment of funding: longs pay rate times price a coin to shorts, where it is above zero."""

ADJUSTMENTS: Final = ("raw", "split", "total")
_PRICES: Final = ("open", "high", "low", "close")
_ROUND_PERIODS: Final = (
    *(n * NS_PER_SECOND for n in (1, 5, 10, 15, 30)),
    *(n * NS_PER_MINUTE for n in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(n * NS_PER_HOUR for n in (1, 2, 3, 4, 6, 8, 12)),
    NS_PER_DAY,
    7 * NS_PER_DAY,
    30 * NS_PER_DAY,
)


@dataclass(frozen=True, eq=False)
class Series:
    """Hold N bars of one symbol with what is known about their source.

    Attributes
    ----------
    rows : (N,) records of `BAR`, in the order of the source until `quality_bars.check` has sorted them
    factor : (N,) adjusted price = price * factor, NaN where unknown; None where the source has no factors
    actions : records of `ACTION`, by day
    actions_known : the source states its actions, so that none means none
    adjustment : of the stored prices: "raw", "split" or "total"
    calendar : name of the exchange calendar, "" for UTC days
    stamp : what the source's time stamps mean: "open", "close" or "date"
    columns : (N,) float64 by name: columns of the source beside the prices that were asked for
    funding : records of `FUNDING`, in order of time
    fetched : spans [start, stop) in UTC nanoseconds that were asked of the source `label`, where it was fetched
    notes : what was detected or assumed, one line each
    """

    symbol: str
    rows: NDArray[np.void]
    period_ns: int
    adjustment: str = "raw"
    factor: NDArray[np.float64] | None = None
    actions: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, ACTION))
    actions_known: bool = False
    calendar: str = ""
    timezone: str = "UTC"
    stamp: str = "date"
    label: str = ""
    notes: tuple[str, ...] = ()
    columns: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    funding: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, FUNDING))
    fetched: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.rows.dtype != BAR or self.rows.ndim != 1 or self.actions.dtype != ACTION:
            raise DataError(f"bars of {self.symbol} are {self.rows.dtype.names}, expected a column of BAR records")
        if self.adjustment not in ADJUSTMENTS:
            raise DataError(f"adjustment is {self.adjustment!r}, expected one of {', '.join(ADJUSTMENTS)}")

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Series":
        """Return the rows at some positions, with their factors and columns."""
        return replace(
            self,
            rows=self.rows[index],
            factor=None if self.factor is None else self.factor[index],
            columns={name: values[index] for name, values in self.columns.items()},
        )


def empty_rows(count: int) -> NDArray[np.void]:
    """Return N rows whose quotes and volume are absent (NaN) and whose other fields are zero."""
    rows = np.zeros(count, BAR)
    for name in (*_PRICES, "volume", "bid", "ask", "bid_open", "ask_open"):
        rows[name] = np.nan
    return rows


def stamp_rows(rows: NDArray[np.void], label_ns: NDArray[np.int64], period_ns: int, stamp: str) -> None:
    """Fill `open_ns` and `ts_ns` of rows (N,) from the labels of the source.

    A label of stamp "date" names a UTC day (a week, a month for longer periods), whose bar closes with
    its last nanosecond; "open" and "close" name the moment.
    """
    if stamp == "date":
        first = label_ns // NS_PER_DAY
        rows["open_ns"] = first * NS_PER_DAY
        rows["ts_ns"] = _end_of(first, period_ns) * NS_PER_DAY - 1
    elif stamp == "close":
        rows["ts_ns"] = label_ns
        rows["open_ns"] = label_ns - period_ns
    else:
        rows["open_ns"] = label_ns
        rows["ts_ns"] = label_ns + period_ns


def _end_of(day: NDArray[np.int64], period_ns: int) -> NDArray[np.int64]:
    if period_ns == 30 * NS_PER_DAY:
        return (day.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]").astype(np.int64)
    return day + max(1, period_ns // NS_PER_DAY)


def infer_period(label_ns: NDArray[np.int64]) -> int:
    """Return the usual distance of labels as a period: the median of the positive differences, rounded.

    Daily data miss weekends and holidays, so anything from 20 hours to 4 days counts as a day.
    Raises DataError where fewer than two moments are given.
    """
    steps = np.diff(np.sort(label_ns))
    steps = steps[steps > 0]
    if len(steps) == 0:
        raise DataError("the bars' period cannot be told from fewer than two moments; state it, e.g. --period 1d")
    values, counts = np.unique(steps, return_counts=True)
    step = int(values[np.argmax(counts)])
    median = int(np.median(steps))
    if counts.max() < 0.2 * len(steps):
        step = median
    if step > 4 * NS_PER_DAY:
        return 7 * NS_PER_DAY if step < 14 * NS_PER_DAY else 30 * NS_PER_DAY
    if step > 20 * NS_PER_HOUR:
        return NS_PER_DAY
    return min(_ROUND_PERIODS, key=lambda period: abs(np.log(period / step)))


_UNITS: Final = {"s": NS_PER_SECOND, "m": NS_PER_MINUTE, "h": NS_PER_HOUR, "d": NS_PER_DAY, "w": 7 * NS_PER_DAY}


def decode_period(text: str) -> int:
    """Return the nanoseconds of a period like 1m, 15m, 1h, 1d, 1w or 1mo."""
    if text == "1mo":
        return 30 * NS_PER_DAY
    number, unit = text[:-1], text[-1:].lower()
    if unit not in _UNITS or not number.isascii() or not number.isdigit() or not 0 < int(number) <= 1000:
        raise DataError(f"period is {text!r}, expected a number with s, m, h, d or w such as 1m or 1d")
    return int(number) * _UNITS[unit]


def encode_period(period_ns: int) -> str:
    """Return a period as text: 1m, 1h, 1d."""
    if period_ns == 30 * NS_PER_DAY:
        return "1mo"
    for unit in ("w", "d", "h", "m", "s"):
        if period_ns % _UNITS[unit] == 0:
            return f"{period_ns // _UNITS[unit]}{unit}"
    return f"{period_ns / NS_PER_SECOND:g}s"
