"""Keep candles as arrays, and make longer ones of them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.exchange.market.candle import Candle

CANDLE: Final = np.dtype(
    [
        ("ts_ns", "i8"),
        ("end_ns", "i8"),
        ("open", "f8"),
        ("high", "f8"),
        ("low", "f8"),
        ("close", "f8"),
        ("volume", "f8"),
        ("trades", "i8"),
        ("vwap", "f8"),
    ]
)
"""One candle as a record; the fields are those of `Candle`."""

Rows = NDArray[np.void]
_SAME: Final = ("open", "high", "low", "close")


def rows_of_bars(bars: Bars, column: int) -> Rows:
    """Return the usable bars of a symbol, (N,) records of `CANDLE`; trades and average price are estimated as `candle_of` does."""
    at = np.flatnonzero(bars.usable[:, column])
    rows = np.zeros(len(at), CANDLE)
    for name, source in (
        ("ts_ns", "open_ns"),
        ("end_ns", "ts_ns"),
        ("volume", "volume"),
        *zip(_SAME, _SAME, strict=True),
    ):
        rows[name] = bars.rows[source][at, column]
    rows["volume"] = np.where(rows["volume"] > 0.0, rows["volume"], 0.0)
    rows["trades"] = np.ceil(rows["volume"] / 100.0)
    rows["vwap"] = (rows["high"] + rows["low"] + rows["close"]) / 3.0
    return rows


def rows_of_trades(
    ts_ns: NDArray[np.int64], price: NDArray[np.float64], size: NDArray[np.float64], period_ns: int
) -> Rows:
    """Return the candles of prints in the order of time, (N,) each; intervals of a period without a print have none."""
    return _reduced(_single(ts_ns, price, size), ts_ns // period_ns * period_ns, period_ns)


def aggregated(rows: Rows, starts: NDArray[np.int64]) -> Rows:
    """Return one candle for each run of equal `starts` (N,), which do not fall; each ends with the last of its rows."""
    return _reduced(rows, starts, None)


def candles(rows: Rows) -> list[Candle]:
    """Return rows as candles."""
    return [Candle._make(row) for row in rows.tolist()]


def merged_rows(coarse: Rows, fine: Rows) -> Rows:
    """Return rows of both in the order of time; where both have one that begins at a moment it is the first's."""
    if not len(coarse) or not len(fine):
        return fine if not len(coarse) else coarse
    kept = fine[~np.isin(fine["ts_ns"], coarse["ts_ns"])]
    every = np.concatenate([coarse, kept])
    return every[np.argsort(every["ts_ns"], kind="stable")]


def _single(ts_ns: NDArray[np.int64], price: NDArray[np.float64], size: NDArray[np.float64]) -> dict[str, Any]:
    one: dict[str, Any] = dict.fromkeys(_SAME, price)
    return one | {"end_ns": ts_ns, "volume": size, "trades": np.ones(len(ts_ns), np.int64), "vwap": price}


def _reduced(rows: Any, starts: NDArray[np.int64], period_ns: int | None) -> Rows:
    if not len(starts):
        return np.zeros(0, CANDLE)
    first = np.flatnonzero(np.append(True, starts[1:] != starts[:-1]))
    last = np.append(first[1:], len(starts)) - 1
    made = np.zeros(len(first), CANDLE)
    made["ts_ns"] = starts[first]
    made["end_ns"] = rows["end_ns"][last] if period_ns is None else starts[first] + period_ns
    made["open"], made["close"] = rows["open"][first], rows["close"][last]
    made["high"] = np.maximum.reduceat(rows["high"], first)
    made["low"] = np.minimum.reduceat(rows["low"], first)
    made["volume"] = np.add.reduceat(rows["volume"], first)
    made["trades"] = np.add.reduceat(rows["trades"], first)
    traded = np.add.reduceat(rows["vwap"] * rows["volume"], first)
    with np.errstate(invalid="ignore", divide="ignore"):
        made["vwap"] = np.where(made["volume"] > 0.0, traded / made["volume"], rows["vwap"][last])
    return made
