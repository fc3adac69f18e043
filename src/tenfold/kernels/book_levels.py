"""Keep the resting orders of one book: a table of their ids, queues at each price, and prices in order.

How it works. Everything lies in arrays of records that are all zeros when the book is empty; slot 0 of each stands for
"none". Orders of one price hang together in two queues, those that are displayed before those that are not. Levels of a side
are sorted so that the best is last: most of what happens happens near it, and little has to move. Ids are found
by a hash table with linear probing; what leaves it lets the following close ranks, so nothing has to be rebuilt.
"""

from typing import Any, NamedTuple

NONE = 0
DISPLAYED = 0
DARK = 1
_MIX = 2654435761  # the golden ratio of 2^32 (Knuth), small enough that no product of it overflows


class Book(NamedTuple):
    """Hold the arrays of a book, see `simulation.book_arrays`.

    `head` (1,) what there is one of; `orders` (N,) and `levels` (L,) by slot; `keys` and `ranks` (2, L): of each side the sorted
    prices, negated for asks, and their levels; `table` (a power of two >= 2 N,) slots of orders by hash of their id.
    """

    head: Any
    orders: Any
    levels: Any
    keys: Any
    ranks: Any
    table: Any


def row_of(side: int) -> int:
    """Return the row of a side in `keys` and `ranks`: 0 bids, 1 asks."""
    return (1 - side) // 2


# ids


def home_of(order_id: int, table: Any) -> int:
    """Return where the search for an id begins."""
    mixed = (order_id ^ (order_id >> 31)) & 0x7FFFFFFF
    return ((mixed * _MIX) >> 16) & (len(table) - 1)


def find(book: Any, order_id: int) -> int:
    """Return the slot of an order, or NONE."""
    table = book.table
    place = home_of(order_id, table)
    while table[place] != NONE:
        if book.orders[table[place]].order_id == order_id:
            return table[place]
        place = (place + 1) & (len(table) - 1)
    return NONE


def enter(book: Any, slot: int) -> None:
    """Put an order into the table."""
    table = book.table
    place = home_of(book.orders[slot].order_id, table)
    while table[place] != NONE:
        place = (place + 1) & (len(table) - 1)
    table[place] = slot


def leave(book: Any, slot: int) -> None:
    """Take an order out of the table; what probed past it moves up."""
    table = book.table
    last = len(table) - 1
    hole = home_of(book.orders[slot].order_id, table)
    while table[hole] != slot:
        hole = (hole + 1) & last
    place = (hole + 1) & last
    while table[place] != NONE:
        home = home_of(book.orders[table[place]].order_id, table)
        if ((place - home) & last) >= ((place - hole) & last):
            table[hole] = table[place]
            hole = place
        place = (place + 1) & last
    table[hole] = NONE


def enter_all(book: Any) -> None:
    """Fill an empty table with every resting order."""
    for slot in range(1, book.head[0].orders_made + 1):
        if book.orders[slot].level != NONE:
            enter(book, slot)


# levels


def rank_of(book: Any, side: int, price: int) -> int:
    """Return the rank at which a level of this price stands or would stand."""
    row = row_of(side)
    key = side * price
    high = book.head[0].depth[row]
    low = 0
    while low < high:
        middle = (low + high) // 2
        if book.keys[row, middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


def level_at(book: Any, side: int, price: int) -> int:
    """Return the level of a price, or NONE."""
    row = row_of(side)
    rank = rank_of(book, side, price)
    if rank < book.head[0].depth[row] and book.keys[row, rank] == side * price:
        return book.ranks[row, rank]
    return NONE


def best_level(book: Any, side: int) -> int:
    """Return the best level of a side, what is not displayed included, or NONE."""
    row = row_of(side)
    count = book.head[0].depth[row]
    return book.ranks[row, count - 1] if count > 0 else NONE


def open_level(book: Any, side: int, price: int) -> int:
    """Return the level of a price, made where it is not there."""
    head = book.head[0]
    row = row_of(side)
    rank = rank_of(book, side, price)
    count = head.depth[row]
    if rank < count and book.keys[row, rank] == side * price:
        return book.ranks[row, rank]
    slot = head.level_free
    if slot != NONE:
        head.level_free = book.levels[slot].following
    else:
        head.levels_made += 1
        slot = head.levels_made
    level = book.levels[slot]
    level.price = price
    level.side = side
    level.following = NONE
    place = count
    while place > rank:
        book.keys[row, place] = book.keys[row, place - 1]
        book.ranks[row, place] = book.ranks[row, place - 1]
        place -= 1
    book.keys[row, rank] = side * price
    book.ranks[row, rank] = slot
    head.depth[row] = count + 1
    return slot


def close_level(book: Any, slot: int) -> None:
    """Take an empty level away."""
    head = book.head[0]
    level = book.levels[slot]
    row = row_of(level.side)
    count = head.depth[row] - 1
    for place in range(rank_of(book, level.side, level.price), count):
        book.keys[row, place] = book.keys[row, place + 1]
        book.ranks[row, place] = book.ranks[row, place + 1]
    head.depth[row] = count
    level.following = head.level_free
    head.level_free = slot


# queues


def append(book: Any, slot: int) -> None:
    """Put an order at the end of its queue."""
    order = book.orders[slot]
    level = book.levels[order.level]
    last = level.last[order.queue]
    order.previous = last
    order.following = NONE
    if last == NONE:
        level.first[order.queue] = slot
    else:
        book.orders[last].following = slot
    level.last[order.queue] = slot
    level.count[order.queue] += 1


def put_first(book: Any, slot: int) -> None:
    """Put an order before all others of its queue."""
    order = book.orders[slot]
    level = book.levels[order.level]
    first = level.first[order.queue]
    order.previous = NONE
    order.following = first
    if first == NONE:
        level.last[order.queue] = slot
    else:
        book.orders[first].previous = slot
    level.first[order.queue] = slot
    level.count[order.queue] += 1


def unlink(book: Any, slot: int) -> None:
    """Take an order out of its queue."""
    order = book.orders[slot]
    level = book.levels[order.level]
    if order.previous == NONE:
        level.first[order.queue] = order.following
    else:
        book.orders[order.previous].following = order.following
    if order.following == NONE:
        level.last[order.queue] = order.previous
    else:
        book.orders[order.following].previous = order.previous
    level.count[order.queue] -= 1


def front_of(level: Any) -> int:
    """Return the order of a level that trades next."""
    return level.first[DISPLAYED] if level.first[DISPLAYED] != NONE else level.first[DARK]


# orders


def new_slot(book: Any) -> int:
    """Return a slot for an order; `has_room` must hold."""
    head = book.head[0]
    slot = head.order_free
    if slot != NONE:
        head.order_free = book.orders[slot].following
    else:
        head.orders_made += 1
        slot = head.orders_made
    head.live += 1
    return slot


def has_room(book: Any) -> bool:
    """Say whether one more order fits, at a price of its own."""
    head = book.head[0]
    order = head.order_free != NONE or head.orders_made + 1 < len(book.orders)
    level = head.level_free != NONE or head.levels_made + 1 < len(book.levels)
    return order and level


def remove(book: Any, slot: int) -> None:
    """Take an order off the book, with its level where it was the last."""
    head = book.head[0]
    order = book.orders[slot]
    level = book.levels[order.level]
    level.shown -= order.shown
    level.hidden -= order.hidden
    unlink(book, slot)
    leave(book, slot)
    if level.count[DISPLAYED] + level.count[DARK] == 0:
        close_level(book, order.level)
    order.level = NONE
    order.following = head.order_free
    head.order_free = slot
    head.live -= 1
