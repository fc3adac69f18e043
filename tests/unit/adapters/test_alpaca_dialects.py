"""Both streams are spoken without a socket: what is said, what is heard, and what ends a connection."""

import json

import msgspec
import pytest

from tenfold.adapters.alpaca.line import StreamFaultError
from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits
from tenfold.adapters.alpaca.market_data import SYMBOLS_A_MESSAGE, MarketDialect
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.trade_updates import UpdatesDialect
from tenfold.adapters.clock import FixedClock
from tenfold.domain.errors import SettingsError
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.live_market import (
    PriceBands,
    Print,
    PrintCanceled,
    PrintCorrected,
    TradingStatus,
    VenueBar,
)
from tenfold.domain.market import Quote
from tenfold.domain.order import OrderStatus

S = 1_000_000_000
KEYS = Keys("PKTEST", "hush")
LIMITS = LivenessLimits()


def moment(ns):
    seconds, rest = divmod(ns, S)
    return msgspec.msgpack.Ext(-1, (rest << 34 | seconds).to_bytes(8, "big"))


def frame(*messages):
    return msgspec.msgpack.encode(list(messages))


class Market:
    """Hear market data."""

    def __init__(self, **wanted):
        self.clock = FixedClock(50 * S)
        self.values, self.unread = [], []
        self.dialect = MarketDialect(
            KEYS, wanted, self.clock, lambda _, values: self.values.extend(values), self.unread.append
        )
        self.signs = Liveness(LIMITS, 0)
        self.said = self.dialect.opened(self.signs)

    def hear(self, *messages):
        return [msgspec.msgpack.decode(one) for one in self.dialect.heard(frame(*messages))]

    def ready(self):
        self.hear({"T": "success", "msg": "connected"})
        self.hear({"T": "success", "msg": "authenticated"})
        self.hear(
            {"T": "subscription", **{channel: list(symbols) for channel, symbols in self.dialect._wanted.items()}}
        )
        assert self.dialect.ready
        return self


def test_the_stream_of_market_data_from_the_greeting_to_the_subscription():
    market = Market(trades={"AAPL"}, updatedBars={"AAPL", "MSFT"})
    assert market.said == []
    assert market.hear({"T": "success", "msg": "connected"}) == [{"action": "auth", "key": "PKTEST", "secret": "hush"}]
    assert market.hear({"T": "success", "msg": "authenticated"}) == [
        {"action": "subscribe", "trades": ["AAPL"]},
        {"action": "subscribe", "updatedBars": ["AAPL", "MSFT"]},
    ]
    market.hear({"T": "subscription", "trades": ["AAPL"], "updatedBars": []})
    assert not market.dialect.ready
    market.hear({"T": "subscription", "trades": ["AAPL"], "updatedBars": ["AAPL", "MSFT"], "corrections": ["AAPL"]})
    assert market.dialect.ready
    assert msgspec.msgpack.decode(market.dialect.question()) == {"action": "subscribe", "trades": ["AAPL"]}
    market.dialect.opened(market.signs)
    assert not market.dialect.ready


def test_many_symbols_are_asked_for_in_parts():
    market = Market(quotes={f"S{number:04d}" for number in range(2 * SYMBOLS_A_MESSAGE + 1)})
    said = market.hear({"T": "success", "msg": "authenticated"})
    assert [len(one["quotes"]) for one in said] == [SYMBOLS_A_MESSAGE, SYMBOLS_A_MESSAGE, 1]


def test_nothing_wanted_is_asked_for_all_the_same():
    market = Market()
    assert market.hear({"T": "success", "msg": "authenticated"}) == [{"action": "subscribe", "trades": []}]
    market.hear({"T": "subscription"})
    assert market.dialect.ready
    assert not market.dialect.expecting


def test_what_is_wanted_changes():
    market = Market(trades={"A", "B"}, bars={"A"}).ready()
    said = [msgspec.msgpack.decode(one) for one in market.dialect.want({"trades": {"B", "C"}, "quotes": {"C"}})]
    assert said == [
        {"action": "subscribe", "trades": ["C"]},
        {"action": "subscribe", "quotes": ["C"]},
        {"action": "unsubscribe", "trades": ["A"]},
        {"action": "unsubscribe", "bars": ["A"]},
    ]
    market.hear({"T": "subscription", "trades": ["B"]})
    assert market.dialect.ready


