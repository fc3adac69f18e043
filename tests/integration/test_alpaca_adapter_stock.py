"""Stock is taken whole: pages that are exactly full, items of one moment in any order, what others did, what was taken back."""

import asyncio
import random

import pytest

from alpaca_scenes import INSTRUMENTS, filled, order, place, rest_of, resting, stock, trading_of, until
from loops import in_a_loop
from official_client import serving, switched, trading_client
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.stock import StockTaker
from tenfold.adapters.clock import SystemClock
from tenfold.domain.order import Side
from tenfold.execution.reports import Outcome, Place


@pytest.fixture
def exchange():
    with serving(symbols=("AAPL", "MSFT", "BTC/USD")) as opened:
        yield opened


def run(exchange, scene, **options):
    async def played():
        async with trading_of(exchange, **options) as trading:
            return await scene(trading)

    return in_a_loop(asyncio.wait_for(played(), 120))


async def taken(exchange, asked, orders_a_page=4, activities_a_page=3):
    """Take stock in small pages."""
    rest = rest_of(exchange)
    try:
        return await StockTaker(rest, Quantities(INSTRUMENTS), SystemClock(), orders_a_page, activities_a_page).take(
            asked
        )
    finally:
        rest.close()


def as_the_official_client_reads(exchange, told):
    """See that the account which was told is the one that the official client reads."""
    with trading_client(exchange) as client:
        positions = {one.symbol: float(one.qty) for one in client.get_all_positions()}
        lots = {"AAPL": 1.0, "MSFT": 0.001, "BTC/USD": 1e-6}
        ours = {symbol.replace("/", ""): told.positions[symbol] * lots[symbol] for symbol in told.positions}
        assert ours == pytest.approx({symbol.replace("/", ""): qty for symbol, qty in positions.items()})
        assert told.cash_units == round(float(client.get_account().cash) * 1e6)


@pytest.mark.parametrize("count", [3, 4, 5, 8, 9])
@pytest.mark.parametrize("fault", ["", "unsorted_activities"])
def test_pages_of_orders_and_of_executions_have_no_gap(exchange, count, fault):
    async def scene(trading):
        for number in range(count):
            assert (await trading.ask(Place(order=resting(f"open-{number}")))).outcome is Outcome.ACK
            assert (await trading.ask(place(f"done-{number}"))).outcome is Outcome.ACK
        await filled(trading, f"done-{count - 1}")
        if fault:
            switched(exchange, fault, rate=1.0)
        told = await taken(exchange, stock(), activities_a_page=max(3, count + 2) if fault else 3)
        assert told.complete
        assert {one.order_id for one in told.orders} >= {f"open-{number}" for number in range(count)}
        done = [one.order_id for one in told.fills]
        assert sorted(done) == sorted(f"done-{number}" for number in range(count))
        late = await taken(exchange, stock(since_ns=told.fills[-1].ts_ns))
        assert {one.execution_id for one in late.fills} >= {told.fills[-1].execution_id}
        return told

    as_the_official_client_reads(exchange, run(exchange, scene))


def test_orders_of_one_moment_at_the_border_of_a_page(exchange):
    async def scene(trading):
        await trading.ask(Place(order=resting("before")))
        switched(exchange, "paging_ties", after=0, limit=3)
        for number in range(9):
            await trading.ask(Place(order=resting(f"tied-{number}")))
        switched(exchange, "paging_ties")
        told = await taken(exchange, stock(), orders_a_page=5)
        assert told.complete
        assert {one.order_id for one in told.orders} == {"before", *(f"tied-{number}" for number in range(9))}
        switched(exchange, "paging_ties", rate=1.0)
        for number in range(9, 15):
            await trading.ask(Place(order=resting(f"tied-{number}")))
        assert not (await taken(exchange, stock(), orders_a_page=5)).complete
        assert (await trading.ask(stock())).complete

    run(exchange, scene)


