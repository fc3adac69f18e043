"""Match orders by price, then by time: the array core of a limit order book.

How it works. The incoming order is copied into `head`, trades level by level until it is done, and then rests or ends. Where the
room for events runs out in between, it stays in `head` and the next call goes on with it, so an operation may write any number of
events. At one price displayed quantity trades before what is not displayed, each by time; the peak of an iceberg order
that was traded away is filled up from its reserve at the end of the queue.
"""

from typing import Any

from tenfold.kernels.book_levels import (
    DARK,
    DISPLAYED,
    NONE,
    append,
    best_level,
    enter,
    find,
    front_of,
    has_room,
    new_slot,
    open_level,
    put_first,
    remove,
    row_of,
    unlink,
)

ADD, MARKET, CANCEL, AMEND = 1, 2, 3, 4
"""Operations."""
REST, IOC, FOK = 0, 1, 2
"""What becomes of what does not trade at once."""
CANCEL_RESTING, CANCEL_INCOMING, DECREMENT, ALLOW = 0, 1, 2, 3
"""What happens where two orders of one owner meet."""
ADDED, TRADED, CANCELED, AMENDED, REJECTED = 1, 2, 3, 4, 5
"""Events."""
ASKED, SELF_MATCH, UNFILLED, KILLED, FULL = 0, 1, 2, 3, 4
"""Why an order was canceled."""
UNKNOWN, DUPLICATE, WOULD_TRADE, INVALID = 0, 1, 2, 3
"""Why an operation was rejected."""
MOVED, KEPT, REFRESHED = 0, 1, 2
"""What an amendment did to the order's place."""
AMOUNT_MAX = 1 << 60
"""Largest price and quantity of one order; a level holds four times as much, so that no sum overflows."""
EVENTS_MIN = 4
"""Room for events that an operation needs to go on."""


def apply_all(book: Any, operations: Any, first: int, events: Any) -> tuple[int, int]:
    """Apply operations from `first` on; return the one to go on with, and the number of events written.

    It stops early where the book has no room for another order, or `events` none for what happens.
    """
    head = book.head[0]
    written = 0
    for place in range(first, len(operations)):
        if written + EVENTS_MIN > len(events) or not has_room(book):
            return place, written
        if head.busy == 0:
            written = begin(book, operations[place], events, written)
        if head.busy != 0:
            written = sweep(book, events, written)
            if head.busy != 0:
                return place, written
            written = settle(book, events, written)
    return len(operations), written


def tell(
    events: Any, written: int, kind: int, order_id: int, other_id: int, side: int, price: int, qty: int, left: int,
    detail: int,
) -> int:  # fmt: skip
    """Write one event and return how many there are."""
    event = events[written]
    event.kind = kind
    event.order_id = order_id
    event.other_id = other_id
    event.side = side
    event.price = price
    event.qty = qty
    event.left = left
    event.detail = detail
    return written + 1


# operations


def begin(book: Any, operation: Any, events: Any, written: int) -> int:
    """Do what can be done at once, or make the operation the incoming order: `head.busy` says which."""
    kind = operation.kind
    slot = find(book, operation.order_id)
    if kind in (ADD, MARKET):
        refused = refusal(book, operation, slot)
        if refused >= 0:
            return reject(operation, refused, events, written)
        arrive(book.head[0], operation)
        return start(book, operation, events, written)
    if slot == NONE or operation.qty < 0 or operation.price < 0 or kind not in (CANCEL, AMEND):
        return reject(operation, UNKNOWN if slot == NONE else INVALID, events, written)
    if kind == CANCEL:
        return cancel(book, operation, slot, events, written)
    return amend(book, operation, slot, events, written)


def reject(operation: Any, reason: int, events: Any, written: int) -> int:
    """Tell that nothing came of an operation."""
    return tell(events, written, REJECTED, operation.order_id, 0, operation.side, operation.price, operation.qty, 0,
                reason)  # fmt: skip


def refusal(book: Any, operation: Any, slot: int) -> int:
    """Return why a new order cannot be taken, -1 where it can."""
    qty, price, side = operation.qty, operation.price, operation.side
    priced = operation.kind == MARKET or (price > 0 and price <= AMOUNT_MAX)
    if side not in (1, -1) or qty <= 0 or qty > AMOUNT_MAX or not priced:
        return INVALID
    return DUPLICATE if slot != NONE else -1


