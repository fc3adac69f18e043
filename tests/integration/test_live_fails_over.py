"""`tenfold live` on several sources of market data: one goes mute while the process trades, and another is not subscribed to."""

import asyncio
import json

import pytest
from msgspec.structs import replace

import live_scenes
from feed_scenes import values
from live_scenes import Process, records, session
from loops import in_a_loop
from official_client import settings
from slow_line import slow_line
from tenfold.app.exchange import open_exchange
from tenfold.app.replay import replay
from tenfold.domain.events import Switched
from tenfold.domain.market import BarSet
from tenfold.domain.order import Submit
from tenfold.exchange.settings import AccountSettings, TradingSettings

SPEED = "20x"
WATCHED, CALM = (
    AccountSettings(name=name, key=f"PK{name.upper()}0001", secret=f"secret-{name}") for name in ("watched", "calm")
)
PATIENCE = {"feeds.quality.silent_s": "4", "feeds.hold_s": "3", "feeds.quality.stale_s": "30"}
DECIDES = '''
"""Be long after a bar whose close ends in an odd cent, and flat after any other: what is decided follows from the bar alone."""


class Turns:
    name = "turns"

    def on_bar(self, window):
        return 1.0 if round(window["close"][-1] * 100) % 2 else -1.0
'''


@pytest.fixture
def exchange(request, monkeypatch):
    monkeypatch.setattr(live_scenes, "STRATEGY", DECIDES)
    chosen = replace(
        settings(speed=SPEED, symbols=("AAPL",), **getattr(request, "param", {})),
        trading=TradingSettings(accounts=(WATCHED, CALM)),
    )
    with open_exchange(settings=chosen, synthetic=True) as opened:
        yield opened


def keys_of(account):
    return {"TENFOLD_ALPACA_KEY_ID": account.key, "TENFOLD_ALPACA_SECRET_KEY": account.secret}


def started(exchange, folder, account, *sources):
    """Start the command on an account, with sources of its own if there are any."""
    folder.mkdir()
    chosen = {**PATIENCE, **({"feeds.sources": json.dumps(sources)} if sources else {})}
    more = [part for name, value in chosen.items() for part in ("--set", f"{name}={value}")]
    return Process(exchange, folder, *more, environment=keys_of(account))


async def said(process, text, more=1):
    """Wait until something was said so many times more."""
    count = len([line for line in process.said if text in line]) + more
    while len([line for line in process.said if text in line]) < count:
        assert process.process.poll() is None, process.said
        await asyncio.sleep(0.05)


def lived(folder):
    """Return the bars that a run has decided on, by moment, and the sides of its orders at each."""
    bars, orders = {}, {}
    for one in records(folder):
        if isinstance(one, BarSet):
            bars[one.ts_ns] = {bar.symbol: values(bar) for bar in one.bars}
        elif isinstance(one, Submit) and bars:
            orders.setdefault(next(reversed(bars)), []).append(str(one.order.side))
    return bars, orders


def test_a_source_that_goes_mute_changes_no_decision(exchange, tmp_path):
    watched, calm = tmp_path / "watched", tmp_path / "calm"

    async def scene():
        async with slow_line(exchange) as line:
            first = {
                "name": "first", "feed": "iex", "data_url": exchange.url, "data_stream_url": f"ws://{exchange.host}:{line.port}/v2/iex",
            }  # fmt: skip
            with (
                started(exchange, calm, CALM) as beside,
                started(exchange, watched, WATCHED, first, {"feed": "sip"}) as one,
            ):
                for process in (beside, one):
                    await asyncio.to_thread(process.until, "filled")
                line.frozen = True
                await said(one, "AAPL comes from sip: first is silent")
                await said(one, "filled", 3)
                line.frozen = False
                await said(one, "AAPL comes from first")
                await said(one, "filled", 2)
                return await asyncio.to_thread(one.ended), await asyncio.to_thread(beside.ended)

    report, other = in_a_loop(asyncio.wait_for(scene(), 300))
    # A machine that is held up for seconds may make it fail over once more.
    told = [text.split("  ", 1)[1] for text in report["failovers"]]
    assert "AAPL from first to sip: first was silent" in told
    assert not other["failovers"]
    switched = [(one.before, one.source) for one in records(watched) if isinstance(one, Switched)]
    assert len(told) == len(switched) >= 2
    assert switched == ([("first", "sip"), ("sip", "first")] * len(told))[: len(told)]
    (bars, orders), (calm_bars, calm_orders) = lived(watched), lived(calm)
    common = sorted(set(bars) & set(calm_bars))
    assert common == [ts_ns for ts_ns in sorted(bars) if common[0] <= ts_ns <= common[-1]]  # none is missing between
    assert len(common) >= 6
    assert [bars[ts_ns] for ts_ns in common] == [calm_bars[ts_ns] for ts_ns in common]
    both = [
        ts_ns for ts_ns in common if ts_ns in orders and ts_ns in calm_orders
    ]  # else one of both still waits for a fill
    assert len(both) >= 3
    assert [orders[ts_ns][0] for ts_ns in both] == [calm_orders[ts_ns][0] for ts_ns in both]
    assert replay(watched / "journal.db", "live").same


@pytest.mark.parametrize("exchange", [{"paid_feeds": False}], indirect=True)
def test_a_feed_that_is_not_subscribed_to_is_told_once_and_left_out(exchange, tmp_path, monkeypatch):
    for name, value in keys_of(CALM).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TENFOLD_FEEDS__SOURCES", '[{"feed": "sip"}, {"feed": "iex"}, {"feed": "delayed_sip"}]')

    async def scene():
        async with session(exchange, tmp_path) as one:
            await one.until(lambda: one.lines("filled"))
            told = dict(one.shown[-1].more)
            return one, told, await one.ended()

    one, told, report = in_a_loop(scene())
    assert len(one.lines("source sip is left out: the stream of market data needs another subscription: 409")) == 1
    assert not one.lines("nothing is opened until")
    assert told["source iex"].endswith("of 100; AAPL")
    assert told["source sip"].endswith("; not connected")
    assert report.fills
    assert replay(tmp_path / "journal.db", "live").same
