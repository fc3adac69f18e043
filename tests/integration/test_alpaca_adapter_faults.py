"""Under each fault of connections, streams and market data every order is sent to its end, and the official client reads the same account."""

import asyncio
from datetime import UTC, datetime

import pytest

from alpaca_scenes import market_of, order, stock, trading_of, until, updates_of
from loops import in_a_loop
from official_client import ask as official
from official_client import enums, serving, switched, trading_client
from tenfold.domain.live_market import Print
from tenfold.domain.market import Quote
from tenfold.exchange.fault_names import FAULTS
from tenfold.execution.reports import Connected, LookUp, Outcome, Place

WANTED = {"quotes": ["*"], "trades": ["*"], "bars": ["*"], "updatedBars": ["*"], "statuses": ["*"], "lulds": ["*"]}
OF_WIRES = sorted(name for name, fault in FAULTS.items() if fault.where in {"rest", "stream", "market"})
SHORT_S = {
    "connection_refused": 0.1, "slow_response": 0.1, "silent_stream": 1.0, "stream_refused": 0.2, "no_auth_reply": 0.1, "rate_limited": 0.1,
    "halt": 1.0,
}  # fmt: skip
ORDERS = 8
TRIES_MAX = 60


@pytest.fixture(scope="module")
def exchange():
    with serving() as opened:
        yield opened


async def sent_to_its_end(trading, one):
    """Send an order as order management would: look it up while nobody knows, and send it again by the same id alone."""
    for _ in range(TRIES_MAX):
        answered = await trading.ask(Place(order=one))
        for _ in range(TRIES_MAX):
            if answered.outcome is not Outcome.UNKNOWN:
                break
            await asyncio.sleep(0.02)
            answered = await trading.ask(LookUp(order_id=one.order_id))
        if answered.outcome is Outcome.ACK:
            return answered.found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{one.order_id} never came to anything: {answered}")


async def whole_stock(trading, *names):
    for _ in range(TRIES_MAX):
        told = await trading.ask(stock(*names))
        if told.complete:
            return told
    raise AssertionError("stock was never taken whole")


@pytest.mark.parametrize("fault", OF_WIRES)
def test_each_order_reaches_the_venue_once_and_the_official_client_agrees(exchange, fault):
    names = [f"{fault}-{number}" for number in range(ORDERS)]
    began = datetime.fromtimestamp(exchange.call(lambda: exchange.exchange.now_ns) / 1e9, UTC)
    switches = {"rate": 0.3, "limit": 20, "value": SHORT_S.get(fault, FAULTS[fault].value or None)}

    async def scene():
        async with (
            trading_of(exchange, deadline_s=2.0) as trading,
            updates_of(exchange) as updates,
            market_of(exchange, WANTED) as market,
        ):
            switched(exchange, fault, **switches)
            try:
                await asyncio.gather(*(sent_to_its_end(trading, order(name)) for name in names))
                told = await whole_stock(trading, *names)
                assert {one.order_id for one in told.orders} >= set(names)
            finally:
                switched(exchange, fault)
            await asyncio.sleep(0.3)
            await until(lambda: updates.of(Connected) and isinstance(last_link(updates), Connected), 20)
            await until(lambda: market.states()[-1] == "connected", 20)
            market.values.clear()
            await until(lambda: market.of(Quote) and market.of(Print), 20)
            return await whole_stock(trading, *names)

    told = in_a_loop(asyncio.wait_for(scene(), 120))
    ours = {one.order_id: one for one in told.orders if one.order_id in names}
    assert sorted(ours) == sorted(names)
    with trading_client(exchange) as client:
        shown = client.get_orders(official.GetOrdersRequest(status=enums.QueryOrderStatus.ALL, limit=500, after=began))
        positions = {one.symbol: int(one.qty) for one in client.get_all_positions()}
    theirs = [one for one in shown if one.client_order_id in ours]
    assert sorted(one.client_order_id for one in theirs) == sorted(names)
    assert all(str(one.id) == ours[one.client_order_id].venue_id for one in theirs)
    assert {symbol: lots for symbol, lots in told.positions.items() if symbol == "AAPL"} == positions
    bought = sum(one.side.sign * one.qty for one in told.fills if one.symbol == "AAPL")
    assert bought == positions["AAPL"]


def last_link(updates):
    """Return the last report of how the stream stands."""
    return [one for one in updates.told if not hasattr(one, "event")][-1]
