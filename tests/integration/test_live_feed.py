"""Live feeds over real sockets: the minutes of an exchange, whatever its streams suffer, and what they are worth."""

import asyncio
import signal
import subprocess
import sys

import pytest

from alpaca_scenes import until
from feed_scenes import MINUTE, values
from loops import in_a_loop
from official_client import serving, switched
from tenfold.adapters.clock import SystemClock
from tenfold.app.cli.program import main
from tenfold.app.live.feeding import LiveFeed
from tenfold.app.live.listening import heard, sessions_around
from tenfold.app.live.sources import Source
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import Fitness, Past, Revised
from tenfold.domain.feed_settings import FeedSettings, QualitySettings
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_DAY
from tenfold.domain.venue_access import VenueAccess
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds

SPEED = 30.0
SYMBOLS = ("AAPL", "MSFT")
# Seconds of the replayed time: a thirtieth of what this machine sees.
SETTINGS = FeedSettings(
    settle_s=3.0, grace_s=30.0, lag_s=2.0, retry_s=10.0,
    quality=QualitySettings(silent_s=60.0, clock_s=60.0, stale_s=600.0),
)  # fmt: skip


class ExchangeClock(SystemClock):
    """Tell the replayed time of an exchange."""

    def __init__(self, exchange):
        self.begin_ns = exchange.call(lambda: exchange.exchange.now_ns) - round(SPEED * self.monotonic_ns())

    def now_ns(self):
        return self.begin_ns + round(SPEED * self.monotonic_ns())


@pytest.fixture(scope="module")
def exchange():
    with serving(speed=f"{SPEED:g}x", symbols=SYMBOLS) as opened:
        yield opened


def reach(exchange):
    return VenueAccess(trading_url=exchange.url, data_url=exchange.url, data_stream_url=exchange.data_stream_url)


FIRST = SourceTerms(name="first")


def sources(exchange, keys=None):
    return [Source(FIRST, reach(exchange), keys or Keys(exchange.key, exchange.secret))]


def feeds_of(clock):
    return Feeds(SYMBOLS, [FIRST], sessions_around("XNYS", clock.now_ns()), settings=SETTINGS)


