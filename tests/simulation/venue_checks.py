"""Hold the venue's own books to what our orders may never come to there, whatever anybody knows."""

NANO = 1_000_000_000


def check_exits(books, orders, fail):
    """I11: what the venue has filled of the exits of an entry is no more than it has filled of the entry; `orders` are all by their id."""
    for order in books.open.values():
        entry = order.parent
        if entry is None or entry.order_class not in {"bracket", "oto"}:
            continue
        gone, there = sum(filled_of(leg, orders) for leg in entry.legs), filled_of(entry, orders)
        if gone > there:
            fail(f"I11: exits of {entry.client_order_id} have filled {gone // NANO} lots, it has {there // NANO}")


def filled_of(order, orders):
    """Return what an order has filled, and those in whose place it came."""
    filled = order.filled_qty
    while order.replaces is not None:
        order = orders[order.replaces]
        filled += order.filled_qty
    return filled


def check_crossing(books, is_ours, fail):
    """I12: no two orders of ours stand at prices at which they would trade with one another."""
    best = {}
    for order in books.open.values():
        if order.status == "held" or not order.live or order.kind != "limit" or order.limit is None:
            continue
        if not is_ours(order):
            continue
        key = order.symbol, order.side > 0
        best[key] = (
            max(best.get(key, order.limit), order.limit)
            if order.side > 0
            else min(best.get(key, order.limit), order.limit)
        )
    for (symbol, buys), limit in best.items():
        if buys and limit >= best.get((symbol, False), limit + 1):
            fail(f"I12: own orders in {symbol} cross at {limit / NANO}")
