"""What waits for another order to leave: it is neither forgotten, nor asked for without end, nor sent when its moment is long over."""

import pytest

from order_world import SECOND, World
from tenfold.domain.events import CashFlow, Reconciled
from tenfold.domain.order import OrderStatus, OrderType, Side
from tenfold.execution.reports import Amend, LookUp, Place


class Stuck(World):
    """Hold a position at a venue that lets each cancel pend, as Alpaca does in a halt."""

    def __init__(self):
        super().__init__()
        self.pends = True
        self.connect()
        self.run()
        entry = self.submit(qty=10)
        self.run()
        self.fill(entry, 10)
        self.run()

    def fill(self, order, qty):
        self.venue.fill(self.venue.by_client[order.order_id], qty)

    def act(self, request, at_venue="ok"):
        pends = self.pends and type(request).__name__ == "Withdraw"
        return super().act(request, "stuck" if pends else at_venue)

    def behind_a_cancel(self, **terms):
        """Return an order that lowers the position, behind one whose cancel pends, and that."""
        resting = self.submit(side=Side.SELL, qty=10, closes=True)
        self.run()
        self.cancel(resting)
        self.run(2)
        waits = self.submit(side=Side.SELL, qty=10, closes=True, **terms)
        self.run(2)
        return waits, self.venue.by_client[resting.order_id]


def test_a_change_of_a_closing_order_that_has_filled_in_part_meanwhile_becomes_an_order_of_its_own():
    world = Stuck()
    world.pends = False
    target = world.submit(side=Side.SELL, qty=10, closes=True)
    world.run()
    world.sent.clear()
    world.fill(target, 4)
    world.replace(target, limit_price=9.0)
    while world.venue.stream:
        world.deliver_stream()
    world.run(60)
    assert [one.order.qty for one in world.sent if isinstance(one, Amend | Place)] == [6]
    assert [(one.left, one.limit_price) for one in world.venue.orders.values() if one.live] == [(6, 9.0)]


def test_what_is_in_doubt_behind_a_cancel_that_pends_is_looked_for_after_pauses():
    world = Stuck()
    close, resting = world.behind_a_cancel(kind=OrderType.MARKET)
    world.crash()
    world.connect()
    world.run(10)
    world.sent.clear()
    for _ in range(3000):  # a minute in which an answer takes 20 ms
        world.pump()
        while world.requests:
            world.deliver_request()
        while world.answers:
            world.deliver_answer()
        world.time(SECOND // 50)
    asked = [one for one in world.sent if isinstance(one, LookUp) and one.order_id == close.order_id]
    assert len(asked) <= 20
    world.pends = False
    world.venue.end(resting, "canceled")
    world.run(20)
    world.check_rest()


@pytest.mark.parametrize(("tif", "sent"), [("ioc", 0), ("gtc", 1)])
def test_what_was_for_the_moment_does_not_go_out_a_day_later(tif, sent):
    world = Stuck()
    _, resting = world.behind_a_cancel(tif=tif)
    world.time(24 * 3600 * SECOND)
    world.sent.clear()
    world.venue.end(resting, "canceled")
    world.run(10)
    assert len([one for one in world.sent if isinstance(one, Place)]) == sent


def test_another_s_order_that_filled_and_was_taken_back_unheard_keeps_nothing_open(world):
    world.sever()
    world.venue.bust(world.venue.outside("A", Side.BUY, 7, 7))
    world.venue.stream.clear()
    world.connect()
    world.run()
    world.venue.pay(-529)
    before = len(world.journal)
    world.run(200)
    assert {CashFlow, Reconciled} <= {type(one) for one in world.journal[before:]}
    assert world.blotter.reconciliation.cash_units == world.venue.cash


def test_a_clock_that_is_behind_the_record_of_an_order_proves_nothing():
    evening = 4000 * SECOND
    world = World(opens=lambda order, now_ns: max(now_ns, evening))
    world.connect()
    world.time(evening - 60 * SECOND)
    world.run(4)
    late = world.submit()
    world.run(4)
    world.time(evening - world.now)
    world.pump()
    while world.requests:
        world.deliver_request(fate="unanswered")
    assert late.order_id in world.venue.by_client
    world.now = world.venue.now = world.now - 600 * SECOND
    world.crash()
    world.pump()
    assert world.blotter.unknown == 1
    world.cancel(late)
    world.pump()
    assert world.blotter.register.orders[late.order_id].status is not OrderStatus.CANCELED


def test_nothing_waits_for_what_a_clock_said_before_it_was_set_back(world, resting):
    world.time(200 * SECOND)
    world.run()
    sent = world.submit("B", qty=5)
    world.pump()
    world.requests.clear()  # it got lost, and so does its answer
    world.venue.fill(world.venue.by_client[resting.order_id], 4)
    world.venue.stream.clear()
    world.now = world.venue.now = world.now - 100 * SECOND
    world.run(30)
    assert world.blotter.register.orders[resting.order_id].filled == 4
    assert world.blotter.register.orders[sent.order_id].status is OrderStatus.ACCEPTED
    world.check_rest()
