"""Bracket, one-cancels-other, one-triggers-other; replacing."""

import pytest
from venue_checks import check_exits

from tenfold.exchange.orders_to_match import NANO, Execution, Trailed
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.wire import nano, parse_time


@pytest.fixture
def bracket(desk):
    order = desk.submit(
        type="limit", limit_price="100", order_class="bracket", take_profit={"limit_price": "110"},
        stop_loss={"stop_price": "90", "limit_price": "89"},
    )  # fmt: skip
    desk.take()
    return order


@pytest.fixture
def oco(desk):
    desk.hold()
    return desk.submit(
        type="limit", side="sell", order_class="oco", take_profit={"limit_price": "110"}, stop_loss={"stop_price": "90"}
    )


def test_a_bracket_shows_its_legs(desk, bracket):
    shown = bracket.wire()
    profit, loss = shown["legs"]
    assert (shown["order_class"], profit["order_class"]) == ("bracket", "bracket")
    assert (profit["status"], profit["limit_price"], profit["side"], profit["type"]) == ("held", "110", "sell", "limit")
    assert (loss["status"], loss["stop_price"], loss["limit_price"], loss["type"]) == ("held", "90", "89", "stop_limit")
    assert profit["position_intent"] == "sell_to_close"
    assert bracket.wire(nested=False)["legs"] is None
    assert len(desk.orders()) == 3
    assert desk.orders(nested=True) == [bracket]
    assert len(desk.venue.tickets) == 1


def test_the_legs_live_when_the_entry_is_filled_whole(desk, bracket):
    profit, loss = bracket.legs
    desk.fill(bracket, "100", "4")
    assert [one.status for one in bracket.legs] == ["held", "held"]
    desk.fill(bracket, "100")
    assert (profit.status, loss.status) == ("new", "held")
    assert {ticket.group for ticket in desk.venue.tickets.values()} == {f"{bracket.id} exits"}
    assert desk.position()["qty_available"] == "0"
    desk.fill(profit, "110", "3")
    assert (loss.qty, loss.leaves) == (7 * NANO, 7 * NANO)
    desk.take()
    desk.fill(profit, "110")
    assert desk.events() == [("fill", profit.id), ("canceled", loss.id)]
    assert not desk.venue.tickets
    assert desk.view()["cash"] == "100100"
    assert desk.orders(status="closed", nested=True) == [bracket]


def test_the_loss_is_stopped(desk, bracket):
    profit, loss = bracket.legs
    desk.fill(bracket, "100")
    desk.take()
    desk.fill(loss, "90")
    assert desk.events() == [("new", loss.id), ("fill", loss.id), ("canceled", profit.id)]


def test_both_exits_in_one_event_of_the_market(desk, bracket):
    profit, loss = bracket.legs
    desk.fill(bracket, "100")
    for leg, price in ((loss, "90"), (profit, "110")):
        desk.venue.told.append(Execution(order_id=leg.id, ts_ns=desk.now, qty=10 * NANO, price=nano(price)))
    desk.settle()
    assert (loss.status, profit.status) == ("filled", "canceled")
    assert desk.trading.positions("one", desk.now) == []


@pytest.mark.parametrize("which", [0, 1, 2])
def test_who_cancels_one_cancels_all(desk, bracket, which):
    desk.cancel(bracket.family[which])
    assert [one.status for one in bracket.family] == ["canceled"] * 3
    answers = desk.trading.cancel_all("one", desk.now)
    assert answers == []


def test_cancel_all_answers_for_each_of_a_family(desk, bracket):
    assert [one["status"] for one in desk.trading.cancel_all("one", desk.now)] == [200] * 3


def test_legs_end_with_an_entry_that_expires(desk, bracket):
    desk.edge("close")
    assert [one.status for one in bracket.family] == ["expired"] * 3


