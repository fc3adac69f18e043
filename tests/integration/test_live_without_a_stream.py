"""A live session whose place on the venue's stream of orders another process holds: it sees, cancels and closes, and opens nothing."""

import asyncio
import contextlib
import json

import aiohttp

from live_scenes import SPEED, records, session
from loops import in_a_loop
from official_client import ask, enums, serving, trading_client
from tenfold.app.operating import halt
from tenfold.app.replay import replay
from tenfold.domain.events import Started
from tenfold.domain.order import Submit
from tenfold.domain.rules import Rules, Sizing

IDLE = Rules(sizing=Sizing(method="fraction", fraction=1e-6))
"""Of a size that opens nothing."""


@contextlib.asynccontextmanager
async def held_stream(exchange):
    """Hold the one connection that an account has."""
    async with aiohttp.ClientSession() as http, http.ws_connect(exchange.trading_stream_url) as socket:
        keys = {"key_id": exchange.key, "secret_key": exchange.secret}
        await socket.send_json({"action": "authenticate", "data": keys})
        assert json.loads((await socket.receive()).data)["data"]["status"] == "authorized"
        yield


def bought(exchange):
    with trading_client(exchange) as client:
        client.submit_order(
            ask.MarketOrderRequest(symbol="AAPL", qty=7, side=enums.OrderSide.BUY, time_in_force=enums.TimeInForce.DAY)
        )
        return bool(client.get_all_positions())


def strayed(exchange, name):
    with trading_client(exchange) as client:
        client.submit_order(
            ask.LimitOrderRequest(
                symbol="AAPL", qty=1, side=enums.OrderSide.BUY, time_in_force=enums.TimeInForce.GTC, limit_price=5.0,
                client_order_id=name,
            )
        )  # fmt: skip


def left(exchange):
    with trading_client(exchange) as client:
        return [*client.get_orders(), *client.get_all_positions()]


async def emptied(exchange, seconds):
    """Wait until the venue has neither orders nor positions."""
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(left, exchange):
            await asyncio.sleep(0.05)


def test_it_sees_cancels_and_closes_and_opens_once_the_stream_stands(tmp_path):
    async def scene(exchange):
        async with session(exchange, tmp_path, rules=IDLE) as first:
            await first.until(lambda: first.shown and first.shown[-1].loop.blotter.ready)
            await first.ended()
        async with held_stream(exchange), session(exchange, tmp_path, rules=IDLE) as one:
            await one.until(lambda: one.lines("the stream of orders does not stand, nothing is opened until it does"))
            await asyncio.to_thread(bought, exchange)
            blotter = one.shown[-1].loop.blotter
            await one.until(lambda: blotter.reconciliation.lots["AAPL"] == 7)
            name = next(record.run for record in records(tmp_path) if isinstance(record, Started))
            await asyncio.to_thread(strayed, exchange, f"{name}-0-77")
            await one.until(lambda: one.lines("stray order"))
            await one.until(lambda: not [1 for it in blotter.working() if it.order.order_id.endswith("-0-77")], 1.0)
            told = await asyncio.to_thread(halt, str(tmp_path / "journal.db"), "live", reason="enough", wait_s=10.0)
            assert told.taken
            await emptied(exchange, 10.0)
            await one.until(lambda: blotter.reconciliation.lots["AAPL"] == 0)
            assert not blotter.ready
            await one.ended()
        async with session(exchange, tmp_path, rules=IDLE) as two:
            await two.until(lambda: two.shown and two.shown[-1].loop.blotter.ready)
            return await two.ended()

    with serving(speed=SPEED, symbols=("AAPL",)) as exchange:
        report = in_a_loop(scene(exchange))
    assert report.positions == {}
    assert {one.order.side.value for one in records(tmp_path) if isinstance(one, Submit)} == {"sell"}
    assert replay(tmp_path / "journal.db", "live").same