def test_what_somebody_else_did_is_told_with_its_order(exchange):
    with trading_client(exchange) as client:
        body = {
            "symbol": "AAPL",
            "qty": "2",
            "side": "buy",
            "type": "market",
            "time_in_force": "day",
            "client_order_id": "by-hand",
        }
        client.post("/orders", body)

    async def scene(trading):
        seen = await filled(trading, "by-hand")
        told = await trading.ask(stock(since_ns=1))
        (fill,) = told.fills
        assert (fill.order_id, fill.venue_id, fill.qty) == ("by-hand", seen.venue_id, 2)
        return told

    as_the_official_client_reads(exchange, run(exchange, scene))


@pytest.mark.parametrize(
    ("fault", "kinds"), [("trade_bust", ["fill", "bust"]), ("trade_correct", ["fill", "bust", "correct"])]
)
def test_executions_that_are_taken_back(exchange, fault, kinds):
    async def scene(trading):
        switched(exchange, fault, limit=1)
        await trading.ask(place("undone", qty=4))
        await until(lambda: exchange.call(lambda: exchange.exchange.faults.fired[fault]))
        told = await trading.ask(stock())
        while len(told.fills) < len(kinds):
            await asyncio.sleep(0.02)
            told = await trading.ask(stock())
        assert [one.kind for one in told.fills] == kinds
        assert told.fills[1].execution_id == told.fills[0].execution_id
        assert {one.side for one in told.fills} == {Side.BUY}
        assert told.positions.get("AAPL", 0) == (0 if fault == "trade_bust" else 4)
        return told

    as_the_official_client_reads(exchange, run(exchange, scene))


@pytest.mark.parametrize("fault", ["request_lost", "response_lost", "truncated_json", "error_503_after", "stale_reads"])
def test_stock_is_taken_while_every_third_answer_fails(exchange, fault):
    async def scene(trading):
        await trading.ask(place("held", qty=5))
        await filled(trading, "held")
        switched(exchange, fault, rate=0.3, value=0.1)
        told = await trading.ask(stock("held"))
        switched(exchange, fault)
        assert told.complete
        assert [one.order_id for one in told.orders] == ["held"]
        return told

    run(exchange, scene)


def test_parts_of_shares_are_left_alone_and_what_trades_them_moves_cash_and_what_whole_shares_come_of_it(exchange):
    with trading_client(exchange) as client:
        for qty in ("2.5", "0.75"):
            body = {"symbol": "AAPL", "qty": qty, "side": "buy", "type": "market", "time_in_force": "day"}
            client.post("/orders", body)

    async def scene(trading):
        await trading.ask(place("whole", qty=4))
        await filled(trading, "whole")
        return await trading.ask(stock())

    told = run(exchange, scene)
    assert told.complete
    assert (told.positions, told.parts) == ({"AAPL": 7}, {"AAPL": "0.25"})
    assert sum(fill.qty for fill in told.fills) == 4
    assert {one.symbol for one in told.orders} == {"AAPL", "AAPL in parts"}
    bought = [flow for flow in told.flows if flow.shares]
    assert {(flow.symbol, flow.kind) for flow in bought} == {("AAPL", "deposit")}
    paid = sum(round(fill.qty * fill.price * 1_000_000) for fill in told.fills)
    assert told.cash_units == sum(flow.units for flow in told.flows) - paid
    assert told.costs["AAPL"] == round((paid - sum(flow.units for flow in bought)) * 7 / 7.25)


def test_stock_of_a_random_day_of_trading(exchange):
    chance = random.Random(7)  # noqa: S311

    async def scene(trading):
        for number in range(40):
            symbol, qty = chance.choice([("AAPL", 3), ("MSFT", 1500), ("BTC/USD", 20_000)])
            side = Side.BUY if chance.random() < 0.6 or symbol == "BTC/USD" else Side.SELL
            tif = "gtc" if symbol == "BTC/USD" or chance.random() < 0.5 else "day"
            await trading.ask(Place(order=order(f"day-{number}", symbol=symbol, side=side, qty=qty, tif=tif)))
        await asyncio.sleep(0.5)
        told = await taken(exchange, stock(), orders_a_page=7, activities_a_page=7)
        assert told.complete
        held = {}
        for fill in told.fills:
            held[fill.symbol] = held.get(fill.symbol, 0) + fill.side.sign * fill.qty
        assert {symbol: lots for symbol, lots in held.items() if lots} == told.positions
        return told

    as_the_official_client_reads(exchange, run(exchange, scene))
