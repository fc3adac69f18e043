"""Each fault of the broker strikes: restarts, lagging reads, ties, a wrong clock."""

import pytest

from tenfold.exchange.faults import Switch
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import Refusal


def limit(desk, **asked):
    return desk.submit(**{"type": "limit", "limit_price": "100", **asked})


def test_restart(desk):
    desk.fault("restart", limit=1)
    order = desk.submit()
    assert desk.trading.restarts == 1
    assert desk.orders() == [order]


def test_restart_with_loss(desk):
    desk.fault("restart_with_loss", limit=1)
    with pytest.raises(Refusal) as refused:
        desk.submit(client_order_id="a")
    assert refused.value.status == 503
    assert desk.trading.restarts == 1
    assert desk.orders() == []
    assert desk.submit(client_order_id="a").client_order_id == "a"


def test_stale_reads(desk):
    desk.fault("stale_reads", value=5.0)
    order = desk.submit(client_order_id="a")
    assert desk.orders() == []
    for read in (
        lambda: desk.trading.order("one", order.id, desk.now),
        lambda: desk.trading.order_by_client_id("one", "a", desk.now),
    ):
        with pytest.raises(Refusal):
            read()
    desk.run(3)
    desk.fill(order, "100")
    desk.run(3)
    (shown,) = desk.orders()
    assert (shown.id, shown.status, order.status) == (order.id, "new", "filled")
    assert desk.trading.positions("one", desk.now) == []
    assert desk.activities(types=("FILL",)) == []
    with pytest.raises(Refusal):
        desk.position()
    desk.run(3)
    assert desk.orders() == []
    assert desk.trading.order("one", order.id, desk.now).status == "filled"
    assert desk.position()["qty"] == "10"
    assert len(desk.activities(types=("FILL",))) == 1


def test_a_replica_shows_what_was_there_before_it_lagged(desk):
    old = desk.hold()
    order = limit(
        desk, order_class="bracket", symbol="MSFT", take_profit={"limit_price": "110"}, stop_loss={"stop_price": "90"}
    )
    desk.run(10)
    desk.fault("stale_reads", value=5.0)
    assert [one.id for one in desk.orders(nested=True)] == [order.id]
    desk.fill(order, "100")
    shown = desk.trading.order("one", order.id, desk.now)
    assert len(shown.legs) == 2
    assert desk.trading.order("one", old.id, desk.now).status == "filled"
    assert [one["symbol"] for one in desk.trading.positions("one", desk.now)] == ["AAPL"]
    desk.run(20)
    desk.cancel(order.legs[0])
    assert len(desk.trading._b.versions[order.legs[0].id]) <= 2


def test_what_nobody_is_told_of_an_order_is_read_no_later_than_all_else(desk):
    desk.hold()
    desk.fault("stale_reads", value=5.0)
    exits = {"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90"}}
    profit = desk.submit(side="sell", type="limit", order_class="oco", **exits)
    desk.run(10)
    desk.fill(profit.legs[0], "90", "4")
    desk.run(1)
    assert desk.trading.order("one", profit.id, desk.now).qty == 10 * NANO
    desk.run(5)
    assert desk.trading.order("one", profit.id, desk.now).qty == 6 * NANO


def test_a_leg_in_the_place_of_another_is_read_no_later_than_all_else(desk):
    desk.hold()
    desk.fault("stale_reads", value=5.0)
    exits = {"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90"}}
    profit = desk.submit(side="sell", type="limit", order_class="oco", **exits)
    desk.run(10)
    loss = profit.legs[0]
    moved = desk.replace(loss, stop_price="91")
    desk.run(1)
    assert [leg.id for leg in desk.trading.order("one", profit.id, desk.now).legs] == [loss.id]
    desk.run(5)
    assert [leg.id for leg in desk.trading.order("one", profit.id, desk.now).legs] == [moved.id]


def test_unsorted_activities(desk):
    for _ in range(12):
        desk.hold(qty="1")
    straight = [one["id"] for one in desk.activities(ascending=True)]
    desk.faults.set("unsorted_activities", Switch())
    mixed = [one["id"] for one in desk.activities(ascending=True)]
    assert mixed != straight
    assert sorted(mixed) == sorted(straight)


def test_paging_ties(desk):
    one, two = limit(desk, limit_price="90"), limit(desk, limit_price="90")
    assert two.submitted_ns == one.submitted_ns + 1
    desk.fault("paging_ties")
    assert limit(desk, limit_price="90").submitted_ns == two.submitted_ns


def test_order_not_found_yet(desk):
    desk.fault("order_not_found_yet", value=2.0)
    order = desk.submit(client_order_id="a")
    with pytest.raises(Refusal) as refused:
        desk.trading.order_by_client_id("one", "a", desk.now)
    assert refused.value.status == 404
    assert desk.trading.order("one", order.id, desk.now) is order
    desk.run(3)
    assert desk.trading.order_by_client_id("one", "a", desk.now) is order


def test_clock_skew(desk):
    assert desk.trading.told_ns(5) == 5
    desk.fault("clock_skew", value=-1.5)
    assert desk.trading.told_ns(5) == 5 - 1_500_000_000
