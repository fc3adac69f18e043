"""The official streams, over real sockets: every kind of message arrives and parses into its model."""

import datetime
import itertools
import time
from zoneinfo import ZoneInfo

import pytest

from official_client import (
    StockDataStream,
    ask,
    data_stream,
    enums,
    heard,
    listened_to,
    serving,
    trading_client,
    trading_stream,
)
from tenfold.exchange.faults import Switch

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the client's own asyncio


def order(price=None, qty=3):
    shared = {"symbol": "AAPL", "qty": qty, "side": enums.OrderSide.BUY, "time_in_force": enums.TimeInForce.DAY}
    return ask.MarketOrderRequest(**shared) if price is None else ask.LimitOrderRequest(**shared, limit_price=price)


def events(name):
    return lambda one: one.event == name


@pytest.mark.parametrize("frames", ["binary", "text"])
def test_trade_updates(frames):
    with (
        serving(trade_frames=frames) as exchange,
        trading_client(exchange) as client,
        heard(trading_stream(exchange)) as one,
    ):
        one.stream.subscribe_trade_updates(one.hear)
        one.thread.start()
        listened_to(exchange)
        sent = client.submit_order(order())
        [new] = one.wait(wanted=events("new"))
        assert new.order.id == sent.id
        [*_, fill] = one.wait(wanted=events("fill"))
        assert fill.order.status is enums.OrderStatus.FILLED
        assert (fill.position_qty, fill.order.filled_qty) == (3.0, "3")
        assert fill.execution_id is not None
        resting = client.submit_order(order(1.0))
        changed = client.replace_order_by_id(resting.id, ask.ReplaceOrderRequest(qty=2))
        client.cancel_order_by_id(changed.id)
        [replaced] = one.wait(wanted=events("replaced"))
        assert (replaced.order.id, replaced.order.replaced_by) == (resting.id, changed.id)
        [canceled] = one.wait(wanted=events("canceled"))
        assert canceled.order.id == changed.id
    one.thread.join(60)
    assert not one.thread.is_alive()


