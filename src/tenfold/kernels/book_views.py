"""Look into a book without changing it: best prices, depth, and the place of an order in its queue."""

from typing import Any

from tenfold.kernels.book_levels import DARK, DISPLAYED, NONE, find, level_at, row_of


def best(book: Any, side: int) -> tuple[int, int, int]:
    """Return price, displayed quantity and number of orders of the best level that is displayed; zeros without one."""
    row = row_of(side)
    for back in range(book.head[0].depth[row]):
        level = book.levels[book.ranks[row, book.head[0].depth[row] - 1 - back]]
        if level.shown > 0:
            return level.price, level.shown, level.count[DISPLAYED]
    return 0, 0, 0


def depth(book: Any, side: int, found: Any) -> int:
    """Write price, displayed quantity and number of orders of the best levels, (n, 3); return how many."""
    row = row_of(side)
    count = 0
    for back in range(book.head[0].depth[row]):
        if count == len(found):
            break
        level = book.levels[book.ranks[row, book.head[0].depth[row] - 1 - back]]
        if level.shown > 0:
            found[count, 0] = level.price
            found[count, 1] = level.shown
            found[count, 2] = level.count[DISPLAYED]
            count += 1
    return count


def queue_ahead(book: Any, order_id: int) -> int:
    """Return how much trades at an order's price before it does; -1 where it does not rest."""
    slot = find(book, order_id)
    if slot == NONE:
        return -1
    order = book.orders[slot]
    dark = order.queue == DARK
    ahead = 0
    before = order.previous
    while before != NONE:
        ahead += book.orders[before].hidden if dark else book.orders[before].shown
        before = book.orders[before].previous
    if dark:
        before = book.levels[order.level].first[DISPLAYED]
        while before != NONE:
            ahead += book.orders[before].shown + book.orders[before].hidden
            before = book.orders[before].following
    return ahead


def level(book: Any, side: int, price: int) -> tuple[int, int]:
    """Return the displayed quantity at a price and the number of orders that show it."""
    slot = level_at(book, side, price)
    return (book.levels[slot].shown, book.levels[slot].count[DISPLAYED]) if slot != NONE else (0, 0)


def level_queue(book: Any, side: int, price: int, found: Any) -> int:
    """Write id, owner, quantity left and shown of the displayed orders at a price as they trade, (n, 4), as many as fit.

    Return how many there are.
    """
    slot_of_level = level_at(book, side, price)
    count = 0
    slot = book.levels[slot_of_level].first[DISPLAYED] if slot_of_level != NONE else NONE
    while slot != NONE:
        order = book.orders[slot]
        if count < len(found):
            found[count, 0] = order.order_id
            found[count, 1] = order.owner
            found[count, 2] = order.shown + order.hidden
            found[count, 3] = order.shown
        count += 1
        slot = order.following
    return count