def arrive(head: Any, operation: Any) -> None:
    """Make a new order the incoming one."""
    market = operation.kind == MARKET
    head.order_id = operation.order_id
    head.owner = operation.owner
    head.side = operation.side
    head.price = 0 if market else operation.price
    head.limit = operation.side * 2 * AMOUNT_MAX if market else operation.price
    head.left = operation.qty
    head.peak = operation.peak
    head.tif = IOC if market and operation.tif == REST else operation.tif
    head.post_only = operation.post_only
    head.self_match = operation.self_match
    head.first = operation.first
    head.amended = 0


def start(book: Any, operation: Any, events: Any, written: int) -> int:
    """Let the incoming order begin to trade, unless its terms forbid it."""
    head = book.head[0]
    if head.post_only and crosses(book, head.side, head.limit):
        return reject(operation, WOULD_TRADE, events, written)
    if head.tif == FOK and reachable(book) < head.left:
        return tell(events, written, CANCELED, head.order_id, 0, head.side, head.price, head.left, 0, KILLED)
    head.busy = 1
    head.refused = 0
    return written


def cancel(book: Any, operation: Any, slot: int, events: Any, written: int) -> int:
    """Take off an order, or as much of it as `qty` says; what is left keeps its place."""
    order = book.orders[slot]
    total = order.shown + order.hidden
    off = total if operation.qty == 0 else min(operation.qty, total)
    written = tell(events, written, CANCELED, order.order_id, 0, order.side, order.price, off, total - off, ASKED)
    lower(book, slot, off)
    return written


def amend(book: Any, operation: Any, slot: int, events: Any, written: int) -> int:
    """Change price or what is left of an order; it keeps its place where only the quantity falls."""
    head = book.head[0]
    order = book.orders[slot]
    total = order.shown + order.hidden
    price = order.price if operation.price == 0 else operation.price
    qty = total if operation.qty == 0 else operation.qty
    if price > AMOUNT_MAX or qty > AMOUNT_MAX:
        return reject(operation, INVALID, events, written)
    if price == order.price and qty <= total:
        lower(book, slot, total - qty)
        return tell(events, written, AMENDED, order.order_id, 0, order.side, price, qty, order.shown, KEPT)
    if order.post_only and crosses(book, order.side, price):
        return reject(operation, WOULD_TRADE, events, written)
    arrive(head, operation)
    head.owner = order.owner
    head.side = order.side
    head.price = price
    head.limit = price
    head.left = qty
    head.peak = order.peak if order.queue == DISPLAYED else -1
    head.post_only = order.post_only
    head.tif = REST
    head.amended = 1
    remove(book, slot)
    shown = displayed(head)
    written = tell(events, written, AMENDED, head.order_id, 0, head.side, price, qty, shown, MOVED)
    return start(book, operation, events, written)


def lower(book: Any, slot: int, off: int) -> None:
    """Take quantity off an order where it stands, the reserve first; one with nothing left goes."""
    order = book.orders[slot]
    if off >= order.shown + order.hidden:
        remove(book, slot)
        return
    level = book.levels[order.level]
    reserve = min(off, order.hidden)
    order.hidden -= reserve
    level.hidden -= reserve
    order.shown -= off - reserve
    level.shown -= off - reserve


# the incoming order


def crosses(book: Any, side: int, limit: int) -> bool:
    """Say whether an order would trade at once."""
    level = best_level(book, -side)
    return level != NONE and side * (limit - book.levels[level].price) >= 0


def is_own(head: Any, order: Any) -> bool:
    """Say whether the incoming order may not trade with this one; owner 0 is nobody."""
    return head.owner != 0 and order.owner == head.owner and head.self_match != ALLOW


def sweep(book: Any, events: Any, written: int) -> int:
    """Trade the incoming order as far as it goes; `head.busy` stays where the room for events ran out."""
    head = book.head[0]
    while head.left > 0 and head.refused == 0 and crosses(book, head.side, head.limit):
        if written + EVENTS_MIN > len(events):
            return written
        slot = front_of(book.levels[best_level(book, -head.side)])
        order = book.orders[slot]
        own = is_own(head, order)
        if own and head.self_match == CANCEL_INCOMING:
            head.refused = 1
        elif own and head.self_match == CANCEL_RESTING:
            total = order.shown + order.hidden
            written = tell(events, written, CANCELED, order.order_id, head.order_id, order.side, order.price, total, 0,
                           SELF_MATCH)  # fmt: skip
            remove(book, slot)
        else:
            written = meet(book, slot, own, events, written)
    head.busy = 0
    return written


