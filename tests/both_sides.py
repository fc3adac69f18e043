"""See an order from both sides."""


def venue(world, order):
    """Return the venue's own record of an order."""
    return world.venue.by_client[order.order_id]


def tracked(world, order):
    """Return what order management knows of an order."""
    return world.blotter.register.orders[order.order_id]
