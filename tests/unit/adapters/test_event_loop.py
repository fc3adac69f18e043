"""Sockets are served by uvloop where it is installed, and by asyncio's own loop where it is not."""

import asyncio
import gc
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from alpaca_scenes import filled, market_of, place, trading_of, until, updates_of
from official_client import serving
from tenfold.app import wiring
from tenfold.domain.market import Quote


def test_without_uvloop_it_is_that_of_asyncio(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert wiring.loop_factory() is asyncio.new_event_loop


def test_the_client_of_alpaca_on_the_fast_loop():
    with serving() as exchange:

        async def scene():
            async with (
                trading_of(exchange) as trading,
                updates_of(exchange) as orders,
                market_of(exchange, {"quotes": ["AAPL"]}) as heard,
            ):
                await trading.ask(place("fast"))
                assert (await filled(trading, "fast")).filled == 1
                await until(lambda: "fill" in orders.events("fast") and heard.of(Quote))
                return type(asyncio.get_running_loop()).__module__

        def played():
            with asyncio.Runner(loop_factory=wiring.loop_factory()) as runner:
                return runner.run(scene())

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(played).result(60) == "uvloop"


@pytest.mark.parametrize(
    ("error", "said"), [(socket.gaierror(-2, "Name or service not known"), 0), (ValueError("of ours"), 1)]
)
def test_a_name_that_is_looked_up_for_nobody_any_more_is_no_news(caplog, error, said):
    async def scene():
        asyncio.get_running_loop().create_future().set_exception(error)
        gc.collect()

    with asyncio.Runner(loop_factory=wiring.loop_factory()) as runner:
        runner.run(scene())
    assert len(caplog.records) == said
