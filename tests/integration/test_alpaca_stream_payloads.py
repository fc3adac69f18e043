"""Every recorded message of Alpaca's data stream that has a channel here: the one that is sent looks the same."""

import json

import pytest

from exchange_markets import OPEN_NS, minute_bars
from payload_shapes import differences
from tenfold.domain.market import Bar, Quote, Trade
from tenfold.exchange.events import Bust, Correction, Depth, LateBar, PriceBands, Status
from tenfold.exchange.market.candle import candle_of
from tenfold.exchange.streams.codec import JSON
from tenfold.exchange.streams.market_messages import MESSAGES, DailyBarMessage, bar_message

NOT_SENT = {"n": "there is no news"}
PRINT = Trade(ts_ns=OPEN_NS, symbol="AAPL", price=177.79, size=90.0, venue="IEX")
BAR = Bar(*minute_bars(1, ("AAPL",)).rows[0, 0].tolist(), "AAPL")
EVENTS = {
    "t": PRINT,
    "q": Quote(ts_ns=OPEN_NS, symbol="AAPL", bid=25.41, ask=25.43, bid_size=35.0, ask_size=35.0),
    "b": BAR,
    "u": LateBar(ts_ns=OPEN_NS, bar=BAR),
    "s": Status(ts_ns=OPEN_NS, symbol="AAPL", code="T", message="Trading Resumption", reason_code="C11"),
    "l": PriceBands(ts_ns=OPEN_NS, symbol="AAPL", up=186.68, down=168.9),
    "c": Correction(
        ts_ns=OPEN_NS,
        symbol="AAPL",
        original=PRINT,
        corrected=Trade(ts_ns=OPEN_NS, symbol="AAPL", price=177.8, size=90.0),
    ),
    "x": Bust(ts_ns=OPEN_NS, symbol="AAPL", original=PRINT),
    "o": Depth(ts_ns=OPEN_NS, symbol="BTC/USD", levels=((1, 65128.1, 1.65), (-1, 65130.0, 1.2))),
}
KEYS = {
    "t": "T S i x p s c z t",
    "q": "T S bx bp bs ax ap as c z t",
    "b": "T S o c h l v t n vw",
    "u": "T S o c h l v t n vw",
    "d": "T S o c h l v t n vw",
    "s": "T S t sc sm rc rm z",
    "l": "T S u d i t z",
    "c": "T S x oi op os oc ci cp cs cc t z",
    "x": "T S i x p s a z t",
    "o": "T S t b a",
}
"""Keys by kind, as the decoder of Alpaca's Go client reads them; all kinds but news, auction imbalances and perpetual futures."""


def sent(kind):
    if kind == "d":  # made of the day so far, not of one event
        return json.loads(JSON.encode(bar_message("AAPL", candle_of(BAR), JSON.moment, DailyBarMessage)))
    event = EVENTS[kind]
    return json.loads(JSON.encode(MESSAGES[type(event)][1](event, JSON.moment)))


@pytest.mark.parametrize("kind", KEYS)
def test_a_message_has_alpacas_keys(kind):
    assert sorted(sent(kind)) == sorted(KEYS[kind].split())
    assert sent(kind)["T"] == kind


def test_every_message_that_is_sent_is_held_here():
    assert {sent(kind)["T"] for kind in KEYS} == set(KEYS)
    assert {type(event) for event in EVENTS.values()} == set(MESSAGES)


def test_every_recorded_message_looks_like_ours(reference_data):
    found, kinds = {}, set()
    for path in sorted((reference_data / "alpaca_payloads/alpaca-py/websocket").glob("*.json")):
        recorded = json.loads(path.read_text())
        if recorded["T"] not in NOT_SENT:
            kinds.add(recorded["T"])
            found[path.name] = differences(recorded, sent(recorded["T"]), fractional={"p", "bp", "ap"})
    assert kinds == {"t", "q", "b", "s", "x", "o"}
    assert not any(found.values()), found
