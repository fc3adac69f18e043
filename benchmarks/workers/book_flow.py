"""Draw a flow of orders once, and keep it as operations and as the feed of orders that a venue would publish of it.

Half of the operations add an order at one of 1,000 prices, two fifths cancel one that rests, a tenth take what is best, so that
about as many orders go as come.
"""

import random
from pathlib import Path
from typing import Any

import numpy as np
import task

from tenfold.kernels import book as kernel
from tenfold.simulation.book import BUY, SELL, OrderBook
from tenfold.simulation.book_arrays import OPERATION
from tenfold.simulation.book_events import Added, Canceled, Traded

LEVELS = 1_000
MIDDLE = 100_000
RESTING = 10_000
FEED = np.dtype([("what", "i8"), ("moment", "i8"), ("side", "i8"), ("price", "i8"), ("qty", "i8"), ("order_id", "i8")])
ADDED, CANCELED, FILLED, CHANGED = 0, 1, 2, 3


class Flow:
    """Draw operations, and follow the book to know which orders rest."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 -- reproducible, not secret
        self.book = OrderBook()
        self.live: list[int] = []
        self.place: dict[int, int] = {}
        self.last_id = 0
        self.operations: list[tuple[int, ...]] = []
        self.feed: list[tuple[int, ...]] = []

    def add(self) -> None:
        side = self.rng.choice((BUY, SELL))
        away = min(int(self.rng.expovariate(1 / 60)), LEVELS // 2 - 1)
        price = MIDDLE - 1 - away if side == BUY else MIDDLE + away
        self.last_id += 1
        self._do(kernel.ADD, self.last_id, side, price, self.rng.randint(1, 100))

    def cancel(self) -> None:
        self._do(kernel.CANCEL, self.rng.choice(self.live), 0, 0, 0)

    def take(self) -> None:
        self.last_id += 1
        self._do(kernel.MARKET, self.last_id, self.rng.choice((BUY, SELL)), 0, self.rng.randint(1, 100))

    def step(self) -> None:
        draw = self.rng.random()
        if draw < 0.5 or len(self.live) < RESTING // 2:
            self.add()
        elif draw < 0.9:
            self.cancel()
        else:
            self.take()

    def _do(self, kind: int, order_id: int, side: int, price: int, qty: int) -> None:
        moment = len(self.operations)
        self.operations.append((kind, order_id, 0, side, price, qty, 0, 0, 0, 0, 0))
        if kind == kernel.ADD:
            events = self.book.add(order_id, side, price, qty)
        elif kind == kernel.MARKET:
            events = self.book.market(order_id, side, qty)
        else:
            events = self.book.cancel(order_id)
        for event in events:
            if isinstance(event, Added):
                self.place[event.order_id] = len(self.live)
                self.live.append(event.order_id)
                self.feed.append((ADDED, moment, event.side, event.price, event.qty, event.order_id))
            elif isinstance(event, Canceled):
                if event.order_id in self.place:
                    self._forget(event.order_id)
                    self.feed.append((CANCELED, moment, event.side, event.price, event.qty, event.order_id))
            elif isinstance(event, Traded):
                maker = (moment, -event.side, event.price, event.qty, event.maker_id)
                self.feed.append((FILLED, *maker))
                if event.maker_left:
                    self.feed.append((CHANGED, moment, -event.side, event.price, event.maker_left, event.maker_id))
                else:
                    self._forget(event.maker_id)
                    self.feed.append((CANCELED, *maker))

    def _forget(self, order_id: int) -> None:
        place, last = self.place.pop(order_id), self.live.pop()
        if last != order_id:
            self.live[place], self.place[last] = last, place


def make(path: Path, job: dict[str, Any]) -> None:
    """Write the flow: the first RESTING orders fill the book, what follows is measured."""
    flow = Flow(job["seed"])
    while len(flow.live) < RESTING:
        flow.add()
    begun, fed = len(flow.operations), len(flow.feed)
    for _ in range(job["operations"]):
        flow.step()
    part = path.with_suffix(".part.npz")
    np.savez(
        part, operations=np.array(flow.operations, OPERATION), feed=np.array(flow.feed, FEED), begun=begun, fed=fed
    )
    part.replace(path)


def main() -> None:
    job = task.read()
    path = Path(job["path"])
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path, job)
    with np.load(path) as kept:
        measured = kept["operations"][int(kept["begun"]) :]
        shares = {str(kind): float(np.mean(measured["kind"] == kind)) for kind in (1, 2, 3)}
        task.answer(operations=len(measured), feed=len(kept["feed"]) - int(kept["fed"]), shares=shares)


main()
