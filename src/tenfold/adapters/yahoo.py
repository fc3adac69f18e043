"""Fetch bars from Yahoo Finance through the yfinance package, which is optional.

Yahoo's prices are adjusted for splits and not for dividends, which come as cash beside them. They are for personal use: see
the terms of Yahoo and of yfinance.
"""

import importlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError, SourceError
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.market.series import ACTION, empty_rows, encode_period, stamp_rows

_PERIODS: Final = ("1m", "2m", "5m", "15m", "30m", "1h", "1d", "1w", "1mo")
_THEIRS: Final = {"1w": "1wk"}
_BARS: Final = 2_000


def yahoo_source() -> "YahooSource":
    """Return the source; DataError where yfinance is not installed."""
    try:
        package = importlib.import_module("yfinance")
    except ImportError:
        raise DataError("the source yahoo needs the package yfinance: pip install 'tenfold[yahoo]'") from None
    return YahooSource(package.Ticker)


class YahooSource:
    """Give the bars of Yahoo Finance; implements `ports.BarSource`. `ticker` is `yfinance.Ticker`."""

    def __init__(self, ticker: Callable[[str], Any]) -> None:
        self._ticker = ticker

    def name(self) -> str:
        """Return what the bars are labelled with."""
        return "yahoo"

    def pace(self) -> tuple[float, int]:
        """Return (requests a second, bars a request); Yahoo states no limit, two a second are served."""
        return 2.0, _BARS

    def adjustment(self) -> str:
        """Return what Yahoo's prices are adjusted for."""
        return "split"

    def fetch(
        self, symbol: str, period_ns: int, start_ns: int, stop_ns: int
    ) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the bars that closed in a span, and the splits and dividends of its days."""
        period = encode_period(period_ns)
        if period not in _PERIODS:
            raise DataError(f"yahoo has no {period} bars, expected one of {', '.join(_PERIODS)}")
        first = (start_ns - period_ns) // NS_PER_SECOND
        try:
            frame = self._ticker(symbol).history(
                start=first,
                end=stop_ns // NS_PER_SECOND + 1,
                interval=_THEIRS.get(period, period),
                auto_adjust=False,
                actions=True,
            )
        except Exception as error:  # the package raises whatever its own client does
            raise SourceError(f"yahoo does not give {symbol}: {' '.join(str(error).split())[:120]}") from error
        if len(frame) == 0:
            return np.zeros(0, BAR), np.zeros(0, ACTION)
        return _read(frame, period_ns, start_ns, stop_ns)


def _read(frame: Any, period_ns: int, start_ns: int, stop_ns: int) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Return rows and actions of a frame of pandas, indexed by the open of each bar."""
    dated = period_ns >= NS_PER_DAY
    index = frame.index.tz_localize(None) if dated else frame.index.tz_convert("UTC").tz_localize(None)
    label_ns = index.to_numpy().astype("datetime64[ns]").astype(np.int64)
    rows = empty_rows(len(label_ns))
    stamp_rows(rows, label_ns, period_ns, "date" if dated else "open")
    for name in ("Open", "High", "Low", "Close", "Volume"):
        rows[name.lower()] = frame[name].to_numpy().astype(np.float64)
    inside = (rows["ts_ns"] >= start_ns) & (rows["ts_ns"] < stop_ns)
    actions = np.zeros(len(rows), ACTION)
    actions["day"] = actions["known_day"] = label_ns // NS_PER_DAY
    split = _column(frame, "Stock Splits")
    actions["split"] = np.where(split > 0.0, split, 1.0)
    actions["dividend"] = _column(frame, "Dividends")
    told = inside & ((actions["split"] != 1.0) | (actions["dividend"] != 0.0))
    return rows[inside], actions[told]


def _column(frame: Any, name: str) -> NDArray[np.float64]:
    if name not in frame.columns:
        return np.zeros(len(frame))
    values: NDArray[np.float64] = frame[name].to_numpy().astype(np.float64)
    return np.nan_to_num(values)