def meet(book: Any, slot: int, own: bool, events: Any, written: int) -> int:
    """Let the incoming order and one that rests trade, or take both down by as much where they have one owner."""
    head = book.head[0]
    order = book.orders[slot]
    size = min(head.left, order.shown if order.queue == DISPLAYED else order.hidden)
    head.left -= size
    left = order.shown + order.hidden - size
    if own:
        written = tell(events, written, CANCELED, order.order_id, head.order_id, order.side, order.price, size, left,
                       SELF_MATCH)  # fmt: skip
        written = tell(events, written, CANCELED, head.order_id, order.order_id, head.side, head.price, size, head.left,
                       SELF_MATCH)  # fmt: skip
    else:
        written = tell(events, written, TRADED, order.order_id, head.order_id, head.side, order.price, size, left,
                       head.left)  # fmt: skip
    return consume(book, slot, size, events, written)


def consume(book: Any, slot: int, size: int, events: Any, written: int) -> int:
    """Take what was traded off an order; a spent peak is filled up at the end of the queue."""
    order = book.orders[slot]
    level = book.levels[order.level]
    if order.queue == DARK:
        order.hidden -= size
        level.hidden -= size
    else:
        order.shown -= size
        level.shown -= size
    if order.shown + order.hidden == 0:
        remove(book, slot)
    elif order.queue == DISPLAYED and order.shown == 0:
        fresh = min(order.peak, order.hidden)
        order.shown = fresh
        order.hidden -= fresh
        level.shown += fresh
        level.hidden -= fresh
        unlink(book, slot)
        append(book, slot)
        written = tell(events, written, AMENDED, order.order_id, 0, order.side, order.price,
                       order.shown + order.hidden, fresh, REFRESHED)  # fmt: skip
    return written


def displayed(head: Any) -> int:
    """Return how much of the incoming order is shown where it rests: all, its peak, or nothing."""
    if head.peak < 0:
        return 0
    return head.left if head.peak == 0 else min(head.peak, head.left)


def settle(book: Any, events: Any, written: int) -> int:
    """Let what is left of the incoming order rest or end."""
    head = book.head[0]
    if head.left == 0:
        return written
    reason = SELF_MATCH if head.refused else UNFILLED
    if head.refused == 0 and head.tif == REST:
        if rest(book):
            if head.amended:
                return written
            return tell(events, written, ADDED, head.order_id, 0, head.side, head.price, head.left, displayed(head), 0)
        reason = FULL
    return tell(events, written, CANCELED, head.order_id, 0, head.side, head.price, head.left, 0, reason)


def rest(book: Any) -> bool:
    """Put the incoming order into the book; False where its level holds all that can be counted."""
    head = book.head[0]
    level_slot = open_level(book, head.side, head.price)
    level = book.levels[level_slot]
    if level.shown + level.hidden > 4 * AMOUNT_MAX - head.left:
        return False
    slot = new_slot(book)
    order = book.orders[slot]
    order.order_id = head.order_id
    order.owner = head.owner
    order.side = head.side
    order.price = head.price
    order.shown = displayed(head)
    order.hidden = head.left - order.shown
    order.peak = max(head.peak, 0)
    order.queue = DISPLAYED if order.shown > 0 else DARK
    order.post_only = head.post_only
    order.level = level_slot
    level.shown += order.shown
    level.hidden += order.hidden
    if head.first:
        put_first(book, slot)
    else:
        append(book, slot)
    enter(book, slot)
    return True


def reachable(book: Any) -> int:
    """Return how much the incoming order could trade at once, or something beyond it where that is enough."""
    head = book.head[0]
    row = row_of(-head.side)
    total = 0
    rank = head.depth[row] - 1
    while rank >= 0 and total < head.left:
        level = book.levels[book.ranks[row, rank]]
        if head.side * (head.limit - level.price) < 0:
            break
        if head.owner == 0 or head.self_match == ALLOW:
            total += level.shown + level.hidden
        else:
            own, ahead = own_of(book, level)
            if own > 0 and head.self_match != CANCEL_RESTING:
                return total + ahead
            total += level.shown + level.hidden - own
        rank -= 1
    return total


def own_of(book: Any, level: Any) -> tuple[int, int]:
    """Return what a level holds of the incoming order's owner, and what would trade before the first of it."""
    head = book.head[0]
    own = 0
    ahead = 0
    reserves = 0
    for queue in range(2):
        slot = level.first[queue]
        while slot != NONE:
            order = book.orders[slot]
            if order.owner == head.owner:
                own += order.shown + order.hidden
            elif own == 0:
                ahead += order.shown if queue == DISPLAYED else order.hidden
                reserves += order.hidden if queue == DISPLAYED else 0
            slot = order.following
        if own == 0:
            ahead += reserves
            reserves = 0
    return own, ahead
