"""The table of states: what may follow what."""

import pytest

from tenfold.domain.errors import InvariantError
from tenfold.exchange.trading.states import BEFORE, LIVE, SAME, TABLE, TERMINAL, after


def test_every_status_is_live_or_over():
    known = LIVE | TERMINAL
    assert not LIVE & TERMINAL
    for whence, then in TABLE.values():
        assert whence <= known
        assert then in known | {BEFORE, SAME}


@pytest.mark.parametrize("status", sorted(TERMINAL))
@pytest.mark.parametrize(
    "event", ["new", "accepted", "canceled", "replaced", "pending_cancel", "rejected", "done_for_day"]
)
def test_what_is_over_stays_over(status, event):
    with pytest.raises(InvariantError, match=f"is {status} cannot have the event {event}"):
        after(status, event, "new")


@pytest.mark.parametrize(
    ("status", "event", "then"),
    [
        ("canceled", "fill", "filled"),
        ("canceled", "partial_fill", "canceled"),
        ("pending_cancel", "partial_fill", "pending_cancel"),
        ("pending_cancel", "order_cancel_rejected", "partially_filled"),
        ("filled", "order_replace_rejected", "filled"),
        ("new", "restated", "new"),
    ],
)
def test_late_and_pending(status, event, then):
    assert after(status, event, "partially_filled") == then
