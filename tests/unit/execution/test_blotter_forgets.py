"""What ended long ago is forgotten, and so is what the venue said of it: memory does not grow with every order that ever was."""

from both_sides import tracked, venue
from tenfold.domain.events import Reconciled, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Order, OrderStatus, OrderType, Side, Submit
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import Answered, Connected, Outcome, Stock, Streamed, TakeStock, VenueOrder


def compared(blotter, ts_ns):
    blotter.interpret(Connected(ts_ns=ts_ns))
    asked = next(one for one in blotter.due(ts_ns) if isinstance(one, TakeStock))
    blotter.interpret(Stock(ts_ns=ts_ns, orders=(), fills=(), positions={}, cash_units=0, number=asked.number))


def test_what_the_venue_said_of_an_order_goes_with_it():
    blotter = Blotter([Instrument(symbol="A")], 0.0)
    blotter.apply(Started(ts_ns=1, run="r", epoch=1, config_hash="", code_hash=""))
    now_ns = NS_PER_SECOND
    compared(blotter, now_ns)
    order = Order(order_id="r-1-1", ts_ns=now_ns, symbol="A", side=Side.BUY, qty=1)
    blotter.apply(Submit(order=order))
    blotter.due(now_ns)
    there = {"venue_id": "v", "order_id": "r-1-1", "symbol": "A", "side": Side.BUY, "qty": 1, "filled": 0}
    new = VenueOrder(**there, status=OrderStatus.ACCEPTED, state="new")
    gone = VenueOrder(**there, status=OrderStatus.CANCELED, state="canceled", updated_ns=now_ns)
    blotter.interpret(Answered(ts_ns=now_ns, order_id="r-1-1", asked="place", outcome=Outcome.ACK, found=new))
    blotter.interpret(Streamed(ts_ns=now_ns, event="canceled", order=gone))
    compared(blotter, now_ns + NS_PER_SECOND)
    assert list(blotter._reader.told) == [("r-1-1", 0)]
    compared(blotter, now_ns + 2 * NS_PER_DAY)
    assert not blotter.register.orders
    assert not blotter._reader.told


def test_what_is_taken_back_behind_a_weekend_is_undone(world, resting):
    one = venue(world, resting)
    world.venue.fill(one, 10)
    world.run()
    now_ns = world.time(3 * NS_PER_DAY)
    world.keep(Reconciled(ts_ns=now_ns, since_ns=now_ns))
    world.bend(one)
    world.venue.bust(one)
    world.run(14)
    assert world.blotter.reconciliation.lots["A"] == 0
    world.check_rest()
    now_ns = world.time(6 * NS_PER_DAY)
    world.keep(Reconciled(ts_ns=now_ns, since_ns=now_ns))
    assert not world.blotter.register.orders


def test_legs_may_come_for_an_entry_that_is_forgotten_and_fill_what_its_bracket_has_left(world):
    entry, (target, old) = world.bracket()
    world.run()
    world.venue.fill(venue(world, entry), 10)
    world.run()
    world.venue.fill(world.venue.orders[tracked(world, target).parts[0].venue_id], 4)
    world.run()
    world.cancel(target)
    world.cancel(old)
    world.run()
    now_ns = world.time(6 * NS_PER_DAY)
    world.keep(Reconciled(ts_ns=now_ns, since_ns=now_ns))
    assert not world.blotter.register.orders
    terms = {"side": Side.SELL, "order_class": "bracket", "parent_id": entry.order_id}
    stop = world.submit(qty=10, kind=OrderType.STOP, **terms)
    stranger = world.submit(qty=1, kind=OrderType.STOP, **(terms | {"parent_id": "nobody"}))
    world.run()
    assert [tracked(world, one).status for one in (stop, stranger)] == [OrderStatus.ACCEPTED, OrderStatus.CANCELED]
    assert [part.qty for part in tracked(world, stop).live] == [6]