def test_legs_wait_for_the_session(desk):
    desk.now = parse_time("2026-11-20T07:00:00-05:00")
    order = desk.submit(
        type="limit", limit_price="100", order_class="bracket", take_profit={"limit_price": "110"},
        stop_loss={"stop_price": "90"},
    )  # fmt: skip
    assert (order.status, [one.status for one in order.legs]) == ("accepted", ["held", "held"])
    desk.edge("open")
    assert (order.status, [one.status for one in order.legs]) == ("new", ["held", "held"])


def test_legs_of_an_entry_that_fills_as_the_market_closes_wait(desk):
    order = desk.submit(
        type="limit", limit_price="100", order_class="oto", time_in_force="gtc", take_profit={"limit_price": "110"}
    )
    desk.now = parse_time("2026-11-20T17:00:00-05:00")
    desk.fill(order, "100")
    (leg,) = order.legs
    assert (leg.status, leg.waits) == ("new", True)
    desk.trading.on_time(parse_time("2026-11-23T09:30:00-05:00"))
    assert leg.id in desk.venue.tickets


def test_one_triggers_other(desk):
    order = desk.submit(order_class="oto", stop_loss={"stop_price": "90"})
    (leg,) = order.legs
    assert (leg.kind, leg.status) == ("stop", "held")
    desk.fill(order, "100")
    assert leg.status == "new"
    desk.fill(leg, "90")
    assert desk.trading.positions("one", desk.now) == []


def test_one_cancels_other(desk, oco):
    (loss,) = oco.legs
    assert (oco.status, loss.status, oco.limit) == ("new", "held", 110 * NANO)
    assert len(desk.venue.tickets) == 2
    assert desk.position()["qty_available"] == "0"
    desk.fill(loss, "90", "4")
    assert (loss.status, oco.qty) == ("partially_filled", 6 * NANO)
    assert desk.position()["qty_available"] == "0"
    desk.fill(loss, "90")
    assert oco.status == "canceled"


def test_a_pair_trades_no_more_than_either_was_for(desk, oco):
    (loss,) = oco.legs
    desk.fill(loss, "90", "4")
    desk.fill(oco, "110", "10")  # where it stands nobody knows of what the other has traded
    assert (loss.filled_qty, oco.filled_qty) == (4 * NANO, 6 * NANO)
    assert (loss.status, oco.status) == ("canceled", "filled")
    assert desk.trading.positions("one", desk.now) == []


def test_one_cancels_other_waits_for_the_session(desk):
    desk.hold()
    desk.now = parse_time("2026-11-20T17:00:00-05:00")
    order = desk.submit(
        type="limit", side="sell", order_class="oco", time_in_force="gtc", take_profit={"limit_price": "110"},
        stop_loss={"stop_price": "90"},
    )  # fmt: skip
    assert (order.status, order.legs[0].status) == ("accepted", "held")
    assert not desk.venue.tickets
    desk.trading.on_time(parse_time("2026-11-23T09:30:00-05:00"))
    assert len(desk.venue.tickets) == 2
    assert order.status == "new"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"take_profit": {"limit_price": "110"}}, "require stop_loss"),
        ({"stop_loss": {"stop_price": "90"}}, "require take_profit"),
        ({"take_profit": {"limit_price": "95"}, "stop_loss": {"stop_price": "96"}}, "greater than stop_loss"),
        ({"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "100"}}, "base_price - 0.01"),
        (
            {"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90", "limit_price": "91"}},
            "less than or equal",
        ),
        ({"take_profit": {"limit_price": "110.001"}, "stop_loss": {"stop_price": "90"}}, "sub-penny"),
        (
            {"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90"}, "time_in_force": "ioc"},
            "day or gtc",
        ),
        (
            {"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90"}, "extended_hours": True},
            "extended",
        ),
        ({"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90"}, "qty": "1.5"}, "simple orders"),
    ],
)
def test_a_bracket_that_makes_no_sense(desk, asked, message):
    with pytest.raises(Refusal, match=message):
        desk.submit(order_class="bracket", **asked)