def listened(exchange, minutes, during=None):
    """Hear so many minutes; return the feeds and everything that they told."""
    clock, told = ExchangeClock(exchange), []
    feeds = feeds_of(clock)

    async def scene():
        feed = LiveFeed(feeds, SYMBOLS, sources(exchange), clock, told.extend, tick_s=0.005)
        task = asyncio.ensure_future(feed.run())
        try:
            await until(lambda: len(sets(told)) >= minutes // 2 or task.done(), 60)
            if during is not None:
                await during()
            await until(lambda: len(sets(told)) >= minutes or task.done(), 60)
            await asyncio.sleep(60.0 / SPEED)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    in_a_loop(asyncio.wait_for(scene(), 120))
    return feeds, told


def sets(told):
    return [one for one in told if isinstance(one, BarSet)]


def known(told):
    found = {}
    for one in told:
        bars = one.bars if isinstance(one, BarSet) else [one.bar] if isinstance(one, Revised) else []
        found |= {(bar.symbol, bar.open_ns): values(bar) for bar in bars}
    return found


def theirs(exchange, span):
    """Return the minutes that the exchange has of a span."""

    def asked():
        history, now_ns = exchange.exchange.history, exchange.exchange.now_ns
        return {
            (symbol, one.ts_ns): (one.open, one.high, one.low, one.close, one.volume)
            for symbol in SYMBOLS
            for one in history.bars(symbol, "1Min", *span, now_ns)
        }

    return exchange.call(asked)


def agree(exchange, told):
    moments = [one.ts_ns for one in sets(told)]
    assert moments == sorted(set(moments))
    span = moments[0] - MINUTE, moments[-1]
    found = {key: bar for key, bar in known(told).items() if span[0] <= key[1] < span[1]}
    assert found == theirs(exchange, span)


def test_the_minutes_are_those_of_the_exchange(exchange):
    _, told = listened(exchange, 6)
    agree(exchange, told)
    assert {one.symbol for one in told if isinstance(one, Fitness) and one.fit} == set(SYMBOLS)


def test_a_broken_stream_loses_nothing(exchange):
    async def breaks():
        switched(exchange, "cut_mid_frame", limit=1)
        await asyncio.sleep(1.0)
        switched(exchange, "sequence_gap", rate=0.05)
        switched(exchange, "late_bar", rate=0.3)
        await asyncio.sleep(4.0)
        for fault in ("cut_mid_frame", "sequence_gap", "late_bar"):
            switched(exchange, fault)

    feeds, told = listened(exchange, 10, breaks)
    agree(exchange, told)
    assert feeds.sources["first"].quality.total["severed"] > 0.0


def test_what_is_heard_is_reported(exchange):
    clock, shown = ExchangeClock(exchange), []

    async def scene():
        return await heard(feeds_of(clock), SYMBOLS, sources(exchange), clock, 8.0, shown.append, 0.005)

    report = in_a_loop(scene())
    assert report.sets >= 2
    assert report.fit_frac > 0.5
    assert any("AAPL" in line and "MSFT" in line for line in shown)


def test_a_wrong_key_ends_in_one_line(exchange):
    clock = ExchangeClock(exchange)

    async def scene():
        await heard(feeds_of(clock), SYMBOLS, sources(exchange, Keys("no", "key")), clock, 20.0, print, 0.005)

    with pytest.raises(SettingsError, match="refuses the keys"):
        in_a_loop(scene())


def test_the_command(exchange, monkeypatch, capsys):
    for name in ("trading_url", "data_url"):
        monkeypatch.setenv(f"TENFOLD_ALPACA__{name.upper()}", exchange.url)
    monkeypatch.setenv("TENFOLD_ALPACA__DATA_STREAM_URL", exchange.data_stream_url)
    assert main(["data", "listen", "aapl", "MSFT", "--for", "1.5"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("AAPL, MSFT: ")
    assert "severed" not in said.out
    assert "not connected" not in said.err
    for given, code, text in (
        (["AAPL,BTC/USD", "--for", "1"], 2, "other hours"),
        (["AAPL,NOPE", "--for", "1"], 2, "the simulated account does not trade NOPE"),
        (["AAPL", "--for", "0"], 2, "expected seconds above 0"),
        (["AAPL", "--for", "nan"], 2, "expected seconds above 0"),
        ([","], 2, "no symbol is given"),
        (["AAPL", "--every", "7x"], 2, "period is '7x', expected a number with"),
        (["AAPL", "--every", "7m"], 2, "bars of 7m are not made of minutes that divide a day"),
        (["AAPL", "--set", "alpaca.trading_url=http://127.0.0.1:1"], 5, "`tenfold exchange` opens the simulated one"),
        (["AAPL", "--set", "alpaca.data_stream_url=nonsense"], 2, "expected wss://nonsense"),
    ):
        assert main(["data", "listen", *given]) == code
        assert text in capsys.readouterr().err


def test_a_stream_that_does_not_stand_is_told(exchange, monkeypatch, capsys):
    monkeypatch.setenv("TENFOLD_ALPACA__TRADING_URL", exchange.url)
    nowhere = "alpaca.data_stream_url=ws://127.0.0.1:1/v2/iex"
    assert main(["data", "listen", "AAPL", "--for", "4", "--set", nowhere]) == 0
    assert capsys.readouterr().err.count("the stream of simulated does not stand: 127.0.0.1 cannot be reached") == 1


def test_coins_are_heard_where_the_venue_has_them(monkeypatch, capsys):
    with serving(speed="60x", symbols=("BTC/USD",)) as opened:
        monkeypatch.setenv("TENFOLD_ALPACA__TRADING_URL", opened.url)
        assert main(["data", "listen", "BTC/USD", "--for", "4"]) == 0
    said = capsys.readouterr()
    assert int(said.out.removeprefix("BTC/USD: ").partition(" ")[0].replace(",", "")) > 5, said


def test_who_hangs_up_is_told_what_was_heard(exchange, tmp_path):
    settings = tmp_path / "tenfold.toml"
    names = {"trading_url": exchange.url, "data_url": exchange.url, "data_stream_url": exchange.data_stream_url}
    settings.write_text("[alpaca]\n" + "".join(f'{name} = "{value}"\n' for name, value in names.items()))
    command = [sys.executable, "-m", "tenfold", "data", "listen", "AAPL"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert "AAPL" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        told, said = process.communicate(timeout=60)
    assert "values make" in told
    assert "severed" not in told + said
    assert process.returncode == 0


def test_the_past_of_days_that_are_decided_on_early_is_made_of_minutes(exchange):
    clock, told = ExchangeClock(exchange), []
    now_ns = clock.now_ns()
    feeds = Feeds(
        SYMBOLS, [FIRST], sessions_around("XNYS", now_ns), settings=SETTINGS, period_ns=NS_PER_DAY, before_close_s=900.0,
        warming=True,
    )  # fmt: skip

    async def scene():
        feed = LiveFeed(feeds, SYMBOLS, sources(exchange), clock, told.extend, tick_s=0.005)
        feed.remember([], now_ns - 4 * NS_PER_DAY)
        task = asyncio.ensure_future(feed.run())
        await until(lambda: any(isinstance(one, Past) for one in told))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    in_a_loop(scene())
    past = [one.bars for one in told if isinstance(one, Past)]
    assert [bar.remaining_s for one in past[:2] for bar in one.bars] == [900, 900, 0, 0]
    assert all(one.bars[0].session == past[0].bars[0].session for one in past[:2])
