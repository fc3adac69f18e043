"""Replace, cancel and flatten, by hand, and ids that were used before."""

import pytest

from tenfold.domain.errors import OrderError
from tenfold.domain.order import Cancel, Flatten, Order, Replace, Side, Submit

FLAT = (100, 100, 100, 100)
SLOW = {"costs": {"participation_frac_max": 0.1}}


def replaced(**changes):
    return lambda now: Replace(order_id="o", ts_ns=now, symbol="A", **changes)


def cancelled(now):
    return Cancel(order_id="o", ts_ns=now, symbol="A")


@pytest.mark.parametrize(
    ("terms", "changes", "price"),
    [
        ({"type": "limit", "limit_price": 90}, {"limit_price": 98}, 98),
        ({"type": "stop", "stop_price": 110}, {"stop_price": 102}, 102),
        ({"type": "stop_limit", "stop_price": 110, "limit_price": 110}, {"stop_price": 102, "limit_price": 103}, 102),
        ({"type": "lit", "stop_price": 90, "limit_price": 90}, {"stop_price": 98, "limit_price": 98}, 98),
        ({"type": "trailing_stop", "trail": 9}, {"trail": 2}, 102),
        ({"type": "trailing_stop", "trail": 9}, {"trail_frac": 0.02}, 102),
        ({"type": "trailing_stop", "trail_frac": 0.09}, {"trail": 2}, 102),
    ],
)
def test_a_replaced_price_works_from_the_next_bar(play, terms, changes, price):
    bar = (100, 103, 97, 98)
    assert play([FLAT, FLAT, bar], {0: [terms]}).fills == []
    assert play([FLAT, FLAT, bar], {0: [terms], 1: [replaced(**changes)]}).fills == [("o", 2, 100, price)]


def test_a_trailing_stop_keeps_its_best_price_when_it_is_replaced(play):
    cells = [FLAT, (101, 110, 100, 105), (105, 106, 104, 105), (105, 106, 99, 100)]
    sell = {"side": "sell", "type": "trailing_stop", "trail": 9}
    assert play(cells, {0: [sell], 1: [replaced(qty=50)]}).fills == [("o", 3, -50, 101)]  # 110 - 9
    assert play(cells, {0: [sell], 1: [replaced(trail=6)]}).fills == [("o", 2, -100, 104)]  # 110 - 6
    assert play(cells, {0: [sell], 1: [replaced(trail=10.5)]}).fills == [("o", 3, -100, 99.5)]  # a wider one loosens


def test_a_stop_that_has_triggered_stays_triggered(play):
    cells = [FLAT, (103, 103, 103, 103, 300.0), (99, 99, 99, 99, 1e6)]
    run = play(cells, {0: [{"type": "stop", "stop_price": 102}], 1: [replaced(stop_price=150)]}, **SLOW)
    assert run.fills == [("o", 1, 30, 103), ("o", 2, 70, 99)]


def test_the_quantity_is_in_all_and_what_has_filled_counts(play):
    cells = [FLAT, (*FLAT, 300.0), (*FLAT, 300.0), FLAT]
    run = play(cells, {0: [{}], 1: [replaced(qty=200)], 2: [replaced(qty=65)]}, **SLOW)
    assert run.fills == [("o", 1, 30, 100), ("o", 2, 30, 100), ("o", 3, 5, 100)]
    assert [(str(r.status), r.filled, r.text) for r in run.reports if hasattr(r, "status")] == [
        ("partially_filled", 30, "replaced"),
        ("partially_filled", 60, "replaced"),
    ]


@pytest.mark.parametrize("qty", [30, 10])
def test_an_order_replaced_by_no_more_than_it_has_filled_is_over(play, qty):
    run = play([FLAT, (*FLAT, 300.0), FLAT], {0: [{}], 1: [replaced(qty=qty)]}, **SLOW)
    assert (run.fills, run.ends) == ([("o", 1, 30, 100)], [("o", "canceled", 30)])


def test_what_has_not_filled_is_replaced_as_accepted(play):
    run = play([FLAT, FLAT], {0: [{"type": "limit", "limit_price": 90}, replaced(qty=5)]})
    assert [(str(r.status), r.filled) for r in run.reports] == [("accepted", 0)]


def test_an_order_that_is_replaced_keeps_its_place(play):
    sends = {0: [{}, {"order_id": "p"}, replaced(qty=60)]}
    assert play([FLAT, (*FLAT, 700.0)], sends, **SLOW).fills == [("o", 1, 60, 100), ("p", 1, 10, 100)]


@pytest.mark.parametrize(
    ("terms", "changes", "text"),
    [
        ({}, {"limit_price": 98}, "a market order takes no limit_price"),
        ({"type": "limit", "limit_price": 98}, {"trail": 2}, "a limit order has 1 of trail and trail_frac"),
        ({"type": "trailing_stop", "trail": 2}, {"trail": 2, "trail_frac": 0.1}, "has 2 of trail and trail_frac"),
    ],
)
def test_terms_that_an_order_cannot_have_are_refused(play, terms, changes, text):
    with pytest.raises(OrderError, match=text) as refused:
        play([FLAT], {0: [terms, replaced(**changes)]})
    assert "\n" not in str(refused.value)


def test_a_cancel_stops_the_rest(play):
    run = play([FLAT, (*FLAT, 300.0), FLAT], {0: [{}], 1: [cancelled, cancelled]}, **SLOW)
    assert (run.fills, run.ends) == ([("o", 1, 30, 100)], [("o", "canceled", 30)])


@pytest.mark.parametrize("what", [cancelled, replaced(qty=5)])
def test_an_order_that_is_over_cannot_be_cancelled_or_replaced(play, what):
    run = play([FLAT, FLAT, FLAT], {0: [{}], 1: [what]})
    assert run.status == {"o": "filled"}
    assert len(run.reports) == 1


def test_an_id_is_used_once(play):
    run = play([FLAT, FLAT, FLAT], {0: [{}], 1: [{"order_id": "p"}]})
    assert len(run.fills) == 2
    broker = run.broker
    broker.send([_again("o")])
    (refused,) = broker.reports()
    assert (str(refused.status), refused.text) == ("rejected", "an order with this id was sent before")
    assert broker.account().open_orders == 0


def _again(order_id):
    return Submit(order=Order(order_id=order_id, ts_ns=9, symbol="A", side=Side.BUY, qty=1))


def test_flatten_twice_closes_once(play):
    def flatten(now):
        return Flatten(ts_ns=now)

    run = play([FLAT, (*FLAT, 2000.0), FLAT], {0: [{"stop_frac": 0.5}], 1: [flatten, flatten]}, **SLOW)
    assert run.fills == [("o", 1, 100, 100), ("flatten-A-2", 2, -100, 100)]
    assert run.ends == [("flatten-A-1", "canceled", 0)]