def test_values_in_the_order_of_their_frame():
    market = Market(trades={"A"}).ready()
    bar = {"S": "A", "o": 1.0, "h": 2.0, "l": 0.5, "c": 1.5, "v": 100, "n": 3, "vw": 1.2, "t": moment(60 * S)}
    market.hear(
        {"T": "q", "S": "A", "bx": "V", "bp": 1.0, "bs": 2, "ax": "V", "ap": 1.1, "as": 3, "c": ["R"], "t": moment(7), "z": "C"},
        {"T": "t", "S": "A", "i": 9, "x": "Q", "p": 1.05, "s": 10, "c": ["@", "I"], "t": moment(8), "z": "C"},
        {"T": "b", **bar}, {"T": "u", **bar}, {"T": "d", **bar},
        {"T": "s", "S": "A", "sc": "H", "sm": "Halt", "rc": "LUDP", "rm": "pause", "t": moment(9), "z": "C"},
        {"T": "l", "S": "A", "u": 1.2, "d": 0.8, "i": "B", "t": moment(10), "z": "C"},
        {"T": "c", "S": "A", "x": "Q", "oi": 9, "op": 1.05, "os": 10, "oc": [], "ci": 11, "cp": 1.04, "cs": 9, "cc": [], "t": moment(11), "z": "C"},
        {"T": "x", "S": "A", "i": 11, "x": "Q", "p": 1.04, "s": 9, "a": "C", "t": moment(12), "z": "C"},
    )  # fmt: skip
    made = {
        "symbol": "A",
        "open_ns": 60 * S,
        "open": 1.0,
        "high": 2.0,
        "low": 0.5,
        "close": 1.5,
        "volume": 100.0,
        "trades": 3,
        "vwap": 1.2,
    }
    assert market.values == [
        Quote(ts_ns=7, symbol="A", bid=1.0, ask=1.1, bid_size=2.0, ask_size=3.0, venue="V"),
        Print(ts_ns=8, symbol="A", price=1.05, size=10.0, venue="Q", trade_id="9", conditions="@I"),
        VenueBar(ts_ns=120 * S, kind="minute", **made), VenueBar(ts_ns=120 * S, kind="updated", **made),
        VenueBar(ts_ns=50 * S, kind="daily", **made),
        TradingStatus(ts_ns=9, symbol="A", code="H", message="Halt", reason_code="LUDP", reason_message="pause"),
        PriceBands(ts_ns=10, symbol="A", up=1.2, down=0.8),
        PrintCorrected(ts_ns=11, symbol="A", original_id="9", original_price=1.05, original_size=10.0, trade_id="11", price=1.04, size=9.0, venue="Q"),
        PrintCanceled(ts_ns=12, symbol="A", trade_id="11", price=1.04, size=9.0, venue="Q"),
    ]  # fmt: skip
    assert market.signs.earliest_ns == 50 * S - 8


def test_quotes_of_two_venues_and_of_one_side():
    market = Market(quotes={"A"}).ready()
    market.hear({"T": "q", "S": "A", "bx": "V", "bp": 1.0, "bs": 2, "ax": "Q", "ap": 0, "as": 0, "t": moment(7)})
    (quote,) = market.values
    assert (quote.venue, quote.ask, quote.ask_size) == ("", 0.0, 0.0)


def test_a_message_that_nobody_knows_hides_no_other():
    market = Market(trades={"A"}).ready()
    known = {"T": "t", "S": "A", "i": "x1", "p": 1.05, "s": 10, "t": moment(8)}
    market.hear(
        known, {"T": "zz", "S": "A"}, {"T": "t", "S": "A", "p": None, "s": 1, "t": moment(8)}, {"a": 1}, 7, known
    )
    assert len(market.values) == 2
    assert [text.partition(":")[0] for text in market.unread] == ["zz", "t", "", ""]


