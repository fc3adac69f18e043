"""Each source in its own ways: addresses, answers that are no bars, packages that are not there."""

import sys
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest

from loopback import serving
from tenfold.adapters.ccxt import CcxtSource
from tenfold.adapters.files.http import HttpSource
from tenfold.adapters.yahoo import YahooSource
from tenfold.app import wiring
from tenfold.domain.errors import DataError, SourceError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR

DAY = 19_000 * NS_PER_DAY
SPAN = (DAY, DAY + NS_PER_DAY)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("http://host/prices.csv", "has no {symbol}"),
        ("http://host/{symbol}/{when}.csv", "has {when}, expected {every}, {from}"),
        ("ftp://host/{symbol}", "not one of a web server"),
        ("file:///etc/{symbol}", "not one of a web server"),
    ],
)
def test_addresses_that_cannot_serve_are_refused(template, expected):
    with pytest.raises(DataError, match=expected.replace("{", r"\{").replace("}", r"\}")):
        HttpSource(template)


def test_an_address_is_filled_in():
    with serving() as server:
        source = HttpSource(f"http://127.0.0.1:{server.server_port}/{{every}}/{{symbol}}/{{from}}/{{to}}")
        server.script = [(200, {}, "date,close\n2022-01-08,5\n2022-01-09,6\n2022-01-10,7\n")]
        rows, _ = source.fetch("BTC/USD", NS_PER_DAY, DAY, DAY + 2 * NS_PER_DAY)
        assert server.asked[0][0] == "/1d/BTC%2FUSD/2022-01-08/2022-01-09"
        assert rows["close"].tolist() == [5.0, 6.0]


@pytest.mark.parametrize(
    ("status", "headers", "error", "expected"),
    [
        (404, {}, UnknownNameError, "127.0.0.1 has no X"),
        (403, {}, DataError, "refuses X with answer 403"),
        (429, {"Retry-After": "7"}, SourceError, "answers 429"),
        (503, {"Retry-After": "soon"}, SourceError, "answers 503"),
    ],
)
def test_answers_that_are_no_bars(status, headers, error, expected):
    with serving() as server:
        server.script = [(status, headers, "")]
        with pytest.raises(error, match=expected) as caught:
            HttpSource(server.template).fetch("X", NS_PER_HOUR, *SPAN)
    if isinstance(caught.value, SourceError):
        assert caught.value.wait_s == (7.0 if status == 429 else None)


@pytest.mark.parametrize("body", ["", "timestamp,open,high,low,close\n", "\n"])
def test_nothing_is_no_bars(body):
    with serving() as server:
        server.script = [(200, {}, body)]
        rows, actions = HttpSource(server.template).fetch("X", NS_PER_HOUR, *SPAN)
    assert len(rows) == len(actions) == 0


@pytest.mark.parametrize("body", ["<html>\nno\n</html>\n", "a,b\n1,2\n", b"\x00\x01\x02\n\x03"])
def test_nonsense_ends_in_one_line(body):
    with serving() as server:
        server.script = [(200, {}, body)]
        with pytest.raises(DataError, match=r"X from 127\.0\.0\.1") as caught:
            HttpSource(server.template).fetch("X", NS_PER_HOUR, *SPAN)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there_may_come_back():
    with serving() as server:
        template = server.template
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 does not answer"):
        HttpSource(template, timeout_s=1.0).fetch("X", NS_PER_HOUR, *SPAN)
    with pytest.raises(DataError, match="cannot be asked"):
        HttpSource("http://127.0.0.1:port/{symbol}").fetch("X", NS_PER_HOUR, *SPAN)


def ticker(history):
    return lambda symbol: SimpleNamespace(history=history)


