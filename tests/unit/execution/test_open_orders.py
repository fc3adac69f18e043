"""What working orders put at risk at worst, while the venue has not agreed to a change yet."""

import pytest
from msgspec import structs

from tenfold.domain.events import Adopted, Busted, OrderRestated, Timer
from tenfold.domain.order import Fill, Order, OrderStatus, OrderType, OrderUpdate, Replace, Side
from tenfold.execution.open_orders import OpenOrders


@pytest.fixture
def orders():
    """Ten lots of A that a limit order buys."""
    orders = OpenOrders()
    orders.add(order(10))
    return orders


def order(qty, order_id="o", side=Side.BUY, **terms):
    return Order(
        order_id=order_id, ts_ns=1, symbol="A", side=side, qty=qty, type=OrderType.LIMIT, limit_price=10.0, **terms
    )


def change(orders, qty):
    orders.change(orders.replaced(Replace(order_id="o", ts_ns=2, symbol="A", qty=qty)))


def fill(orders, qty):
    orders.on_report(
        Fill(ts_ns=3, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=qty, price=10.0, fee_units=0)
    )


def told(orders, status=OrderStatus.ACCEPTED, qty=0):
    orders.on_report(OrderUpdate(ts_ns=4, order_id="o", symbol="A", status=status, qty=qty))


def test_fewer_lots_count_once_the_venue_has_agreed(orders):
    change(orders, 4)
    assert orders.worst("A", 0) == (10, 0)
    told(orders)
    assert orders.worst("A", 0) == (10, 0)
    told(orders, qty=4)
    assert orders.worst("A", 0) == (4, 0)


def test_more_lots_count_at_once(orders):
    change(orders, 15)
    assert orders.worst("A", 0) == (15, 0)
    change(orders, 5)
    told(orders, qty=15)  # the first of the two changes
    assert orders.worst("A", 0) == (15, 0)
    told(orders, qty=5)
    assert orders.worst("A", 0) == (5, 0)


def test_new_terms_are_judged_as_the_larger_of_the_two(orders):
    change(orders, 4)
    assert orders.worst("A", 0, orders.replaced(Replace(order_id="o", ts_ns=2, symbol="A", qty=3))) == (10, 0)
    assert orders.worst("A", 0, orders.replaced(Replace(order_id="o", ts_ns=2, symbol="A", qty=12))) == (12, 0)


def test_one_that_is_full_by_its_new_terms_counts_until_the_old_are_gone(orders):
    fill(orders, 3)
    change(orders, 4)
    fill(orders, 2)
    assert "o" not in orders
    assert orders.worst("A", 5) == (10, 5)
    fill(orders, 1)
    assert orders.worst("A", 6) == (10, 6)
    told(orders, OrderStatus.FILLED)
    assert orders.worst("A", 6) == (10, 6)
    told(orders, OrderStatus.FILLED, qty=4)
    assert orders.worst("A", 6) == (6, 6)


def test_a_change_that_came_after_the_last_fill_leaves_nothing_open(orders):
    change(orders, 11)
    fill(orders, 10)
    assert orders.worst("A", 10) == (11, 10)
    told(orders, OrderStatus.FILLED, qty=10)
    assert "o" not in orders
    assert orders.worst("A", 10) == (10, 10)


def test_an_end_frees_everything(orders):
    change(orders, 4)
    told(orders, OrderStatus.CANCELED)
    assert orders.worst("A", 0) == (0, 0)


def test_what_has_filled_beyond_frees_nothing_else(orders):
    orders.add(order(5, "p"))
    fill(orders, 12)  # the venue's fault
    assert orders.worst("A", 12) == (17, 12)


def test_an_order_from_elsewhere_counts_until_it_has_ended(orders):
    event = Adopted(ts_ns=1, order_id="x", venue_id="v", symbol="A", side=Side.SELL, qty=7, filled=2)
    orders.adopt(event)
    assert orders.worst("A", 0) == (10, -5)
    orders.on_report(OrderUpdate(ts_ns=2, order_id="x", symbol="A", status=OrderStatus.CANCELED))
    assert orders.worst("A", 0) == (10, 0)
    assert len(orders) == 1


def test_a_fill_that_is_taken_back_may_fill_again(orders):
    fill(orders, 6)
    bust = Busted(ts_ns=4, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=6, price=10.0, fee_units=0)
    orders.on_report(bust)
    assert orders.worst("A", 0) == (10, 0)


