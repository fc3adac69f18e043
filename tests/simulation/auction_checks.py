"""Say what an order for an auction may do that no other may: wait here until the venue takes it; and that none outlives its auction."""

from tenfold.domain.units import NS_PER_MINUTE

AUCTIONS = {"opg", "cls"}
TOLD_NS = 2 * NS_PER_MINUTE
"""Within this time after the open or the close its auction has crossed, or ended without a price."""


def auction_of(order):
    """Return of which auction an order is, "opg" or "cls", "" of none: it is a time in force of Alpaca, and a kind of order here."""
    return {"moo": "opg", "moc": "cls"}.get(order.type, order.tif if order.tif in AUCTIONS else "")


def waits(process, tracked, part):
    """Say whether the venue is known to take a part of an order only later, so that it is kept here until then; after a start, whether it was so since its record."""
    if part.venue_id or not tracked.sends(part) or process.core.blotter._agenda.was_sent(tracked, part):
        return False
    now_ns = process.clock.now_ns()
    return process.venue.hours.taken_ns(tracked.order, part.ts_ns if part.doubtful else now_ns) > now_ns


def taken_from(world, order, decided_ns):
    """Return from when on an order may be sent that was decided on at a moment: one that its venue does not take then waits until it does, and no other goes to a later auction."""
    return world.venue.hours.taken_ns(order, decided_ns)


def reserve_kept(process, worst, exactly):
    """Add, `exactly` alone, to the largest positions, long and short by symbol, what is kept here: all that such an order has left, since a further part follows once the first was sent."""
    for tracked in process.core.blotter.working() if exactly else ():
        if any(waits(process, tracked, part) for part in tracked.live):
            order, there = tracked.order, sum(part.qty - part.filled for part in tracked.live if part.venue_id)
            lots = order.qty - tracked.filled - there
            worst[order.symbol][0 if order.side.sign > 0 else 1] += order.side.sign * lots


def check_auctions(world, fail):
    """A1: what the venue has taken for an auction has ended once that has crossed."""
    for order in world.venue.books.open.values():
        if order.tif in AUCTIONS and order.live and order.expires_ns + TOLD_NS < world.venue.now_ns:
            fail(f"A1: {order.client_order_id} is {order.status} at the venue, and its auction is over")
