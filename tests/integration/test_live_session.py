"""`tenfold live`: the whole engine over real sockets, beside Alpaca's own client on the same account."""

import pytest

from live_scenes import SPEED, session
from loops import in_a_loop
from official_client import serving, trading_client
from tenfold.app.replay import replay


@pytest.fixture(scope="module")
def exchange():
    with serving(speed=SPEED, symbols=("AAPL", "MSFT")) as opened:
        yield opened


def agree(exchange, one, report):
    """Hold how a session leaves the account against what the official client reads, to the cent."""
    with trading_client(exchange) as client:
        account, held = client.get_account(), client.get_all_positions()
        assert {one.symbol: int(float(one.qty)) for one in held} == report.positions
        assert not client.get_orders()
    assert round(float(account.cash), 2) == round(one.shown[-1].loop.engine.ledger.cash / 1e6, 2)


def test_it_trades_and_leaves_the_account_as_the_venue_has_it(exchange, tmp_path):
    async def scene():
        async with session(exchange, tmp_path) as one:
            await one.until(lambda: len(one.lines("filled")) >= 3)
            await one.until(lambda: not list(one.shown[-1].loop.blotter.working()) and one.shown[-1].loop.blotter.ready)
            return one, await one.ended()

    one, report = in_a_loop(scene())
    assert report.fills >= 3
    assert report.orders >= 2
    assert not report.differences
    assert not report.alarms
    agree(exchange, one, report)
    told = replay(tmp_path / "journal.db", "live")
    assert told.same
    assert told.commands >= report.orders
