"""The simulated venue agrees with a matcher that shares no line with it: fills, final statuses and cash.

Prices, fractions and the tick are binary fractions, so that float64 and exact fractions agree to the last bit.
"""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from naive_flows import Told, conventions, flows, markets, naive

from tenfold.domain.order import OrderStatus

NAMES = {"canceled": OrderStatus.CANCELED, "expired": OrderStatus.EXPIRED, "rejected": OrderStatus.REJECTED}


@settings(max_examples=200)
@given(st.data())
def test_fills_statuses_and_cash_of_any_flow(data):
    bars, (how, chosen) = data.draw(markets()), data.draw(conventions())
    flow = data.draw(flows(bars))
    told = Told(bars, chosen, flow)
    desk, after = naive(bars, how, flow)
    assert [
        (
            f.order_id,
            number,
            f.side.sign * f.qty,
            Fraction(f.price),
            Fraction(f.fee_units, 10**6),
            f.liquidity == "maker",
        )
        for number, f in told.fills
    ] == desk.fills
    ended = {u.order_id: u.status for _, u in told.updates if u.status in set(NAMES.values())}
    assert ended == {p.id: NAMES[p.state] for p in desk.papers if p.state in NAMES}
    assert told.accounts[-1].open_orders == len(desk.working())
    assert [(Fraction(a.cash, 10**6), lots) for a, lots in zip(told.accounts, told.positions, strict=True)] == after
