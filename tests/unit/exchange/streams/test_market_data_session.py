"""The market data stream as a state machine: what it answers, what it sends, whom it cuts off."""

import json

import msgpack
import msgspec
import pytest

from tenfold.domain.market import Bar, Quote, Trade
from tenfold.exchange.events import Bust, Correction, Depth, Edge, LateBar, PriceBands, Status
from tenfold.exchange.market.candle import Candle
from tenfold.exchange.streams.codec import JSON, MSGPACK, codec_of
from tenfold.exchange.streams.connections import Connections
from tenfold.exchange.streams.market_data import MarketDataSession
from tenfold.exchange.streams.market_hub import MarketHub
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.streams.subscriptions import CRYPTO_CHANNELS, Feed

NS = 1_700_000_000_123_456_789
AT = "2023-11-14T22:13:20.123456789Z"
IEX = Feed("/v2/iex", symbols_max=3)
SIP = Feed("/v2/sip", paid=True)
CRYPTO = Feed("/v1beta3/crypto/us", CRYPTO_CHANNELS)
TRADE = Trade(ts_ns=NS, symbol="AAPL", price=177.5, size=90.0, venue="IEX")
QUOTE = Quote(ts_ns=NS, symbol="AAPL", bid=177.0, ask=177.25, bid_size=3.0, ask_size=4.5)


def bar(symbol="AAPL", extra=()):
    nan = float("nan")
    return Bar(
        0, 0, NS, 10.5, 10.0, 11.0, 9.0, 1_250.0, NS - 60_000_000_000, nan, nan, nan, nan, 0.0, 0, 0, 0, 2023, 11, 14, 1, symbol, extra
    )  # fmt: skip


class Desk:
    """Open sessions of one account over one hub."""

    def __init__(self, each_max=1):
        self.connections = Connections(each_max)
        self.hub = MarketHub(lambda symbol: Candle(NS, NS, 1.0, 2.0, 0.5, 1.5, 10.0, 2, 1.25), lambda s: "/" in s)

    def open(self, feed=IEX, codec=JSON, frame_max=100, waiting_max=1_000, paid=True, credentials=None):
        session = MarketDataSession(
            feed, codec, self.account_of, self.connections, Outbox(codec, frame_max, waiting_max)
        )
        session.open(credentials, paid)
        self.hub.join(session)
        return session

    def ready(self, *, subscribe, **options):
        session = self.open(**options)
        say(session, {"action": "auth", "key": "K", "secret": "S"})
        say(session, {"action": "subscribe", **subscribe})
        self.hub.refresh()
        heard(session)
        return session

    @staticmethod
    def account_of(key, secret):
        return "one" if (key, secret) == ("K", "S") else None


def say(session, message):
    session.receive(session.codec.encode(message))


def heard(session):
    frames = list(session.outbox)
    assert all(frame.text is session.codec.text for frame in frames)
    if session.codec.text:
        return [json.loads(frame.data) for frame in frames]
    return [msgpack.unpackb(frame.data) for frame in frames]


def codes(session):
    return [frame[0].get("code") for frame in heard(session)]


def test_the_way_in():
    session = Desk().open()
    assert heard(session) == [[{"T": "success", "msg": "connected"}]]
    say(session, {"action": "auth", "key": "K", "secret": "S"})
    assert heard(session) == [[{"T": "success", "msg": "authenticated"}]]
    say(session, {"action": "subscribe", "trades": ["AAPL"], "bars": ["*"]})
    [[told]] = heard(session)
    assert told == {
        "T": "subscription", "trades": ["AAPL"], "quotes": [], "bars": ["*"], "updatedBars": [], "dailyBars": [],
        "statuses": [], "lulds": [], "corrections": ["AAPL"], "cancelErrors": ["AAPL"],
    }  # fmt: skip
    say(session, {"action": "unsubscribe", "bars": ["*"], "quotes": ["MSFT"]})
    assert heard(session)[0][0]["bars"] == []
    say(session, {"action": "subscribe", "imbalances": ["AAPL"]})
    assert heard(session)[0][0]["imbalances"] == ["AAPL"]