def test_a_moment_that_is_none_hides_no_other():
    market = Market(trades={"A"}).ready()
    known = {"T": "t", "S": "A", "i": "x1", "p": 1.05, "s": 10, "t": moment(8)}
    market.hear(known, {**known, "t": msgspec.msgpack.Ext(-1, b"123")}, known)
    assert len(market.values) == 2
    assert market.unread == ["a timestamp has 3 bytes, expected 4, 8 or 12"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xc1",
        b"[]x",
        b"\x91" * 100_000,
        b'[{"T":"success"}]',
    ],
)
def test_a_frame_that_cannot_be_read_ends_the_connection(raw):
    with pytest.raises(StreamFaultError, match="market data cannot be read"):
        Market(trades={"A"}).ready().dialect.heard(raw)


def test_halted_symbols_are_expected_to_be_silent():
    market = Market(quotes={"A", "B"}, bars={"A"}).ready()
    halt = {"T": "s", "sc": "H", "t": moment(9)}
    market.hear({**halt, "S": "A"})
    assert market.dialect.expecting
    market.hear({**halt, "S": "B"})
    assert not market.dialect.expecting
    market.hear({**halt, "S": "B", "sc": "I"})  # says neither
    assert not market.dialect.expecting
    market.hear({**halt, "S": "B", "sc": "T"})
    market.hear({**halt, "S": "B", "sc": "I"})
    assert market.dialect.expecting
    market.hear({**halt, "S": "B"})
    market.dialect.opened(market.signs)
    assert not market.dialect.expecting
    market.hear({"T": "q", "S": "A", "bp": 1.0, "ap": 1.1, "t": moment(9)})
    assert not market.dialect.expecting
    market.hear({"T": "t", "S": "A", "p": 1.05, "s": 10, "t": moment(9)})  # of before, told after it
    market.hear({"T": "t", "S": "A", "p": 1.05, "s": 10, "c": ["@", "Z"], "t": moment(29 * S)})
    assert not market.dialect.expecting
    market.hear({"T": "t", "S": "A", "p": 1.05, "s": 10, "t": moment(29 * S)})
    assert market.dialect.expecting


@pytest.mark.parametrize(("code", "error"), [(402, SettingsError), (405, SettingsError), (409, SettingsError), (410, SettingsError),
                                             (404, StreamFaultError), (406, StreamFaultError), (407, StreamFaultError), (500, StreamFaultError)])  # fmt: skip
def test_errors_that_come_again_whatever_is_tried(code, error):
    with pytest.raises(error, match=str(code)) as caught:
        Market().hear({"T": "error", "code": code, "msg": "no"})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("code", [402, 405, 409, 410])
def test_what_was_right_before_is_tried_again(code):
    market = Market().ready()
    market.dialect.opened(market.signs)
    with pytest.raises(StreamFaultError):
        market.hear({"T": "error", "code": code, "msg": "no"})


def test_more_than_was_granted_is_refused_for_good():
    market = Market().ready()
    market.dialect.want({"trades": ["A", "B", "C"]})
    with pytest.raises(SettingsError, match="405"):
        market.hear({"T": "error", "code": 405, "msg": "symbol limit exceeded"})


class Updates:
    """Hear updates of orders."""

    def __init__(self):
        self.told = []
        lots = Quantities([Instrument(symbol="AAPL")])
        self.dialect = UpdatesDialect(KEYS, lots, FixedClock(5), self.told.append)
        self.signs = Liveness(LIMITS, 0)
        self.said = [json.loads(one) for one in self.dialect.opened(self.signs)]

    def hear(self, stream, data):
        return [json.loads(one) for one in self.dialect.heard(json.dumps({"stream": stream, "data": data}).encode())]

    def authorized(self):
        return self.hear("authorization", {"status": "authorized", "action": "authenticate"})


ORDER = {
    "id": "v", "client_order_id": "run-1-1", "symbol": "AAPL", "side": "buy", "qty": "5", "filled_qty": "2", "status": "partially_filled",
    "type": "market", "time_in_force": "day", "submitted_at": "1970-01-01T00:00:01Z", "updated_at": "1970-01-01T00:00:03Z",
}  # fmt: skip
PART = {
    "event": "partial_fill", "execution_id": "e1", "order": ORDER, "timestamp": "1970-01-01T00:00:02Z", "price": "5.25", "qty": "2",
    "position_qty": "-3",
}  # fmt: skip


