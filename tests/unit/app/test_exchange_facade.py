"""The exchange is opened from Python: in a thread, or without a server."""

import socket
import threading
import urllib.request

import msgspec
import numpy as np
import pytest

from tenfold.app.exchange import open_exchange
from tenfold.app.exchange_prepared import prepare_exchange, repeat_log
from tenfold.app.exchange_settings import exchange_settings
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import DataError, SettingsError, StorageError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.faults import Switch
from tenfold.exchange.messages import Request
from tenfold.exchange.opening import MADE_UP_DAYS, MADE_UP_START_NS, MarketData, replayed_span
from tenfold.exchange.settings import ExchangeSettings

START = 1_709_562_600_000_000_000  # 2024-03-04 14:30 UTC


@pytest.fixture(scope="module")
def bars():
    """Half an hour of minute bars."""
    ts_ns = START + NS_PER_MINUTE * np.arange(1, 31)
    close = 100.0 + (np.arange(30) % 7)[:, None]
    return bars_from_arrays(
        ["AAA"], ts_ns, close, close + 1, close - 1, close, np.full((30, 1), 1e4), period_ns=NS_PER_MINUTE, label="mine"
    )


def test_it_serves_while_the_block_runs(bars):
    with open_exchange(data=bars, speed="60x", cash=5000.0) as running:
        assert (running.label, running.symbols) == ("mine", ("AAA",))
        assert running.url == f"http://127.0.0.1:{running.port}"
        assert running.trading_stream_url == f"ws://127.0.0.1:{running.port}/stream"
        assert running.data_stream_url == f"ws://127.0.0.1:{running.port}/v2/iex"
        assert (running.key, running.secret) == ("PKTENFOLDSIMULATED01", "tenfoldsimulatedexchangesecret0000000001")
        with urllib.request.urlopen(f"{running.url}/tenfold/admin/status", timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
        running.set_fault("halt", Switch(rate=0.5))
        assert running.call(lambda: dict(running.exchange.faults.switches)) == {"halt": Switch(rate=0.5)}
        with pytest.raises(SettingsError, match="did you mean halt"):
            running.set_fault("hallt", None)
        status = running.status()
        assert (status.speed, status.ended, status.phase) == ("60x", False, "open")
        assert status.start_ns <= status.now_ns < status.end_ns
    assert "tenfold-exchange" not in [thread.name for thread in threading.enumerate()]
    assert not running.alive()
    assert running.last.requests == 0, "the operator is no client"
    assert running.call(lambda: 1) == 1


def test_everything_is_played_at_full_speed(bars):
    with open_exchange(data=bars, speed="max", wait=False) as running:
        while not running.status().ended:
            pass
        assert running.last.done_frac == 1.0
        assert running.last.events >= 30


def test_what_it_fails_of_is_told(bars):
    prepared = []
    with open_exchange(data=bars, speed="max") as running:
        running.call(lambda: running.exchange.subscribe(prepared.append))
        running.call(lambda: setattr(running.exchange, "advance", None))
        urllib.request.urlopen(  # noqa: S310
            urllib.request.Request(  # noqa: S310
                f"{running.url}/tenfold/admin/clock", b'{"paused": false}', method="PUT"
            ),
            timeout=60,
        ).close()
        with pytest.raises(TypeError):
            all(iter(running.alive, False))


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(SettingsError, match="port 0 takes a free one"),
            open_exchange(synthetic=True, port=taken.getsockname()[1], symbols=["AAA"]),
        ):
            pass


def test_what_went_in_is_recorded_and_repeated(bars, tmp_path):
    settings = exchange_settings(speed="max", port=0, wait=False)
    path = tmp_path / "day.log"
    with open_exchange(settings, data=bars, record=path) as running:
        request = urllib.request.Request(f"{running.url}/v2/watchlists", b'{"name": "mine"}')  # noqa: S310
        request.add_header("APCA-API-KEY-ID", running.key)
        request.add_header("APCA-API-SECRET-KEY", running.secret)
        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310
        while not running.status().ended:
            pass
        assert not path.exists(), "it comes into its place when it is whole"
    assert repeat_log(path, settings, data=bars) == (running.digest, running.exchange.log.count)
    assert repeat_log(path, msgspec.structs.replace(settings, seed=1), data=bars)[0] != running.digest