def test_the_headers_of_the_upgrade_authenticate():
    session = Desk().open(credentials=("K", "S"))
    assert [frame[0]["msg"] for frame in heard(session)] == ["connected", "authenticated"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'"auth"', b"{}", b'{"action":"sing"}', b'{"action":7}', b'{"action":["auth"]}', b"\xff\xfe",
     b'{"action":"auth"}', b'{"action":"auth","key":1,"secret":[]}', b"[" * 100_000],
)  # fmt: skip
def test_nonsense_is_answered_400(raw):
    session = Desk().open()
    heard(session)
    session.receive(raw)
    assert codes(session) == [400]
    assert not session.outbox.closing


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"trades": "AAPL"}, 400),
        ({"trades": [1]}, 400),
        ({"trades": [""]}, 400),
        ({"orderbooks": ["AAPL"]}, 410),
        ({"songs": ["AAPL"]}, 410),
        ({"trades": ["A", "B"], "quotes": ["A", "B"]}, 405),
        ({"quotes": ["*"]}, 405),
    ],
)
def test_a_refused_subscription_changes_nothing(message, code):
    session = Desk().ready(subscribe={"trades": ["AAPL"]})
    say(session, {"action": "subscribe", **message})
    assert codes(session) == [code]
    say(session, {"action": "subscribe", "bars": ["A", "B", "C", "D", "E"]})
    assert heard(session)[0][0]["trades"] == ["AAPL"]


def test_errors_of_authentication():
    desk = Desk()
    session = desk.open()
    heard(session)
    say(session, {"action": "subscribe", "trades": ["AAPL"]})
    say(session, {"action": "unsubscribe", "trades": ["AAPL"]})
    assert codes(session) == [401, 401]
    say(session, {"action": "auth", "key": "K", "secret": "wrong"})
    assert codes(session) == [402]
    assert session.outbox.closing
    say(session, {"action": "auth", "key": "K", "secret": "S"})
    assert not heard(session)
    late = desk.open()
    late.late()
    assert codes(late) == [None, 404]
    inside = desk.ready(subscribe={})
    inside.late()
    say(inside, {"action": "auth", "key": "K", "secret": "S"})
    assert codes(inside) == [403]
    assert not inside.outbox.closing
    assert codes(desk.open(feed=SIP, paid=False)) == [None, 409]


def test_one_connection_for_each_feed_and_account():
    desk = Desk()
    first = desk.ready(subscribe={})
    second = desk.open(credentials=("K", "S"))
    assert codes(second) == [None, 406]
    assert desk.open(feed=SIP, credentials=("K", "S")).account == "one"
    first.closed()
    second.closed()
    first.closed()
    assert desk.open(credentials=("K", "S")).account == "one"


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_every_event_on_the_wire(codec):
    desk = Desk()
    everything = {name: ["AAPL"] for name in IEX.channels}
    session = desk.ready(subscribe=everything, codec=codec, feed=SIP)
    other = msgspec.structs.replace(TRADE, price=177.0)
    for event in (
        TRADE, QUOTE, bar(), LateBar(ts_ns=NS, bar=bar(extra=(7.0, 10.25))), Edge(ts_ns=NS, kind="open", day=1),
        Status(ts_ns=NS, symbol="AAPL", code="H", message="Trading Halt", reason_code="T12", reason_message="why"),
        PriceBands(ts_ns=NS, symbol="AAPL", up=180.0, down=170.5),
        Correction(ts_ns=NS, symbol="AAPL", original=TRADE, corrected=other),
        Bust(ts_ns=NS, symbol="AAPL", original=TRADE), msgspec.structs.replace(TRADE, symbol="MSFT"),
    ):  # fmt: skip
        desk.hub.publish(event)
    [told] = heard(session)
    for one in told:
        moment = one.pop("t")
        assert (moment.to_unix_nano() if codec is MSGPACK else moment) in {
            NS,
            NS - 60_000_000_000,
            AT,
            "2023-11-14T22:12:20.123456789Z",
        }
    bars = {"S": "AAPL", "o": 10.0, "h": 11.0, "l": 9.0, "c": 10.5, "v": 1250}
    i, j = told[0]["i"], told[7]["ci"]
    assert i != j
    assert told == [
        {"T": "t", "S": "AAPL", "i": i, "x": "V", "p": 177.5, "s": 90, "c": ["@"], "z": "C"},
        {"T": "q", "S": "AAPL", "bx": "V", "bp": 177.0, "bs": 3, "ax": "V", "ap": 177.25, "as": 4.5, "c": ["R"], "z": "C"},
        {"T": "b", **bars, "n": 13, "vw": 10.166667},
        {"T": "d", "S": "AAPL", "o": 1.0, "h": 2.0, "l": 0.5, "c": 1.5, "v": 10, "n": 2, "vw": 1.25},
        {"T": "u", **bars, "n": 7, "vw": 10.25},
        {"T": "s", "S": "AAPL", "sc": "H", "sm": "Trading Halt", "rc": "T12", "rm": "why", "z": "C"},
        {"T": "l", "S": "AAPL", "u": 180.0, "d": 170.5, "i": "B", "z": "C"},
        {"T": "c", "S": "AAPL", "x": "V", "oi": i, "op": 177.5, "os": 90, "oc": ["@"], "ci": j, "cp": 177.0, "cs": 90,
         "cc": ["@"], "z": "C"},
        {"T": "x", "S": "AAPL", "i": i, "x": "V", "p": 177.5, "s": 90, "a": "C", "z": "C"},
    ][: len(told)]  # fmt: skip
    assert len(told) == 9
    assert desk.hub.told == {"one": 9}
    assert desk.hub.count == 9


