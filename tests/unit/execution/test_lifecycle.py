"""The states of an order: every pair is either in the table or refused."""

import itertools

import pytest

from tenfold.domain.errors import InvariantError
from tenfold.domain.order import OrderStatus
from tenfold.execution.lifecycle import MOVES, WORKING, moved


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
    assert MOVES[OrderStatus.FILLED] == MOVES[OrderStatus.REJECTED] == frozenset()
    assert OrderStatus.UNKNOWN in WORKING  # its exposure stays reserved