def test_the_stream_of_updates_from_the_keys_to_a_fill():
    updates = Updates()
    assert updates.said == [{"action": "authenticate", "data": {"key_id": "PKTEST", "secret_key": "hush"}}]
    listen = {"action": "listen", "data": {"streams": ["trade_updates"]}}
    assert updates.authorized() == [listen]
    assert not updates.dialect.ready
    updates.hear("listening", {"streams": ["trade_updates"]})
    assert updates.dialect.ready
    assert json.loads(updates.dialect.question()) == listen
    updates.hear("trade_updates", PART)
    (told,) = updates.told
    assert (told.ts_ns, told.event, told.order.status) == (5, "partial_fill", OrderStatus.PARTIALLY_FILLED)
    fill = told.fill
    assert (fill.execution_id, fill.qty, fill.price, fill.ts_ns, fill.cumulative, fill.position, fill.kind) == (
        "e1", 2, 5.25, 2 * S, 2, -3, "fill",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"event": "new", "price": None, "qty": None}, None), ({"event": "partial_fill", "execution_id": None}, None),
        ({"event": "canceled"}, None), ({"event": "trade_bust"}, "bust"), ({"event": "trade_correct"}, "correct"),
        ({"event": "fill", "timestamp": None, "position_qty": None}, "fill"), ({"event": "never_seen_before"}, None),
        ({"event": "partial_fill", "qty": "0"}, None), ({"event": "fill", "qty": 0.0, "price": "0"}, None),
        ({"event": "trade_bust", "qty": "-2"}, "bust"),
    ],
)  # fmt: skip
def test_what_an_event_says_of_an_execution(more, kind):
    updates = Updates()
    updates.hear("trade_updates", {**PART, **more})
    (told,) = updates.told
    assert told.event == more["event"]
    assert (told.fill.kind if told.fill else None) == kind


def test_an_execution_of_an_order_for_parts_of_a_lot_tells_what_is_held_of_its_symbol():
    """Who closes 10.5 shares by hand leaves none of the ten: what is held is looked at before anything is sold on it."""
    updates = Updates()
    updates.hear(
        "trade_updates", {**PART, "order": {**ORDER, "qty": "10.5", "filled_qty": "10.5"}, "position_qty": "0.25"}
    )
    (told,) = updates.told
    assert (told.order.symbol, told.fill.symbol, told.fill.position) == ("AAPL in parts", "AAPL", 0)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b'{"stream":"trade_updates","data":null}', b'{"stream":"trade_updates"}', b'{"stream":"trade_updates","data":{}}',
        json.dumps({"stream": "trade_updates", "data": {**PART, "order": {**ORDER, "filled_qty": "0.5"}}}).encode(),
        json.dumps({"stream": "trade_updates", "data": {**PART, "qty": "many"}}).encode(), b'{"stream":"error","data":{"error_message":"no"}}',
        b'{"stream":"nonsense","data":[]}', b"\xff\xfe", b'{"stream":"trade_updates","data":{"x":' + b"[" * 100_000, b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_may_have_been_an_update_ends_the_connection(raw):
    updates = Updates()
    with pytest.raises(StreamFaultError):
        updates.dialect.heard(raw)
    assert not updates.told


@pytest.mark.parametrize("streams", [None, 5, True, {}, "trade", ["account_updates"]])
def test_a_stream_is_not_ready_where_the_venue_does_not_say_so(streams):
    updates = Updates()
    updates.authorized()
    updates.dialect.heard(json.dumps({"stream": "listening", "data": {"streams": streams}}).encode())
    assert not updates.dialect.ready


def test_keys_that_the_venue_refuses():
    updates = Updates()
    refusal = {"status": "unauthorized", "action": "authenticate"}
    with pytest.raises(SettingsError, match="the venue refuses the keys") as caught:
        updates.hear("authorization", refusal)
    assert "hush" not in str(caught.value)
    updates.authorized()
    with pytest.raises(StreamFaultError, match="does not accept the keys at the moment"):
        updates.hear("authorization", refusal)
