"""Orders are worked by the blotter and our client through every fault of an exchange, and the official client agrees in the end."""

import asyncio
import random

import pytest

from alpaca_desk import desk
from loops import in_a_loop
from official_client import ask as official
from official_client import enums, serving, switched, trading_client
from tenfold.domain.order import OrderType, Side
from tenfold.exchange.fault_names import FAULTS

SHORT_S = {
    "connection_refused": 0.1, "slow_response": 0.1, "silent_stream": 1.0, "stream_refused": 0.2, "no_auth_reply": 0.1, "rate_limited": 0.1,
    "pending_cancel_stuck": 1.0, "pending_replace_stuck": 0.5, "rare_states": 0.5, "stale_reads": 0.3, "order_not_found_yet": 0.3, "clock_skew": 2.0,
}  # fmt: skip
LATER = {"done_for_day"}
"""What takes a session's end."""
BUSTS = {"trade_bust", "trade_correct"}
FAULTS_OF_ORDERS = sorted(
    name for name, fault in FAULTS.items() if fault.where in {"rest", "stream", "order", "broker"} and name not in LATER
)


@pytest.fixture(scope="module")
def exchange():
    with serving(speed="1x") as opened:
        yield opened


async def a_busy_while(one, chance):
    """Enter orders of several kinds, move nothing, cancel what rests."""
    resting = []
    for _ in range(6):
        symbol, qty = chance.choice([("AAPL", 5), ("MSFT", 3000)])
        one.submit(symbol, Side.BUY, qty, tif="day")
        resting.append(
            one.submit(symbol, Side.BUY, qty, type=OrderType.LIMIT, limit_price=chance.choice([1.0, 2.5]), tif="day")
        )
        await asyncio.sleep(chance.uniform(0.0, 0.1))
    await asyncio.sleep(0.2)
    for name in resting:
        one.cancel(name)
    await asyncio.sleep(0.3)
    await one.until(lambda: not one.working())
    for symbol, lots in dict(one.blotter.reconciliation.lots).items():
        if lots > 1:
            one.submit(symbol, Side.SELL, lots // 2, tif="day")


def agrees(exchange, one):
    """See that the official client reads each of our orders once, as ours, and the same positions."""
    orders = one.blotter.register.orders
    with trading_client(exchange) as client:
        shown = client.get_orders(official.GetOrdersRequest(status=enums.QueryOrderStatus.ALL, limit=500))
        positions = {order.symbol: float(order.qty) for order in client.get_all_positions()}
    theirs = [order for order in shown if order.client_order_id.split(".")[0] in orders]
    assert len({order.client_order_id for order in theirs}) == len(theirs)
    filled = {}
    for order in theirs:
        name = order.client_order_id.split(".")[0]
        filled[name] = filled.get(name, 0.0) + float(order.filled_qty)
    scale = {"AAPL": 1.0, "MSFT": 0.001}
    for name, tracked in orders.items():
        if name in filled:
            assert tracked.filled * scale[tracked.order.symbol] == pytest.approx(filled[name]), name
        else:
            assert tracked.external or tracked.filled == 0, name
    lots = {symbol: held * scale[symbol] for symbol, held in one.blotter.reconciliation.lots.items() if held}
    assert lots == pytest.approx(positions)


@pytest.mark.parametrize("fault", FAULTS_OF_ORDERS)
def test_orders_through_a_fault(exchange, fault):
    async def scene():
        chance = random.Random(fault)  # noqa: S311
        async with desk(exchange, fault.replace("_", "")) as one:
            switched(exchange, fault, rate=0.3, value=SHORT_S.get(fault, FAULTS[fault].value or None))
            try:
                await a_busy_while(one, chance)
            finally:
                switched(exchange, fault)
            await asyncio.sleep(1.2 if fault in BUSTS else 0.1)
            await one.settled()
            return one

    one = in_a_loop(asyncio.wait_for(scene(), 240))
    agrees(exchange, one)
    assert not [difference for difference in one.differences() if difference.kind in {"position", "cash"}]