def test_a_short_bracket(desk):
    order = desk.submit(
        side="sell",
        order_class="bracket",
        take_profit={"limit_price": "90"},
        stop_loss={"stop_price": "105", "limit_price": "106"},
    )
    assert [leg.side for leg in order.legs] == [1, 1]
    for loss in ({"stop_price": "99"}, {"stop_price": "105", "limit_price": "104"}):
        with pytest.raises(Refusal):
            desk.submit(
                symbol="MSFT", side="sell", order_class="bracket", take_profit={"limit_price": "90"}, stop_loss=loss
            )


@pytest.mark.parametrize(
    ("side", "entry", "profit", "loss", "base"),
    [
        ("buy", {"type": "limit", "limit_price": "105"}, "110", "103", "100"),
        ("buy", {"type": "limit", "limit_price": "95"}, "110", "95", "95"),
        ("buy", {"type": "stop", "stop_price": "105"}, "110", "103", "100"),
        ("sell", {"type": "limit", "limit_price": "95"}, "90", "97", "100"),
        ("sell", {"type": "limit", "limit_price": "105"}, "90", "105", "105"),
    ],
)
def test_a_stop_is_beyond_the_entry_and_beyond_the_market(desk, side, entry, profit, loss, base):
    asked = {"side": side, **entry, "order_class": "bracket", "take_profit": {"limit_price": profit}}
    with pytest.raises(Refusal, match="base_price") as refused:
        desk.submit(stop_loss={"stop_price": loss}, **asked)
    assert refused.value.body["base_price"] == base
    beyond = nano(base) - (NANO if side == "buy" else -NANO)
    desk.submit(stop_loss={"stop_price": str(beyond / NANO)}, **asked)


def test_entries_enter_and_exits_exit(desk, oco):
    with pytest.raises(Refusal, match="exit orders"):
        desk.submit(
            symbol="MSFT", type="limit", side="sell", order_class="oco", take_profit={"limit_price": "110"},
            stop_loss={"stop_price": "90"},
        )  # fmt: skip
    desk.cancel(oco)
    with pytest.raises(Refusal, match="entry orders"):
        desk.submit(
            side="sell", order_class="bracket", take_profit={"limit_price": "90"}, stop_loss={"stop_price": "105"}
        )


# replacing


def test_a_successor_takes_the_place(desk):
    order = desk.submit(type="limit", limit_price="95")
    desk.take()
    successor = desk.replace(order, limit_price="96", qty="12", time_in_force="gtc", client_order_id="b")
    old, new = desk.take()
    assert (old.event, old.order["status"], old.order["replaced_by"]) == ("replaced", "replaced", successor.id)
    assert (new.event, new.order["replaces"], new.order["client_order_id"]) == ("new", order.id, "b")
    (ticket,) = desk.venue.tickets.values()
    assert (ticket.order_id, ticket.limit, ticket.qty, ticket.tif) == (successor.id, 96 * NANO, 12 * NANO, "gtc")
    desk.fill(successor, "96")
    assert successor.status == "filled"
    for done in (order, successor):
        with pytest.raises(Refusal, match="already in"):
            desk.replace(done, limit_price="97")


def test_a_leg_is_replaced_within_its_family(desk, bracket):
    profit, loss = bracket.legs
    held = desk.replace(loss, stop_price="91")
    assert held.status == "held"
    assert bracket.legs == [profit, held]
    desk.fill(bracket, "100")
    higher = desk.replace(profit, limit_price="120")
    tighter = desk.replace(held, stop_price="95")
    assert (bracket.legs, tighter.status) == ([higher, tighter], "held")
    assert {ticket.group for ticket in desk.venue.tickets.values()} == {f"{bracket.id} exits"}
    desk.fill(higher, "120")
    assert tighter.status == "canceled"


def test_the_head_of_a_pair_is_replaced(desk, oco):
    higher = desk.replace(oco, limit_price="120")
    (loss,) = higher.legs
    assert (loss.parent, oco.legs) == (higher, [])
    desk.fill(higher, "120")
    assert loss.status == "canceled"


