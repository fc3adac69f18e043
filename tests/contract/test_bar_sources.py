"""What every source of bars promises."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loopback import price, serving
from tenfold.adapters.ccxt import CcxtSource
from tenfold.adapters.files.http import HttpSource
from tenfold.adapters.yahoo import YahooSource
from tenfold.domain.bars import BAR
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.series import ACTION, ADJUSTMENTS

START = 19_000 * NS_PER_DAY


class Ticker:
    """Answer as `yfinance.Ticker` does, with bars of loopback's prices."""

    def __init__(self, symbol):
        self.symbol = symbol

    def history(self, *, start, end, interval, auto_adjust, actions):
        assert (auto_adjust, actions, interval) == (False, True, "1h")
        hours = np.arange(-(-start // 3600) * 3600, end, 3600)
        if self.symbol == "NONE":
            hours = hours[:0]
        closes = [price(hour * 1000) for hour in hours.tolist()]
        index = pd.to_datetime(hours, unit="s", utc=True).tz_convert("America/New_York")
        columns = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), closes)
        return pd.DataFrame({**columns, "Volume": [7] * len(hours), "Dividends": 0.0, "Stock Splits": 0.0}, index=index)


class Client:
    """Answer as an exchange of ccxt does."""

    def __init__(self):
        self.timeframes = {"1h": "60"}

    def fetch_ohlcv(self, symbol, timeframe, since, limit):
        if symbol == "NONE":
            return []
        opens = [-(-since // 3_600_000) * 3_600_000 + k * 3_600_000 for k in range(limit)]
        return [[at, price(at), price(at), price(at), price(at), None] for at in opens]


ERRORS = SimpleNamespace(
    BadSymbol=type("BadSymbol", (Exception,), {}),
    NetworkError=type("NetworkError", (Exception,), {}),
    ExchangeError=type("ExchangeError", (Exception,), {}),
)


@pytest.fixture(params=["http", "yahoo", "ccxt"])
def source(request):
    if request.param == "http":
        with serving() as server:
            yield HttpSource(server.template)
    else:
        yield YahooSource(Ticker) if request.param == "yahoo" else CcxtSource("made", Client(), ERRORS)


def test_it_tells_its_name_pace_and_adjustment(source):
    assert source.name()
    requests, bars = source.pace()
    assert requests > 0
    assert bars > 0
    assert source.adjustment() in ADJUSTMENTS


@pytest.mark.parametrize("hours", [1, 5, 48])
def test_a_span_gives_the_bars_that_closed_in_it(source, hours):
    rows, actions = source.fetch("X", NS_PER_HOUR, START, START + hours * NS_PER_HOUR)
    assert (rows.dtype, actions.dtype) == (BAR, ACTION)
    assert rows["ts_ns"].tolist() == [START + k * NS_PER_HOUR for k in range(hours)]
    assert (rows["ts_ns"] - rows["open_ns"] == NS_PER_HOUR).all()
    assert rows["close"].tolist() == [price((START // NS_PER_HOUR + k - 1) * 3_600_000) for k in range(hours)]


def test_neighbouring_spans_share_no_bar(source):
    middle = START + 7 * NS_PER_HOUR
    first, _ = source.fetch("X", NS_PER_HOUR, START, middle)
    second, _ = source.fetch("X", NS_PER_HOUR, middle, START + 20 * NS_PER_HOUR)
    both = np.concatenate([first["ts_ns"], second["ts_ns"]])
    assert len(both) == len(set(both.tolist())) == 20
