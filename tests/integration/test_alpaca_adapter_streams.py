"""Our client hears both streams over real sockets, notices every way in which they die, and comes back."""

import asyncio
import time
from operator import attrgetter

import pytest

from alpaca_scenes import (
    QUICK,
    filled,
    market_of,
    order,
    place,
    resting,
    stock,
    trading_of,
    until,
    updates_of,
    withdraw,
)
from loops import in_a_loop
from official_client import serving, switched, trading_client
from slow_line import slow_line
from stopwatch import Stopwatch
from tenfold.adapters.clock import FixedClock
from tenfold.domain.errors import SettingsError
from tenfold.domain.keys import Keys
from tenfold.domain.live_market import Print, PrintCanceled, PrintCorrected, TradingStatus, VenueBar
from tenfold.domain.market import Quote, Trade
from tenfold.domain.session import Session
from tenfold.execution.reports import Connected, Place, Severed, Streamed

TICKS = {"quotes": ["AAPL", "MSFT"], "trades": ["AAPL", "MSFT"], "bars": ["AAPL"], "updatedBars": ["AAPL"], "statuses": ["AAPL"],
         "lulds": ["AAPL"]}  # fmt: skip


@pytest.fixture(scope="module")
def exchange():
    with serving() as opened:
        yield opened


def play(scene):
    return in_a_loop(asyncio.wait_for(scene(), 150))


def test_market_data_are_those_of_the_exchange(exchange):
    happened = []
    end = exchange.call(lambda: exchange.exchange.subscribe(happened.append))

    async def scene():
        async with market_of(exchange, TICKS) as heard:
            await until(lambda: len(heard.of(Print)) > 100 and heard.of(VenueBar), 30)
            assert heard.states() == ["connected"]
            return heard

    heard = play(scene)
    exchange.call(end)
    symbols = {"AAPL", "MSFT"}
    for told, kind, values in (
        (heard.of(Print), Trade, attrgetter("ts_ns", "symbol", "price", "size")),
        (heard.of(Quote), Quote, attrgetter("ts_ns", "symbol", "bid", "ask")),
    ):
        ours = [values(one) for one in told]
        theirs = [values(one) for one in happened if isinstance(one, kind) and one.symbol in symbols]
        begin = theirs.index(ours[0])
        assert theirs[begin : begin + len(ours)] == ours
    bar = heard.of(VenueBar)[0]
    assert (bar.ts_ns - bar.open_ns, bar.symbol, bar.kind) == (60 * 10**9, "AAPL", "minute")


def test_what_happens_to_the_market_is_told(exchange):
    async def scene():
        async with market_of(exchange, TICKS) as heard:
            for fault in ("trade_correction", "trade_cancel", "halt", "late_bar"):
                switched(exchange, fault, limit=30, value=5.0)  # often enough to meet the symbols that are heard
            wanted = (PrintCorrected, PrintCanceled, TradingStatus)
            try:
                await until(
                    lambda: (
                        all(heard.of(kind) for kind in wanted)
                        and any(one.kind == "updated" for one in heard.of(VenueBar))
                    ),
                    120,
                )
            finally:
                for fault in ("trade_correction", "trade_cancel", "halt", "late_bar"):
                    switched(exchange, fault)
            ids = {one.trade_id for one in heard.of(Print)}
            assert {one.original_id for one in heard.of(PrintCorrected)} | {
                one.trade_id for one in heard.of(PrintCanceled)
            } <= ids
            assert heard.of(TradingStatus)[0].trades is False

    play(scene)


def test_what_is_wanted_may_change(exchange):
    async def scene():
        async with market_of(exchange, {"quotes": ["AAPL"]}) as heard:
            await until(lambda: heard.of(Quote))
            await heard.want({"quotes": ["MSFT"]})
            await until(lambda: any(one.symbol == "MSFT" for one in heard.of(Quote)))
            heard.values.clear()
            await asyncio.sleep(0.3)
            heard.values.clear()
            await until(lambda: len(heard.of(Quote)) > 5)
            assert {one.symbol for one in heard.of(Quote)} == {"MSFT"}
            assert heard.states() == ["connected"]

    play(scene)


@pytest.mark.parametrize("frames", ["binary", "text"])
def test_updates_of_an_order(frames):
    with serving(trade_frames=frames) as exchange:

        async def scene():
            async with trading_of(exchange) as trading, updates_of(exchange) as heard:
                await trading.ask(place("heard", qty=2))
                await until(lambda: "fill" in heard.events("heard"))
                fill = next(one for one in heard.of(Streamed) if one.event == "fill")
                assert (fill.fill.qty, fill.fill.cumulative, fill.fill.position, fill.order.filled) == (2, 2, 2, 2)
                told = await trading.ask(stock())
                assert [one.execution_id for one in told.fills] == [fill.fill.execution_id]
                found = (await trading.ask(Place(order=resting("gone")))).found
                await trading.ask(withdraw(found))
                await until(lambda: "canceled" in heard.events("gone"))
                assert [type(one) for one in heard.told if not isinstance(one, Streamed)] == [Connected]

        play(scene)