class Tapped(StockDataStream):
    """Alpaca's client, which also keeps each message of the market as it came, whoever handles it."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.came = []

    async def _dispatch(self, msg):
        if "S" in msg:
            self.came.append((msg["T"], msg["S"]))
        await super()._dispatch(msg)


class EveryKind:
    """A stream that is subscribed to every channel of AAPL, and what it was told by channel."""

    def __init__(self, stream):
        self.stream = stream
        self.told = {channel: [] for channel in CHANNELS}
        for channel, subscribe in CHANNELS.items():
            subscribe(stream, self._keep(channel))

    def _keep(self, channel):
        async def keep(message):
            self.told[channel].append(message)

        return keep

    def wait(self, **counts):
        """Wait until so many messages of channels have come."""
        end = time.monotonic() + 60.0
        while short := {name: len(self.told[name]) for name, count in counts.items() if len(self.told[name]) < count}:
            assert time.monotonic() < end, short
            time.sleep(0.01)


CHANNELS = {
    "trades": lambda stream, hear: stream.subscribe_trades(hear, "AAPL"),
    "quotes": lambda stream, hear: stream.subscribe_quotes(hear, "AAPL"),
    "bars": lambda stream, hear: stream.subscribe_bars(hear, "AAPL", "MSFT"),
    "updatedBars": lambda stream, hear: stream.subscribe_updated_bars(hear, "AAPL"),
    "dailyBars": lambda stream, hear: stream.subscribe_daily_bars(hear, "AAPL"),
    "statuses": lambda stream, hear: stream.subscribe_trading_statuses(hear, "AAPL"),
    "lulds": lambda stream, hear: stream._subscribe(hear, ("AAPL",), stream._handlers["lulds"]),  # it has no other door
    "corrections": lambda stream, hear: stream.register_trade_corrections(hear),
    "cancelErrors": lambda stream, hear: stream.register_trade_cancels(hear),
}
"""How each channel is subscribed to; corrections and cancels come with the trades."""
STRIKING = {
    "late_bar": Switch(),
    "trade_correction": Switch(rate=0.05),
    "trade_cancel": Switch(rate=0.05),
    "halt": Switch(rate=0.02, value=30.0),
    "price_bands": Switch(rate=0.02),
}


@pytest.fixture(scope="module")
def every_kind():
    """Listen until each kind of message has come; then leave every channel but the bars of MSFT, and listen on."""
    with serving(speed="300x", faults=STRIKING) as exchange:
        url = exchange.data_stream_url.replace("/iex", "/sip")
        with heard(Tapped(exchange.key, exchange.secret, url_override=url)) as one:
            kinds = EveryKind(one.stream)
            one.thread.start()
            kinds.wait(trades=50, quotes=500, bars=20, updatedBars=5, dailyBars=5, statuses=4, lulds=2)
            kinds.wait(corrections=2, cancelErrors=2)
            kinds.before = set(one.stream.came)
            for channel in ("trades", "quotes", "updated_bars", "daily_bars", "trading_statuses", "bars"):
                getattr(one.stream, f"unsubscribe_{channel}")("AAPL")
            one.stream._unsubscribe("lulds", ("AAPL",))
            end = time.monotonic() + 60.0
            while subscribed(exchange) != [{"bars": ["MSFT"]}]:
                assert time.monotonic() < end, subscribed(exchange)
                time.sleep(0.01)
            kinds.wait(bars=len(kinds.told["bars"]) + 2)  # what was on its way has come
            since = len(one.stream.came)
            kinds.wait(bars=len(kinds.told["bars"]) + 5)
            kinds.after = set(one.stream.came[since:])
        one.thread.join(60)
        assert not one.thread.is_alive()
    return kinds


def subscribed(exchange):
    """Return the channels of each connection that hold a symbol."""

    def lists():
        sessions = exchange._server._broadcast.market.sessions
        return [{name: symbols for name, symbols in one.subscriptions.lists().items() if symbols} for one in sessions]

    return exchange.call(lists)


def of_symbol(told, symbol="AAPL"):
    assert {one.symbol for one in told} == {symbol}
    moments = [one.timestamp for one in told]
    assert moments == sorted(moments)
    return told


def test_trades_arrive(every_kind):
    trades = of_symbol(every_kind.told["trades"])
    assert len({one.id for one in trades}) == len(trades)
    for one in trades:
        assert min(one.price, one.size) > 0
        assert (one.tape, one.conditions, one.exchange in set("NQPVU")) == ("C", ["@"], True)


def test_quotes_arrive(every_kind):
    for one in of_symbol(every_kind.told["quotes"]):
        assert 0 < one.bid_price < one.ask_price
        assert min(one.bid_size, one.ask_size) > 0


@pytest.mark.parametrize("symbol", ["AAPL", "MSFT"])
def test_bars_arrive(every_kind, symbol):
    bars = of_symbol([one for one in every_kind.told["bars"] if one.symbol == symbol], symbol)
    assert len({one.timestamp for one in bars}) == len(bars)
    for one in bars:
        assert (one.timestamp.second, one.timestamp.microsecond) == (0, 0)
        assert one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high
        assert one.low <= one.vwap <= one.high
        assert min(one.volume, one.trade_count) > 0


def test_a_bar_comes_again_updated(every_kind):
    bars = {one.timestamp: one for one in every_kind.told["bars"] if one.symbol == "AAPL"}
    for one in of_symbol(every_kind.told["updatedBars"]):
        first = bars[one.timestamp]
        assert (one.volume, one.trade_count) == (first.volume + 100, first.trade_count + 1)
        assert (one.open, one.low, one.close) == (first.open, first.low, first.close)
        assert one.high > first.high


def test_the_day_so_far_arrives_with_each_bar(every_kind):
    days = of_symbol(every_kind.told["dailyBars"])
    bars = [one for one in every_kind.told["bars"] if one.symbol == "AAPL"][: len(days)]
    assert {one.timestamp.astimezone(ZoneInfo("America/New_York")).time() for one in days} == {datetime.time()}
    assert {one.open for one in days} == {days[0].open}
    for (before, _), (day, bar) in itertools.pairwise(zip(days, bars, strict=True)):
        assert day.close == bar.close
        assert day.high >= max(bar.high, before.high)
        assert day.low == min(bar.low, before.low)
        late = day.volume - before.volume - bar.volume
        assert late >= 0
        assert late % 100 == 0, "late prints are of a hundred"


def test_halts_and_their_ends_arrive(every_kind):
    told = of_symbol(every_kind.told["statuses"])
    codes = [one.status_code for one in told]
    assert {"H", "T"} <= set(codes) <= {"H", "T", "P"}
    for before, after in itertools.pairwise(told):
        assert (before.status_code == "T") != (after.status_code == "T"), codes
    halt = next(one for one in told if one.status_code == "H")
    assert (halt.reason_code, halt.reason_message, halt.status_message) == ("T1", "News Pending", "Trading Halt")


def test_price_bands_arrive(every_kind):
    for one in every_kind.told["lulds"]:  # the client has no model of them
        assert (one["S"], one["i"], one["z"]) == ("AAPL", "B", "C")
        assert one["u"] > one["d"] > 0
    narrow, wide = every_kind.told["lulds"][:2]
    assert wide["u"] - wide["d"] > narrow["u"] - narrow["d"]


def test_prints_are_corrected_and_taken_back(every_kind):
    prints = {one.id: one for one in every_kind.told["trades"]}
    for one in of_symbol(every_kind.told["corrections"]):
        first = prints[one.original_id]
        assert (one.original_price, one.original_size, one.exchange) == (first.price, first.size, first.exchange)
        assert one.corrected_price > one.original_price
    for one in of_symbol(every_kind.told["cancelErrors"]):
        first = prints[one.id]
        assert (one.price, one.size, one.exchange, one.action) == (first.price, first.size, first.exchange, "C")


def test_every_channel_ends_when_it_is_left(every_kind):
    assert {kind for kind, symbol in every_kind.before if symbol == "AAPL"} == set("tqbudslcx")
    assert every_kind.after == {("b", "MSFT")}


def test_a_star_is_every_symbol():
    with serving() as exchange, heard(data_stream(exchange)) as one:
        one.stream.subscribe_quotes(one.hear, "*")
        one.thread.start()
        for symbol in ("AAPL", "MSFT"):
            one.wait(wanted=lambda quote, symbol=symbol: quote.symbol == symbol)
        assert {quote.symbol for quote in one.told} == {"AAPL", "MSFT"}, "coins have a feed of their own"
    one.thread.join(60)
    assert not one.thread.is_alive()


def test_thousands_of_symbols_in_one_message():
    with serving() as exchange, heard(data_stream(exchange)) as one:
        one.stream.subscribe_bars(one.hear, *(f"S{number:05d}" for number in range(8_000)), "AAPL")
        one.thread.start()
        assert one.wait()[0].symbol == "AAPL"
    one.thread.join(60)


def test_a_second_stream_of_the_same_key_waits_for_the_first():
    with serving() as exchange, heard(data_stream(exchange)) as first, heard(data_stream(exchange)) as second:
        first.stream.subscribe_quotes(first.hear, "AAPL")
        first.thread.start()
        first.wait()
        second.stream.subscribe_quotes(second.hear, "AAPL")
        second.thread.start()
        with pytest.raises(AssertionError):
            second.wait(seconds=0.5)
        first.stream.stop()
        assert second.wait()
    for one in (first, second):
        one.thread.join(60)
        assert not one.thread.is_alive()
