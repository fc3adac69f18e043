"""Fetch bars of crypto venues through the ccxt package, which is optional."""

import importlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError, SourceError, UnknownNameError, did_you_mean
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.series import ACTION, empty_rows, encode_period, stamp_rows

_BARS: Final = 500
_REQUESTS_PER_S: Final = 2.0


def ccxt_source(exchange: str) -> "CcxtSource":
    """Return the source of a venue; DataError where ccxt is not installed, UnknownNameError where it has no such venue."""
    try:
        package = importlib.import_module("ccxt")
    except ImportError:
        raise DataError(f"the source ccxt:{exchange} needs the package ccxt: pip install 'tenfold[ccxt]'") from None
    if exchange not in package.exchanges:
        raise UnknownNameError(f"ccxt has no exchange {exchange}; {did_you_mean(exchange, package.exchanges)}")
    return CcxtSource(exchange, getattr(package, exchange)({"enableRateLimit": True}), package)


class CcxtSource:
    """Give the bars of a venue; implements `ports.BarSource`.

    `client` is an exchange of ccxt, `package` ccxt itself, for its errors.
    """

    def __init__(self, exchange: str, client: Any, package: Any) -> None:
        self._exchange = exchange
        self._client = client
        self._package = package

    def name(self) -> str:
        """Return what the bars are labelled with."""
        return f"ccxt:{self._exchange}"

    def pace(self) -> tuple[float, int]:
        """Return (requests a second, bars a request); the package keeps the venue's own limit besides."""
        return _REQUESTS_PER_S, _BARS

    def adjustment(self) -> str:
        """Return "raw": coins have neither splits nor dividends."""
        return "raw"

    def fetch(
        self, symbol: str, period_ns: int, start_ns: int, stop_ns: int
    ) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the bars that closed in a span; there are no actions."""
        period = encode_period(period_ns)
        known = getattr(self._client, "timeframes", None) or {}
        if known and period not in known:
            raise DataError(f"{self.name()} has no {period} bars, expected one of {', '.join(known)}")
        since_ms = -((period_ns - start_ns) // 10**6)
        try:
            candles = self._client.fetch_ohlcv(symbol, period, since=since_ms, limit=_BARS + 2)
        except self._package.BadSymbol as error:
            raise UnknownNameError(f"{self.name()} has no {symbol}; names are like BTC/USDT") from error
        except self._package.NetworkError as error:
            raise SourceError(f"{self.name()} does not answer: {' '.join(str(error).split())[:120]}") from error
        except self._package.ExchangeError as error:
            raise DataError(f"{self.name()} refuses {symbol}: {' '.join(str(error).split())[:120]}") from error
        if not candles:
            return np.zeros(0, BAR), np.zeros(0, ACTION)
        table = np.array([[np.nan if value is None else value for value in candle[:6]] for candle in candles], float)
        rows = empty_rows(len(table))
        dated = period_ns >= NS_PER_DAY
        stamp_rows(rows, table[:, 0].astype(np.int64) * 10**6, period_ns, "date" if dated else "open")
        for column, name in enumerate(("open", "high", "low", "close", "volume"), 1):
            rows[name] = table[:, column]
        inside = (rows["ts_ns"] >= start_ns) & (rows["ts_ns"] < stop_ns)
        return rows[inside], np.zeros(0, ACTION)