@pytest.mark.parametrize("fault", ["silent_stream", "cut_mid_frame", "null_data"])
def test_a_stream_of_updates_that_fails_comes_back_and_nothing_stays_unknown(exchange, fault):
    name = f"through-{fault}"

    async def scene():
        async with trading_of(exchange) as trading, updates_of(exchange) as heard:
            before = len(heard.of(Connected))
            switched(exchange, fault, limit=1, value=30.0)
            try:
                watch = Stopwatch()
                await trading.ask(place(name))
                await until(lambda: heard.of(Severed), 20)
                took_s = watch.taken_s()
            finally:
                switched(exchange, fault)
            await until(lambda: len(heard.of(Connected)) > before, 20)
            seen = await filled(trading, name)
            told = await trading.ask(stock(name))
            assert sum(one.qty for one in told.fills if one.order_id == name) == seen.filled == 1
            await trading.ask(place(f"{name}-after"))
            await until(lambda: "fill" in heard.events(f"{name}-after"))
            return took_s, heard.of(Severed)[0].text

    took_s, text = play(scene)
    if fault == "silent_stream":
        assert "the stream is mute: no answer to a question" in text
        assert took_s < 4 * (QUICK.ask_s + QUICK.answer_s)
    with trading_client(exchange) as client:
        assert client.get_order_by_client_id(name).filled_qty == "1"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("duplicate_event", ["fill", "fill"]), ("duplicate_event_new_id", ["fill", "fill"]), ("lost_event", []),
        ("replayed_events", ["fill", "new", "fill"]),
    ],
)  # fmt: skip
def test_events_are_told_as_they_come(exchange, fault, words):
    async def scene():
        async with trading_of(exchange) as trading, updates_of(exchange) as heard:
            if fault in {"lost_event", "duplicate_event", "duplicate_event_new_id"}:
                await trading.ask(place(f"quiet-{fault}", qty=1))
                await until(lambda: "fill" in heard.events(f"quiet-{fault}"))
            switched(exchange, fault, rate=1.0)
            try:
                await trading.ask(place(f"told-{fault}"))
                await filled(trading, f"told-{fault}")
                if words:
                    await until(lambda: told(heard)[-len(words) :] == words)
                else:
                    await asyncio.sleep(0.5)  # in which it does not come
                    assert told(heard) == []
            finally:
                switched(exchange, fault)

    def told(heard):
        return [one for one in heard.events(f"told-{fault}") if one == "fill" or fault == "replayed_events"]

    play(scene)


def test_an_order_that_somebody_else_sent_is_told(exchange):
    async def scene():
        async with trading_of(exchange) as trading, updates_of(exchange) as heard:
            switched(exchange, "external_order", limit=1)
            try:
                await trading.ask(place("mine"))
                await until(lambda: any(one.order.order_id != "mine" for one in heard.of(Streamed)))
            finally:
                switched(exchange, "external_order")

    play(scene)


def test_events_that_come_before_the_answer(exchange):
    async def scene():
        async with trading_of(exchange) as trading, updates_of(exchange) as heard:
            switched(exchange, "slow_response", limit=1, value=0.5)
            try:
                asking = asyncio.ensure_future(trading.ask(place("fast")))
                await until(lambda: "fill" in heard.events("fast"))
                assert not asking.done()
                assert (await asking).found.state in {"pending_new", "accepted"}
            finally:
                switched(exchange, "slow_response")

    play(scene)


@pytest.mark.parametrize("fault", ["stream_refused", "no_auth_reply"])
def test_a_stream_that_is_refused_for_a_while(exchange, fault):
    async def scene():
        switched(exchange, fault, limit=1, value=0.7)
        began = time.monotonic()
        try:
            async with updates_of(exchange):
                assert time.monotonic() - began >= 0.5
        finally:
            switched(exchange, fault)
        async with market_of(exchange, TICKS) as heard:
            await until(lambda: heard.values)

    play(scene)


def test_market_data_that_fall_silent_while_the_market_is_open(exchange):
    async def scene():
        async with market_of(exchange, TICKS) as heard:
            await until(lambda: heard.values)
            switched(exchange, "silent_stream", limit=1, value=60.0)
            try:
                await until(lambda: "severed" in heard.states(), 20)
            finally:
                switched(exchange, "silent_stream")
            await until(lambda: heard.states().count("connected") == 2, 20)
            heard.values.clear()
            await until(lambda: heard.of(Quote) and heard.of(Print))
            return heard.links

    links = play(scene)
    assert "the stream is mute" in links[1][1]


