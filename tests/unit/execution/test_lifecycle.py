"""The states of an order: every pair is either in the table or refused."""

import itertools

import pytest

from tenfold.domain.errors import InvariantError
from tenfold.domain.order import OrderStatus
from tenfold.execution.lifecycle import MOVES, WORKING, moved, taken_back


def test_the_table_names_every_state():
    assert set(MOVES) == set(OrderStatus)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(OrderStatus, OrderStatus)))
def test_moves(before, after):
    if after in MOVES[before] or before is after:
        assert moved(before, after) is after
    else:
        with pytest.raises(InvariantError, match=f"from {before} to {after}"):
            moved(before, after)


def test_what_works_may_fill_and_what_is_over_stays_over():
    for status in OrderStatus:
        if status in WORKING:
            assert OrderStatus.FILLED in MOVES[status]
    assert MOVES[OrderStatus.FILLED] == frozenset()
    assert MOVES[OrderStatus.REJECTED] == {OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED}  # of what stood before
    assert OrderStatus.UNKNOWN in WORKING  # its exposure stays reserved


def test_what_was_given_up_may_appear_after_all_and_every_end_may_be_overtaken_by_a_fill():
    assert OrderStatus.ACCEPTED in MOVES[OrderStatus.ABANDONED]
    for status in (OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REPLACED, OrderStatus.ABANDONED):
        assert status not in WORKING
        assert MOVES[status] >= {OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED}
    assert all(OrderStatus.ABANDONED not in MOVES[s] for s in (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED))


@pytest.mark.parametrize("before", OrderStatus)
@pytest.mark.parametrize("filled", [0, 1])
def test_only_a_part_fill_is_taken_back_whole(before, filled):
    whole = before is OrderStatus.PARTIALLY_FILLED and not filled
    assert taken_back(before, filled) is (OrderStatus.ACCEPTED if whole else before)
