"""Stage shadow over real sockets: everything is decided, journaled and filled, and nothing that creates an order leaves."""

import pytest

from alpaca_scenes import rest_of
from live_scenes import SPEED, records, session
from loops import in_a_loop
from official_client import ask, enums, serving, trading_client
from tenfold.adapters.alpaca.connection import NotSentError
from tenfold.adapters.alpaca.rate_budget import Urgency
from tenfold.app.live import trading
from tenfold.app.replay import replay
from tenfold.domain.order import Fill, Submit


@pytest.fixture(scope="module")
def exchange():
    with serving(speed=SPEED, symbols=("AAPL",)) as opened:
        yield opened


@pytest.fixture
def requests_of(exchange):
    """Return what has changed, or was to change, anything at the venue since."""
    told = []
    handle = exchange.exchange.handle

    def noted(request):
        told.append(request)
        return handle(request)

    exchange.call(lambda: setattr(exchange.exchange, "handle", noted))
    yield lambda: [(one.method, one.path) for one in told if one.method != "GET"]
    assert told
    exchange.call(lambda: setattr(exchange.exchange, "handle", handle))


def test_it_decides_and_fills_and_the_venue_never_hears_of_it(exchange, requests_of, tmp_path, monkeypatch):
    monkeypatch.setattr(trading, "_approve", lambda *_: None)  # what the ladder asks for is shown elsewhere

    async def scene():
        reports = []
        for _ in range(2):
            async with session(exchange, tmp_path, stage="shadow") as one:
                await one.until(lambda: len(one.lines("filled")) >= 2)
                assert one.lines("no order leaves this machine")
                assert one.lines("opens no stage of the ladder")  # it is in the shadow of the simulated exchange
                reports.append(await one.ended())
        return reports

    reports = in_a_loop(scene())
    assert requests_of() == []
    with trading_client(exchange) as client:
        assert client.get_orders(ask.GetOrdersRequest(status=enums.QueryOrderStatus.ALL)) == []
        assert client.get_all_positions() == []
    for report in reports:
        assert report.fills >= 2
        assert report.differences == {}
        assert any("simulated on live quotes" in line for line in report.lines())
    kept = records(tmp_path)
    assert len([one for one in kept if isinstance(one, Fill)]) == sum(report.fills for report in reports)
    assert [one for one in kept if isinstance(one, Submit)]
    told = replay(tmp_path / "journal.db", "live")
    assert told.same
    assert told.epochs == 2


def test_a_client_that_only_asks_lets_nothing_else_out(exchange, requests_of):
    async def scene():
        rest = rest_of(exchange, asks_only=True)
        try:
            assert (await rest.ask("GET", "/v2/clock", urgency=Urgency.READ, deadline_s=5.0)).status == 200
            for method, path in (("POST", "/v2/orders"), ("PATCH", "/v2/orders/1"), ("DELETE", "/v2/orders")):
                with pytest.raises(NotSentError, match="only asks"):
                    await rest.ask(method, path, b"{}", urgency=Urgency.ORDER, deadline_s=5.0)
        finally:
            rest.close()

    in_a_loop(scene())
    assert requests_of() == []
