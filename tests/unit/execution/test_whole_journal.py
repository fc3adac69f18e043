"""What the simulation reads in a whole journal: orders move by the table, also those of which the venue counts otherwise."""

from collections import Counter

import pytest
from whole_journal import WholeJournal

from tenfold.domain.errors import InvariantError
from tenfold.domain.events import Adopted, Busted, OrderRestated
from tenfold.domain.order import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side, Submit


def state_of(*between):
    """Return what an order of 10 lots has become that fills 12 and is canceled after what comes between."""
    told = {"ts_ns": 1, "order_id": "a", "symbol": "A"}
    order = Order(**told, side=Side.BUY, qty=10, type=OrderType.MARKET, tif="gtc")
    taken = OrderUpdate(**told, status=OrderStatus.ACCEPTED, venue_id="v")
    fill = Fill(**told, fill_id="1", side=Side.BUY, qty=12, price=1.0, fee_units=0, venue_id="v")
    over = OrderUpdate(**told, status=OrderStatus.CANCELED, filled=12)
    journal = WholeJournal(Counter(), pytest.fail, {"v": 20})
    journal.read([Submit(order=order), taken, *between, fill, over])
    return journal.states["a"]


def test_an_order_of_which_the_venue_counts_in_other_shares_may_end_with_more_than_it_was_for():
    doubled = OrderRestated(ts_ns=1, order_id="a", symbol="A", part=0, qty=20, filled=0)
    assert state_of(doubled) is OrderStatus.CANCELED
    with pytest.raises(InvariantError, match="from filled to canceled"):
        state_of()


def test_what_had_filled_before_the_account_was_taken_over_is_taken_back_once():
    told = {"ts_ns": 1, "order_id": "a", "symbol": "A", "side": Side.BUY}
    lots = {"price": 1.0, "fee_units": 0}
    adopted = Adopted(**told, venue_id="v", qty=9, filled=5, executions={"1": (3, 1.0, 0)})
    journal = WholeJournal(Counter(), pytest.fail, {})
    journal.read([adopted, Busted(**told, **lots, fill_id="1", qty=3), Busted(**told, **lots, fill_id="older", qty=2)])
    assert journal.filled["a"] == 0
    for wrong in (
        Fill(**told, **lots, fill_id="1", qty=3),
        Busted(**told, **lots, fill_id="1", qty=3),
        Busted(**told, **lots, fill_id="older", qty=2),
        Busted(**told, **lots, fill_id="unheard", qty=1),
    ):
        with pytest.raises(pytest.fail.Exception, match="I7"):
            journal.read([wrong])
