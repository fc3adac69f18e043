"""Play a flow of orders through the order book, one call each or all at once."""

from functools import partial

import numpy as np
import task

from tenfold.kernels import book as kernel
from tenfold.simulation.book import OrderBook
from tenfold.simulation.book_events import Traded


def one_by_one(book: OrderBook, operations: list[tuple[int, ...]]) -> tuple[int, int]:
    """Return how many events came, and how much was traded."""
    add, market, cancel = book.add, book.market, book.cancel
    events = traded = 0
    for kind, order_id, side, price, qty in operations:
        if kind == kernel.ADD:
            found = add(order_id, side, price, qty)
        elif kind == kernel.CANCEL:
            found = cancel(order_id)
        else:
            found = market(order_id, side, qty)
        events += len(found)
        for event in found:
            if type(event) is Traded:
                traded += event.qty
    return events, traded


def at_once(book: OrderBook, operations: np.ndarray) -> tuple[int, int]:
    """Return how many events came, and how much was traded."""
    events = book.apply(operations)
    return len(events), int(events["qty"][events["kind"] == kernel.TRADED].sum())


def main() -> None:
    job = task.read()
    with np.load(job["path"]) as kept:
        operations, begun = kept["operations"], int(kept["begun"])
    book = OrderBook()
    book.apply(operations[:begun])
    given = operations[begun:]
    if job["single"]:
        rows = given[["kind", "order_id", "side", "price", "qty"]].tolist()
        times, (events, traded) = task.timed(partial(one_by_one, book, rows))
    else:
        times, (events, traded) = task.timed(partial(at_once, book, given))
    best = [level.price for level in (book.best(1), book.best(-1)) if level]
    task.answer(**times, events=events, traded=traded, resting=len(book), best=best)


main()