def test_without_a_server(bars):
    prepared = prepare_exchange(ExchangeSettings(), data=bars)
    assert prepared.span_ns == (START, START + 30 * NS_PER_MINUTE + 1)
    assert prepared.exchange.now_ns == START
    assert prepared.exchange.handle(Request("GET", "/v2/clock", ts_ns=START)).status in {401, 403}


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"synthetic": True, "sample": "us-large-caps"}, SettingsError, "takes no data"),
        ({"settings": ExchangeSettings(), "speed": "max"}, SettingsError, "give one of the two"),
        ({"sample": "us-large-caps", "symbols": ["XXX"]}, UnknownNameError, "has no symbol XXX"),
        ({"sample": "us-large-caps", "period": "1m"}, DataError, "sample us-large-caps has daily bars, not 1m"),
        ({"synthetic": True, "host": "a..b", "port": 0}, SettingsError, "cannot listen on a..b:0: .*idna"),
        ({"synthetic": True, "record": "/nowhere/day.log"}, StorageError, "cannot be written"),
        (
            {"synthetic": True, "symbols": ["A B"]},
            UnknownNameError,
            "'A B' is no symbol; expected letters and digits, such as AAPL",
        ),
        ({"synthetic": True, "symbols": ["BTC/"]}, UnknownNameError, "'BTC/' is no symbol"),
        ({"sample": "us-large-caps", "start": "2030-01-01"}, DataError, "nothing is to be replayed"),
    ],
)
def test_nonsense_is_one_line(given, error, said):
    with pytest.raises(error, match=said), open_exchange(**given):
        pass


def test_a_symbol_that_the_catalogue_lacks_may_be_made_up(tmp_path):
    from tenfold.app.importing import import_file

    lines = [f"2024-03-{day:02d},10,11,9,10,100" for day in range(1, 29)]
    (tmp_path / "aaa.csv").write_text("\n".join(["date,open,high,low,close,volume", *lines]))
    import_file(tmp_path / "aaa.csv")
    with pytest.raises(UnknownNameError, match="--synthetic makes a market up"):
        prepare_exchange(ExchangeSettings(symbols=("BBB",)))


def test_made_up_symbols_are_written_as_a_venue_writes_them():
    settings = ExchangeSettings(symbols=("aapl", "AAPL", "btc/usd", "brk.b"))
    assert tuple(prepare_exchange(settings, synthetic=True).exchange.assets) == ("AAPL", "BTC/USD", "BRK.B")


def test_a_log_that_is_not_there():
    with pytest.raises(StorageError, match="cannot be read"):
        repeat_log("/nowhere/day.log", ExchangeSettings(symbols=("AAA",)), synthetic=True)


def test_the_span_of_data_and_of_a_made_up_market():
    data = MarketData(symbols=("AAA",), span_ns=(100, 200))
    assert replayed_span(ExchangeSettings(), data) == (100, 201)
    assert replayed_span(ExchangeSettings(start_ns=50, end_ns=150), data) == (100, 150)
    with pytest.raises(DataError, match="nothing is to be replayed"):
        replayed_span(ExchangeSettings(start_ns=300), data)
    days = MADE_UP_DAYS * NS_PER_DAY
    assert replayed_span(ExchangeSettings(), None) == (MADE_UP_START_NS, MADE_UP_START_NS + days)
    assert replayed_span(ExchangeSettings(start_ns=7), None) == (7, 7 + days)
    early = MADE_UP_START_NS - 5
    assert replayed_span(ExchangeSettings(end_ns=early), None) == (early - NS_PER_DAY, early)