def test_splits_and_dividends_of_yahoo():
    index = pd.to_datetime(["2022-01-07", "2022-01-08", "2022-01-09"]).tz_localize("America/New_York")
    frame = pd.DataFrame(
        {"Open": 1.0, "High": 2.0, "Low": 0.5, "Close": 1.5, "Volume": 10, "Dividends": [0.1, 0.2, 0.0], "Stock Splits": [0.0, 0.0, 4.0]},
        index=index,
    )  # fmt: skip
    rows, actions = YahooSource(ticker(lambda **options: frame)).fetch("X", NS_PER_DAY, DAY, DAY + 2 * NS_PER_DAY)
    assert rows["ts_ns"].tolist() == [DAY + NS_PER_DAY - 1, DAY + 2 * NS_PER_DAY - 1]
    assert [tuple(action) for action in actions] == [(19_000, 1.0, 0.2, 19_000), (19_001, 4.0, 0.0, 19_001)]
    plain = frame.drop(columns=["Dividends", "Stock Splits"])
    assert len(YahooSource(ticker(lambda **options: plain)).fetch("X", NS_PER_DAY, *SPAN)[1]) == 0


def test_yahoos_failures():
    def failing(**options):
        raise KeyError("rate\nlimited")

    with pytest.raises(SourceError, match="yahoo does not give X: 'rate"):
        YahooSource(ticker(failing)).fetch("X", NS_PER_DAY, *SPAN)
    with pytest.raises(DataError, match="yahoo has no 4h bars"):
        YahooSource(ticker(failing)).fetch("X", 4 * NS_PER_HOUR, *SPAN)
    empty = YahooSource(ticker(lambda **options: pd.DataFrame()))
    assert len(empty.fetch("X", NS_PER_DAY, *SPAN)[0]) == 0


NAMES = ("BadSymbol", "NetworkError", "ExchangeError")
PACKAGE = SimpleNamespace(**{name: type(name, (Exception,), {}) for name in NAMES})


@pytest.mark.parametrize(("name", "error"), list(zip(NAMES, (UnknownNameError, SourceError, DataError), strict=True)))
def test_failures_of_a_venue(name, error):
    def failing(*args, **options):
        raise getattr(PACKAGE, name)("no")

    with pytest.raises(error, match="ccxt:made"):
        CcxtSource("made", SimpleNamespace(fetch_ohlcv=failing), PACKAGE).fetch("X", NS_PER_HOUR, *SPAN)


def test_a_venue_with_other_periods_or_without_bars():
    client = SimpleNamespace(timeframes={"1m": "1"}, fetch_ohlcv=lambda *args, **options: [])
    with pytest.raises(DataError, match="ccxt:made has no 1h bars, expected one of 1m"):
        CcxtSource("made", client, PACKAGE).fetch("X", NS_PER_HOUR, *SPAN)
    assert len(CcxtSource("made", client, PACKAGE).fetch("X", NS_PER_HOUR // 60, *SPAN)[0]) == 0


@pytest.mark.parametrize(("name", "package"), [("yahoo", "yfinance"), ("ccxt:kraken", "ccxt")])
def test_a_package_that_is_not_there_is_named(monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DataError, match=rf"needs the package {package}: pip install 'tenfold\["):
        wiring.bar_source(name)


def test_sources_by_name(monkeypatch):
    yahoo, ccxt = ModuleType("yfinance"), ModuleType("ccxt")
    yahoo.Ticker = ticker(None)
    ccxt.exchanges = ["kraken"]
    ccxt.kraken = lambda options: SimpleNamespace()
    monkeypatch.setitem(sys.modules, "yfinance", yahoo)
    monkeypatch.setitem(sys.modules, "ccxt", ccxt)
    assert wiring.bar_source("yahoo").name() == "yahoo"
    assert wiring.bar_source("ccxt:kraken").name() == "ccxt:kraken"
    assert wiring.bar_source("https://host/{symbol}", adjustment="split").adjustment() == "split"
    with pytest.raises(UnknownNameError, match="did you mean kraken"):
        wiring.bar_source("ccxt:krakn")
    with pytest.raises(UnknownNameError, match=r"there is no source bloomberg, expected yahoo"):
        wiring.bar_source("bloomberg")