def test_coins_have_feeds_of_their_own():
    desk = Desk(each_max=2)
    coins = desk.ready(subscribe={"orderbooks": ["*"], "trades": ["*"]}, feed=CRYPTO)
    stocks = desk.ready(subscribe={"trades": ["*"]}, feed=SIP)
    desk.hub.publish(Depth(ts_ns=NS, symbol="BTC/USD", levels=((1, 10.0, 2.0), (-1, 11.0, 0.0)), snapshot=True))
    desk.hub.publish(Depth(ts_ns=NS, symbol="BTC/USD", levels=((1, 10.0, 2.0),)))
    desk.hub.publish(msgspec.structs.replace(TRADE, symbol="BTC/USD"))
    desk.hub.publish(TRADE)
    [[book, change, trade]] = heard(coins)
    assert (book["b"], book["a"], book["r"]) == ([{"p": 10.0, "s": 2.0}], [{"p": 11.0, "s": 0.0}], True)
    assert "r" not in change
    assert trade["S"] == "BTC/USD"
    assert [one["S"] for one in heard(stocks)[0]] == ["AAPL"]
    say(coins, {"action": "subscribe", "lulds": ["BTC/USD"]})
    assert codes(coins) == [410]


def test_frames_hold_at_most_so_many_messages_and_control_stands_alone():
    desk = Desk()
    session = desk.ready(subscribe={"trades": ["AAPL"]}, frame_max=3, codec=MSGPACK)
    for _ in range(4):
        desk.hub.publish(TRADE)
    say(session, {"action": "subscribe", "quotes": ["AAPL"]})
    desk.hub.publish(TRADE)
    assert [[one["T"] for one in frame] for frame in heard(session)] == [["t"] * 3, ["t"], ["subscription"], ["t"]]


@pytest.mark.parametrize("count", [1, 15, 16, 100])
@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_joined_messages_are_one_array(codec, count):
    assert codec.decode(codec.frame([codec.encode({"n": n}) for n in range(count)]).data) == [
        {"n": n} for n in range(count)
    ]


def test_a_slow_client_is_cut_off_with_407_alone():
    desk = Desk()
    session = desk.ready(subscribe={"trades": ["AAPL"]}, waiting_max=5)
    for _ in range(7):
        desk.hub.publish(TRADE)
    assert session.outbox.closing
    assert codes(session) == [407]
    flood = desk.open(feed=SIP, waiting_max=5)
    for _ in range(7):
        say(flood, {})
    assert flood.outbox.closing
    assert not heard(flood)


def test_nobody_listens_and_nothing_is_encoded():
    desk = Desk()
    assert not desk.hub.listening
    session = desk.ready(subscribe={"dailyBars": ["AAPL"]})
    assert desk.hub.listening
    desk.hub.publish(TRADE)
    desk.hub.publish(bar())
    assert [one["T"] for one in heard(session)[0]] == ["d"]
    desk.hub.leave(session)
    assert not desk.hub.listening
    assert desk.hub.sessions == ()
    desk.hub.publish(bar())
    assert not heard(session)


def test_the_header_chooses_the_codec():
    assert codec_of("application/msgpack; x=1") is MSGPACK
    assert codec_of("") is codec_of("text/plain") is JSON


def test_the_box_wakes_who_sends_it():
    woken = []
    box = Outbox(JSON, 10, 10)
    box.wake = lambda: woken.append(len(box))
    box.put(b"1")
    box.put(b"2")
    assert woken == [1]
    assert [frame.data for frame in box] == [b"[1,2]"]
    box.close()
    box.put(b"3")
    box.put_frame(JSON.frame([]))
    box.close(JSON.frame([]))
    assert (len(woken), len(box)) == (3, 0)