def test_a_split_restates_what_is_left(orders):
    fill(orders, 4)
    orders.on_report(OrderRestated(ts_ns=4, order_id="o", symbol="A", part=0, qty=20, filled=8))
    assert orders.worst("A", 8) == (20, 8)


def test_an_order_of_which_one_part_is_restated_still_has_what_its_other_parts_have_to_fill():
    orders = OpenOrders()
    orders.add(Order(order_id="o", ts_ns=1, symbol="A", side=Side.BUY, qty=8))
    orders.on_report(OrderRestated(ts_ns=2, order_id="o", symbol="A", part=2, qty=1, filled=0, beside=5))
    assert orders.worst("A", 0) == (6, 0)


def test_what_is_of_no_order_changes_nothing(orders):
    orders.on_report(Timer(ts_ns=9))
    orders.on_report(OrderUpdate(ts_ns=9, order_id="another", symbol="A", status=OrderStatus.CANCELED))
    assert orders.worst("A", 0) == (10, 0)


def leg(order_id, parent_id="o", side=Side.SELL, order_class="bracket"):
    return order(10, order_id, side, parent_id=parent_id, order_class=order_class)


def end(orders, order_id, status=OrderStatus.CANCELED):
    orders.on_report(OrderUpdate(ts_ns=5, order_id=order_id, symbol="A", status=status))


def test_legs_count_for_what_their_entry_had_filled_when_it_ended(orders):
    orders.add(leg("target"))
    orders.add(leg("stop"))
    assert orders.worst("A", 0) == (10, 0)
    fill(orders, 4)
    end(orders, "o")
    assert orders.filled_of("o") == 4
    assert orders.worst("A", 4) == (4, 0)
    end(orders, "target")
    assert orders.worst("A", 4) == (4, 0)


def fills(orders, order_id, qty, fill_id="g", undone=False):
    told = Busted if undone else Fill
    orders.on_report(
        told(ts_ns=6, fill_id=fill_id, order_id=order_id, symbol="A", side=Side.SELL, qty=qty, price=10.0, fee_units=0)
    )


@pytest.mark.parametrize("ends", [False, True])
def test_what_a_leg_has_filled_is_off_the_other_once_it_has_ended_too(orders, ends):
    orders.add(leg("target"))
    orders.add(leg("stop"))
    fill(orders, 10)
    fills(orders, "target", 7)
    if ends:
        end(orders, "target")
    assert orders.worst("A", 3) == (3, 0)
    fills(orders, "stop", 1)
    assert orders.worst("A", 2) == (2, 0)


def test_what_the_larger_of_a_pair_has_alone_is_off_the_smaller_only_once_that_is_told_so(orders):
    orders.add(leg("target"))
    orders.add(leg("stop"))
    fill(orders, 10)
    orders.change(orders.replaced(Replace(order_id="stop", ts_ns=2, symbol="A", qty=4)))
    orders.on_report(OrderUpdate(ts_ns=4, order_id="stop", symbol="A", status=OrderStatus.ACCEPTED, qty=4))
    fills(orders, "target", 6)
    end(orders, "target")
    assert orders.worst("A", 4) == (4, 0)
    orders.on_report(OrderUpdate(ts_ns=5, order_id="stop", symbol="A", status=OrderStatus.ACCEPTED, qty=4))
    assert orders.worst("A", 4) == (4, 4)


def test_a_fill_of_a_leg_that_has_ended_counts_and_one_that_is_taken_back_does_not(orders):
    orders.add(leg("target"))
    orders.add(leg("stop"))
    fill(orders, 10)
    fills(orders, "target", 5)
    end(orders, "target")
    fills(orders, "target", 2, "late")
    assert orders.worst("A", 3) == (3, 0)
    fills(orders, "target", 5, undone=True)
    assert orders.worst("A", 8) == (8, 0)
    end(orders, "stop")
    assert orders.worst("A", 8) == (8, 8)


def test_what_one_of_a_pair_has_filled_is_forgotten_with_the_other(orders):
    for group in ("one", "two"):
        orders.add(leg(f"{group} limit", group, order_class="oco"))
        orders.add(leg(f"{group} stop", group, order_class="oco"))
    fills(orders, "one limit", 4)
    end(orders, "one limit")
    end(orders, "one stop")
    orders.add(leg("again", "one", order_class="oco"))
    assert orders.worst("A", 6) == (16, -14)


