"""Orders that are good till canceled expire after 90 days, their legs too, and leave nothing behind where they end before."""

from tenfold.domain.units import NS_PER_DAY
from tenfold.exchange.trading.expiry import GTC_DAYS


def limit(desk, **more):
    return desk.submit(type="limit", time_in_force="gtc", **{"qty": "1", "limit_price": "50", **more})


def test_orders_expire_in_their_order(desk):
    start = desk.now
    first = limit(desk)
    desk.run(3600.0)
    second = limit(desk, symbol="MSFT")
    desk.now = start + GTC_DAYS * NS_PER_DAY - 1
    desk.run()
    assert first.live
    desk.now += 1
    desk.run()
    assert (first.status, second.status) == ("expired", "new")
    assert first.expired_ns == start + GTC_DAYS * NS_PER_DAY
    desk.run(3600.0)
    assert second.status == "expired"
    third = limit(desk)
    desk.now += GTC_DAYS * NS_PER_DAY
    desk.run()
    assert third.status == "expired"


def test_legs_expire_after_their_entry_has_filled(desk):
    entry = limit(
        desk, limit_price="100", order_class="bracket", take_profit={"limit_price": "150"}, stop_loss={"stop_price": "60"}
    )  # fmt: skip
    desk.fill(entry, "100")
    assert [leg.live for leg in entry.legs] == [True, True]
    desk.now += GTC_DAYS * NS_PER_DAY
    desk.run()
    assert [leg.status for leg in entry.legs] == ["expired", "expired"]
    assert desk.position()["qty"] == "1"


def test_a_successor_stands_as_long_from_its_own_day(desk):
    order = limit(desk)
    desk.run(86_400.0)
    successor = desk.replace(order, limit_price="51")
    desk.now = order.expires_ns
    desk.run()
    assert successor.live
    desk.run(86_400.0)
    assert successor.status == "expired"


def test_what_ended_before_leaves_one_timer(desk):
    for _ in range(50):
        desk.cancel(limit(desk))
        desk.run(1.0)
    held = desk.trading._b
    assert not held.lasting
    assert len(held._timers) == 1
    desk.now += 2 * GTC_DAYS * NS_PER_DAY
    desk.run()
    assert desk.trading.next_due_ns() is None
    late = limit(desk)
    desk.now += GTC_DAYS * NS_PER_DAY
    desk.run()
    assert late.status == "expired"
