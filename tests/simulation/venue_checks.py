"""Hold the venue's own books to what our orders may never come to there, whatever anybody knows."""

NANO = 1_000_000_000


def check_exits(books, fail):
    """I11: what the venue has filled of the exits of an entry is no more than it has filled of the entry."""
    for order in books.open.values():
        entry = order.parent
        if entry is None or entry.order_class not in {"bracket", "oto"}:
            continue
        gone = sum(leg.filled_qty for leg in entry.legs)
        if gone > entry.filled_qty:
            fail(
                f"I11: exits of {entry.client_order_id} have filled {gone // NANO} lots, it has {entry.filled_qty // NANO}"
            )


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
