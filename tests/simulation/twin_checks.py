"""Tell what the venue has taken all the same, of what came twice and had been refused first: what that makes of a position is nobody's fault."""

NANO = 1_000_000_000


def is_refused(order, names):
    """Say whether an order had been refused, or the one with which it came: what comes with one has a name of the venue's."""
    return any(one is not None and one.client_order_id in names for one in (order, order.parent))


def taken(books, names):
    """Yield the orders of the venue that had been refused by these names, and what came with them."""
    for name in names & books.client_ids.keys():
        yield from (books.client_ids[name], *books.client_ids[name].legs)


def filled_unheard(register, books, names):
    """Yield the symbol and the signed lots of what such orders have filled, and of which no execution was told yet."""
    for order in taken(books, names):
        place = register.find(order.id, order.client_order_id)
        booked = place[1].filled if place is not None else 0
        yield order.symbol, order.side * (order.filled_qty // NANO - booked)


def overtaken(register, books, names):
    """Return the symbols of which such an order has filled, so that another to the same side is too large, which still stands there or has filled meanwhile."""
    sides = {(order.symbol, order.side) for order in taken(books, names) if order.filled_qty}
    found = set()
    for order in books.client_ids.values() if sides else ():
        if (order.symbol, order.side) not in sides or is_refused(order, names):
            continue
        place = register.find(order.id, order.client_order_id)
        if place is None or not (order.live or order.filled_qty // NANO > place[1].filled):
            continue
        tracked, part = place
        standing = sum(one.qty - one.filled for one in tracked.live)
        if part.leave or standing > tracked.order.qty - tracked.filled:
            found.add(order.symbol)
    return found