def test_what_waits_is_not_replaced_and_what_is_gone_is_rejected(desk):
    order = desk.submit(type="limit", limit_price="95")
    desk.venue.tickets.clear()
    desk.take()
    successor = desk.replace(order, limit_price="96")
    assert desk.events() == [
        ("pending_replace", order.id), ("order_replace_rejected", order.id), ("rejected", successor.id),
    ]  # fmt: skip
    desk.now = parse_time("2026-11-20T17:00:00-05:00")
    waiting = desk.submit(type="limit", limit_price="95")
    with pytest.raises(Refusal, match="isn't sent to exchange yet"):
        desk.replace(waiting, limit_price="96")


def test_a_held_leg_that_waits_goes_on_waiting(desk):
    desk.hold()
    desk.now = parse_time("2026-11-20T17:00:00-05:00")
    order = desk.submit(
        type="limit", side="sell", order_class="oco", time_in_force="gtc", take_profit={"limit_price": "110"},
        stop_loss={"stop_price": "90"},
    )  # fmt: skip
    held = desk.replace(order.legs[0], stop_price="91")
    assert held.waits
    desk.trading.on_time(parse_time("2026-11-23T09:30:00-05:00"))
    assert sorted(desk.venue.tickets) == sorted([order.id, held.id])


def test_exits_may_fill_what_an_entry_had_filled_before_it_was_changed_and_no_more(desk, bracket):
    desk.fill(bracket, "100", "4")
    entry = desk.replace(bracket, limit_price="101")
    desk.fill(entry, "101")
    profit = entry.legs[0]
    desk.fill(profit, "110", "7")
    books, found = desk.trading._b, []
    check_exits(books.accounts["one"], books.orders, found.append)
    assert not found
    later = desk.replace(profit, limit_price="111")
    later.filled_qty += 4 * NANO
    check_exits(books.accounts["one"], books.orders, found.append)
    assert "have filled 11 lots, it has 10" in found[0]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "not changed"),
        ({"stop_price": "90"}, "must not have stop"),
        ({"trail": "1"}, "only trailing"),
        ({"qty": "1.5"}, "must be integer"),
        ({"limit_price": "90.001"}, "sub-penny"),
        ({"client_order_id": "a", "limit_price": "91"}, "unique"),
        ({"qty": "90000"}, "buying power"),
    ],
)
def test_a_replacement_that_makes_no_sense(desk, asked, message):
    order = desk.submit(type="limit", limit_price="90", client_order_id="a")
    with pytest.raises(Refusal, match=message):
        desk.replace(order, **asked)
    assert order.status == "new"


def test_dollars_are_not_replaced(desk):
    order = desk.submit(qty=None, notional="500")
    with pytest.raises(Refusal, match="notional"):
        desk.replace(order, limit_price="99")


def test_more_than_there_is_cannot_replace(desk):
    desk.hold()
    order = desk.submit(side="sell", type="limit", limit_price="110", qty="4")
    assert desk.replace(order, qty="10").qty == 10 * NANO
    with pytest.raises(Refusal, match="insufficient qty"):
        desk.replace(desk.orders()[0], qty="11")


def test_the_larger_reservation_stays(desk):
    order = desk.submit(type="limit", limit_price="100")
    assert desk.replace(order, limit_price="50").reserved == 1000 * NANO


def test_a_trailing_stop_is_trailed_and_replaced(desk):
    desk.hold()
    order = desk.submit(side="sell", type="trailing_stop", trail_percent="5")
    (ticket,) = desk.venue.tickets.values()
    assert ticket.trail_frac == 0.05
    desk.venue.told.append(Trailed(order_id=order.id, best=nano("120"), stop=nano("114")))
    desk.settle()
    assert (order.wire()["hwm"], order.wire()["stop_price"]) == ("120", "114")
    assert desk.replace(order, trail="4").trail_percent == 4 * NANO
    dollars = desk.submit(symbol="MSFT", side="buy", type="trailing_stop", trail_price="2")
    assert desk.replace(dollars, trail="3").trail_price == 3 * NANO
