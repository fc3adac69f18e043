"""The log hashes what went in and out, and gives the input back."""

import io

import pytest

from tenfold.domain.errors import DataError
from tenfold.domain.market import Trade
from tenfold.exchange.event_log import EventLog, Foreign, Switched, read_records, recorded_input
from tenfold.exchange.events import Edge
from tenfold.exchange.faults import Switch
from tenfold.exchange.messages import Request, Response, TradeUpdate

ASKED = Request("POST", "/v2/orders", {"nested": "true"}, {"apca-api-key-id": "K", "user-agent": "x/1"}, b"{}", 5)


def fill(log):
    log.request(ASKED)
    log.response(Response(200, b'{"id": 1}', {"x-request-id": "r"}), 5)
    log.market(Trade(ts_ns=6, symbol="AAPL", price=10.0, size=1.0))
    log.market(Edge(ts_ns=7, kind="open", day=1))
    log.update(TradeUpdate(1, "a", "new", 8, {"id": "1"}))
    log.switch("halt", Switch(rate=0.5), 9)
    log.switch("halt", None, 10)
    log.foreign("a", 11)
    return log


def test_equal_runs_have_equal_hashes_and_others_have_not():
    assert fill(EventLog()).digest == fill(EventLog()).digest
    other = fill(EventLog())
    other.update(TradeUpdate(2, "a", "fill", 9, {"id": "1"}))
    assert other.digest != fill(EventLog()).digest
    assert other.count == 9


def test_what_went_in_comes_back():
    file = io.BytesIO()
    fill(EventLog(file.write))
    file.seek(0)
    asked, on, off, foreign, last_ns = recorded_input(file)
    assert asked == Request("POST", "/v2/orders", {"nested": "true"}, {"apca-api-key-id": "K"}, b"{}", 5)
    assert (on, off) == (Switched(9, "halt", Switch(rate=0.5)), Switched(10, "halt", None))
    assert (foreign, last_ns) == (Foreign(11, "a"), 11)
    file.seek(0)
    kinds = [record.kind for record in read_records(file)]
    assert kinds == ["request", "response", "market", "market", "update", "switch", "switch", "foreign"]


def test_a_sink_does_not_change_the_hash():
    assert fill(EventLog(io.BytesIO().write)).digest == fill(EventLog()).digest


@pytest.mark.parametrize("cut", [1, 3, 10])
def test_a_log_that_breaks_off_is_told(cut):
    file = io.BytesIO()
    fill(EventLog(file.write))
    with pytest.raises(DataError, match="breaks off"):
        list(read_records(io.BytesIO(file.getvalue()[:-cut] if cut != 3 else file.getvalue() + b"abc")))


def test_what_is_no_log_is_told():
    with pytest.raises(DataError, match="no log of the exchange"):
        list(read_records(io.BytesIO(b"\x02\x00\x00\x00ab")))