def test_silence_is_a_fault_while_the_market_is_open_and_none_at_night(exchange):
    clock = FixedClock(0)
    clock.monotonic_ns = time.monotonic_ns
    session = Session(day=1, open_ns=1000, close_ns=2000)

    async def scene(now_ns):
        clock.ts_ns = now_ns
        wanted = {"quotes": ["NOTHING"]}
        async with market_of(exchange, wanted, clock=clock, sessions=[session]) as heard:
            await asyncio.sleep(3 * QUICK.silence_s)
            return heard.states()

    assert in_a_loop(asyncio.wait_for(scene(5000), 60)) == ["connected"]
    assert in_a_loop(asyncio.wait_for(scene(1500), 60))[:3] == ["connected", "severed", "connected"]


def test_a_line_that_is_dead_with_open_sockets(exchange):
    async def scene():
        async with (
            slow_line(exchange) as line,
            updates_of(exchange, port=line.port) as orders,
            market_of(exchange, TICKS, port=line.port) as heard,
        ):
            await until(lambda: heard.values)
            line.frozen = True
            watch = Stopwatch()
            await until(lambda: "severed" in heard.states() and orders.of(Severed), 20)
            took_s = watch.taken_s()
            line.frozen = False
            await until(lambda: heard.states().count("connected") == 2 and len(orders.of(Connected)) == 2, 30)
            heard.values.clear()
            await until(lambda: heard.values)
            return took_s, orders.of(Severed)[0].text

    took_s, text = play(scene)
    assert took_s < 4 * (QUICK.ask_s + QUICK.answer_s)
    assert "half-open" in text or "mute" in text


def test_a_process_that_stands_still_for_a_while_blames_nobody(exchange):
    async def scene():
        async with updates_of(exchange) as orders, market_of(exchange, TICKS) as heard:
            await until(lambda: heard.values)
            for _ in range(3):
                time.sleep(2 * QUICK.answer_s)
                await asyncio.sleep(0.3)
            assert heard.states() == ["connected"]
            assert not orders.of(Severed)

    play(scene)


def test_a_line_that_is_slow():
    late = QUICK._replace(ask_s=30.0, lag_s=0.5, silence_s=20.0)
    with serving(speed="1x") as exchange:

        async def scene():
            async with (
                slow_line(exchange) as line,
                market_of(exchange, TICKS, port=line.port, limits=late) as heard,
            ):
                await until(lambda: len(heard.values) > 20, 20)
                line.bytes_s = 100
                await until(lambda: "severed" in heard.states(), 30)
                line.bytes_s = None
                await until(lambda: heard.states().count("connected") == 2, 20)
                return heard.links[1][1]

        assert "the stream is slow" in play(scene)


def test_an_exchange_that_goes_away_and_comes_back():
    with serving() as first:
        port = first.port

        async def scene():
            async with updates_of(first) as orders, market_of(first, TICKS) as heard:
                await until(lambda: heard.values)
                await asyncio.to_thread(first.stop)
                await until(lambda: "severed" in heard.states() and orders.of(Severed), 20)
                await asyncio.sleep(0.5)
                with serving(port=port) as second:
                    await until(
                        lambda: heard.states()[-1] == "connected" and isinstance(orders.told[-1], Connected), 30
                    )
                    heard.values.clear()
                    await until(lambda: heard.of(Quote) and heard.of(Print), 20)
                    async with trading_of(second) as trading:
                        await trading.ask(Place(order=order("second")))
                        await until(lambda: "fill" in orders.events("second"))
                    assert heard.states().count("connected") == 2

        play(scene)


def test_no_more_than_one_connection_and_none_that_hammers(exchange):
    async def scene():
        async with (
            updates_of(exchange),
            slow_line(exchange) as line,
            updates_of(exchange, port=line.port, wait=False) as second,
        ):
            await asyncio.sleep(2.0)
            assert line.connections <= 8
            assert not second.told

    play(scene)


@pytest.mark.parametrize(
    "opened", [updates_of, lambda one, **more: market_of(one, TICKS, **more)], ids=["updates", "market"]
)
def test_keys_that_are_wrong_end_the_stream_in_one_line(exchange, opened):
    async def scene():
        async with opened(exchange, keys=Keys("PKWRONG", "hushhush"), wait=False) as heard:
            await until(heard.ended, 20)

    with pytest.raises(SettingsError) as caught:
        play(scene)
    assert "refuses the keys" in str(caught.value)
    assert not any(word in str(caught.value) for word in ("PKWRONG", "hushhush", "\n"))


def test_a_client_that_does_not_keep_up_is_cut_off_and_begins_anew(exchange):
    async def scene():
        switched(exchange, "slow_consumer", limit=1, value=5)
        try:
            async with market_of(exchange, TICKS) as heard:
                end = time.monotonic() + 20
                while "severed" not in heard.states() and time.monotonic() < end:
                    time.sleep(0.2)  # the whole loop stands still
                    await asyncio.sleep(0.01)
        finally:
            switched(exchange, "slow_consumer")
        assert "407 slow client" in heard.links[1][1] or "closed" in heard.links[1][1]

    play(scene)