def test_legs_and_a_pair_in_the_name_of_the_same_entry_cancel_none_of_one_another(orders):
    fill(orders, 10)
    for name in ("target", "stop"):
        orders.add(leg(name))
        orders.add(leg(f"other {name}", order_class="oco"))
    assert orders.worst("A", 30) == (30, 10)
    fills(orders, "target", 4)
    assert orders.worst("A", 26) == (26, 10)


def test_legs_of_an_entry_that_never_filled_count_for_nothing(orders):
    orders.add(leg("stop", order_class="oto"))
    end(orders, "o")
    assert orders.worst("A", 0) == (0, 0)


def test_an_entry_is_kept_no_longer_than_its_legs(orders):
    orders.add(leg("target"))
    orders.add(leg("stop"))
    fill(orders, 10)
    end(orders, "target")
    assert orders.filled_of("o") == 10
    end(orders, "stop")
    assert orders.filled_of("o") is None


def test_an_entry_without_legs_is_not_kept(orders):
    fill(orders, 10)
    assert orders.filled_of("o") is None


def test_a_leg_that_comes_when_its_entry_is_gone_counts_whole(orders):
    fill(orders, 10)
    assert orders.worst("A", 10, leg("late")) == (10, 0)


def test_an_order_of_which_all_was_taken_back_may_be_accepted_anew(orders):
    fill(orders, 6)
    bust = Busted(ts_ns=4, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=6, price=10.0, fee_units=0)
    orders.on_report(bust)
    told(orders, OrderStatus.ACCEPTED)
    assert next(orders.of()).status is OrderStatus.ACCEPTED


@pytest.mark.parametrize("ends", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_one_that_was_full_when_it_was_made_smaller_counts_until_its_older_terms_have_ended(orders, ends):
    change(orders, 3)  # at the first of two fills that came together: the venue's side knows both before that
    fill(orders, 5)
    for status in (OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING_CANCEL):
        told(orders, status)
        assert (len(orders), orders.worst("A", 0)) == (0, (5, 0))
    told(orders, ends)
    assert orders.worst("A", 0) == (0, 0)


def test_one_that_is_full_by_fewer_lots_stays_so_where_a_fill_is_taken_back_and_another_follows(orders):
    change(orders, 4)
    fill(orders, 5)
    orders.on_report(
        Busted(ts_ns=4, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=5, price=10.0, fee_units=0)
    )
    fill(orders, 2)
    assert (len(orders), orders.worst("A", 0)) == (0, (8, 0))
    told(orders, OrderStatus.FILLED, qty=4)
    assert orders.worst("A", 0) == (0, 0)


def test_one_that_had_filled_when_it_was_made_larger_counts_for_nothing_once_that_is_told(orders):
    change(orders, 25)
    fill(orders, 10)
    told(orders, OrderStatus.FILLED)
    told(orders, OrderStatus.FILLED, qty=25)
    assert orders.worst("A", 0) == (0, 0)


def test_what_a_group_had_filled_before_an_order_came_is_not_off_that(orders):
    """The first of two entries has filled in part and ends, and one for what is left takes the place of the other."""
    pair = {"order_class": "oco", "parent_id": "pair"}
    for name in ("bid", "breakout"):
        orders.add(order(10, name, Side.SELL, **pair))
    fills(orders, "bid", 4)
    late = order(6, "late", Side.SELL, **pair)
    assert orders.worst("A", -4, late) == (6, -10)
    orders.add(late)
    for name in ("breakout", "bid"):
        end(orders, name)
    assert orders.worst("A", -4) == (6, -10)
    fills(orders, "late", 5)
    assert orders.worst("A", -9) == (1, -10)


def test_one_name_for_two_symbols_are_two_groups(orders):
    pair = {"order_class": "oco", "parent_id": "pair"}
    other = structs.replace(order(10, "other", Side.SELL, **pair), symbol="B")
    orders.add(other)
    for name in ("bid", "breakout"):
        orders.add(order(10, name, Side.SELL, **pair))
    fills(orders, "bid", 10)
    assert orders.worst("B", 0) == (0, -10)
    assert orders.worst("B", 0, structs.replace(other, order_id="another")) == (0, -10)
