"""What becomes of orders is told to everybody, in order, and to the client after its answer where that is asked for."""

import json
from collections import deque

import pytest

from exchange_scenes import HEADERS, Client
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.exchange.messages import Request, TradeUpdate
from tenfold.exchange.settings import ExchangeSettings


@pytest.fixture
def exchange():
    """An exchange a minute into its made-up market."""
    exchange = prepare_exchange(ExchangeSettings(symbols=("AAPL",), seed=3), synthetic=True).exchange
    exchange.advance(exchange.sessions.next_open(exchange.now_ns - 1) + 60_000_000_000)
    return exchange


def post(exchange):
    body = {"symbol": "AAPL", "qty": "1", "side": "buy", "type": "limit", "limit_price": "1", "time_in_force": "day"}
    return exchange.handle(Request("POST", "/v2/orders", {}, HEADERS, json.dumps(body).encode(), exchange.now_ns))


def events(told):
    return [one.event for one in told if isinstance(one, TradeUpdate)]


def test_an_answer_goes_out_before_what_it_changed_is_told(exchange):
    queue, client = deque(), Client(exchange)
    exchange.later = queue.append
    assert post(exchange).status == 200
    assert events(client.told) == []
    queue.popleft()()
    assert events(client.told)[-1] == "new"
    assert not queue


def test_what_happens_next_tells_it_all_the_same(exchange):
    client = Client(exchange)
    exchange.later = deque().append
    post(exchange)
    exchange.advance(exchange.now_ns)
    assert events(client.told)[-1] == "new"


def failing(times):
    """Return a listener that fails so many times, and then hears."""
    heard, left = [], [times]

    def listen(what):
        if left[0]:
            left[0] -= 1
            raise RuntimeError("deaf")
        heard.append(what)

    return listen, heard


def test_a_listener_that_fails_keeps_no_update_from_others(exchange):
    deaf, heard = failing(1)
    exchange.subscribe(deaf)
    client = Client(exchange)
    exchange.later = lambda _tell: None
    assert [post(exchange).status, post(exchange).status] == [200, 200]
    with pytest.raises(RuntimeError, match="deaf"):
        exchange.tell_updates()
    assert events(client.told).count("new") == 2
    assert len(events(heard)) == len(events(client.told)) - 1
    exchange.tell_updates()


def test_one_that_fails_in_the_market_loses_no_time(exchange):
    deaf, heard = failing(2)
    exchange.subscribe(deaf)
    client = Client(exchange)
    until_ns = exchange.now_ns + 60_000_000_000
    with pytest.raises(ExceptionGroup, match="listeners"):
        exchange.advance(until_ns)
    assert exchange.now_ns == until_ns
    assert len(heard) == len(client.told) - 2 > 0
