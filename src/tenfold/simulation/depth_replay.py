"""Let recorded liquidity rest in a book, where our orders queue behind it and trade with it.

How it works. What was recorded stands in the book as orders of nobody, with ids below zero. A recorded change of a level is a
target: what is missing arrives behind everything that rests, what is too much is cancelled, before and behind our orders by a
model of `queue_position`. A recorded trade arrives as an order that takes what stands first in the queue, ours
included; a level that it touched and the next change does not mention is what it was before, for so the record says. What our
own orders take of a level stays taken until the level is gone from the record: nobody can buy the same offer twice.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from tenfold.simulation.book import BUY, SELL, OrderBook, Resting
from tenfold.simulation.book_events import BookEvent, Traded
from tenfold.simulation.queue_position import BehindShare, front_after, power

Change = tuple[int, float, float]
"""Side (+1 bid, -1 ask), price, quantity; a quantity of 0 removes the level."""

_KEPT: Final = 16


class DepthReplay:
    """Keep recorded liquidity in a book; ids of all other orders must be above zero.

    Parameters
    ----------
    share : which share of what is cancelled stood behind an order of ours, by default as if all were as likely to cancel
    scale : units of the book in one of the record's, for prices and quantities alike
    """

    def __init__(self, book: OrderBook, share: BehindShare | None = None, scale: int = 1_000_000_000) -> None:
        self.book = book
        self._share = share if share is not None else power(1.0)
        self._scale = scale
        self._last_id = 0
        self._recorded: dict[tuple[int, int], int] = {}
        self._left: dict[tuple[int, int], int] = {}  # what was left standing of it
        self._taken: dict[tuple[int, int], int] = {}  # what our orders took of it
        self._hidden: dict[tuple[int, int], int] = {}
        self._touched: set[tuple[int, int]] = set()
        self._top = {BUY: 0, SELL: 0}  # of the last quote
        self._aggressor = BUY

    # the record, in its own numbers

    def on_depth(self, levels: Iterable[Change], snapshot: bool = False) -> list[Traded]:
        """Take changes of levels of one moment, or all levels there are; return the trades of our orders."""
        target = {(side, self._units(price)): self._units(qty) for side, price, qty in levels}
        if snapshot:
            target |= {key: 0 for key in self._recorded if key not in target}
        for key in self._touched:
            target.setdefault(key, self._recorded.get(key, 0))
        self._touched.clear()
        return self._become(target)

    def on_quote(self, bid: float, bid_size: float, ask: float, ask_size: float) -> list[Traded]:
        """Take the best bid and offer; a side without a price or size is empty."""
        return self.set_quote(*self._quoted(bid, bid_size), *self._quoted(ask, ask_size))

    def on_trade(self, price: float, size: float, aggressor: int = 0) -> list[Traded]:
        """Take a trade, `aggressor` +1 where a buyer took an offer, -1 a seller a bid, 0 unknown; return ours."""
        return self.take(aggressor, self._units(price), self._units(size))

    # the record, in units of the book

    def set_quote(
        self, bid: int, bid_qty: int, ask: int, ask_qty: int, hidden: int = 0, keep: bool = False
    ) -> list[Traded]:
        """Take the best bid and offer, where nothing is known of what lies behind; price 0 is an empty side.

        A level that a quote left for a better one is kept where an order of ours rests, which keeps its place; with `keep` always, as
        it was seen last: the nearest 16 of a side, and some beyond them. One that is come back to, and was not kept, stood there before our
        orders, unseen.
        """
        target: dict[tuple[int, int], int] = {}
        unseen: set[tuple[int, int]] = set()
        best = {BUY: (bid, bid_qty), SELL: (ask, ask_qty)}
        for key in self._recorded:
            side, price = key
            top = best[side][0]
            if top == 0 or side * (price - top) > 0 or not (keep or price == top or self._holds_ours(key)):
                target[key] = 0
        if keep and len(self._recorded) > 2 * _KEPT:
            target |= {key: 0 for key in self._distant() if not self._holds_ours(key)}
        for side, (price, qty) in best.items():
            if price:
                target[side, price] = qty
                if (side, price) not in self._recorded and side * (price - self._top[side]) <= 0:
                    unseen.add((side, price))
            self._top[side] = price if price else self._top[side]
        self._touched.clear()
        return self._become(target, hidden, unseen)

    def take(self, aggressor: int, price: int, qty: int) -> list[Traded]:
        """Let a recorded trade take what stands first at its price; return what it took of ours.

        Recorded liquidity at better prices than that of the trade is gone; orders of ours there trade first.
        """
        if price <= 0 or qty <= 0:
            return []
        side = aggressor or self._side_of(price)
        self._aggressor = side
        self._clear(-side, price, beyond=True)
        self._touched.add((-side, price))
        self._last_id -= 1
        taken = self._taken_of(-side, price)
        found = _ours(self.book.add(self._last_id, side, price, qty, tif="ioc"))
        if (-side, price) in self._recorded:
            self._left[-side, price] = _standing(self.book.queue(-side, price))
            self._taken[-side, price] = taken
        return found

    def _holds_ours(self, key: tuple[int, int]) -> bool:
        """Say whether an order of ours rests at a level."""
        return any(order.order_id > 0 for order in self.book.queue(*key))

    def _distant(self) -> list[tuple[int, int]]:
        """Return the levels that are further away than the nearest of their side that are kept."""
        sides = ([key for key in self._recorded if key[0] == side] for side in (BUY, SELL))
        return [key for keys in sides for key in sorted(keys, key=lambda key: -key[0] * key[1])[_KEPT:]]

    # the book

    def _become(
        self, target: Mapping[tuple[int, int], int], hidden: int = 0, unseen: Collection[tuple[int, int]] = ()
    ) -> list[Traded]:
        """Bring levels to their recorded quantities: what leaves goes first, so that what comes does not trade with it."""
        missing: list[tuple[int, int, int, Resting | None, bool]] = []
        for (side, price), recorded in target.items():
            if price <= 0:
                continue
            queue = self.book.queue(side, price)
            standing = _standing(queue)
            taken = self._taken_of(side, price, standing)
            qty = max(recorded - taken, 0)
            if qty < standing:
                self._cut(queue, standing - qty)
            elif qty > standing:
                last = queue[-1] if queue else None
                missing.append((side, price, qty - standing, last, (side, price) in unseen))
            self._note((side, price), recorded, qty, taken, hidden)
        found: list[Traded] = []
        for side, price, qty, last, first in missing:
            found += self._put(side, price, qty, last, first)
        return found

    def _taken_of(self, side: int, price: int, standing: int | None = None) -> int:
        """Return what our orders have taken of a level: what the record left there and no longer stands."""
        if (side, price) not in self._recorded:
            return 0
        if standing is None:
            standing = _standing(self.book.queue(side, price))
        return self._taken.get((side, price), 0) + max(self._left.get((side, price), 0) - standing, 0)

    def _note(self, key: tuple[int, int], recorded: int, left: int, taken: int, hidden: int) -> None:
        """Remember what is recorded of a level; what lies hidden there comes and goes with it."""
        if recorded > 0 and key not in self._recorded and hidden > 0:
            self._last_id -= 1
            self._hidden[key] = self._last_id
            self.book.add(self._last_id, *key, hidden, display=0, post_only=True)
        if recorded > 0:
            self._recorded[key], self._left[key], self._taken[key] = recorded, left, taken
            return
        for held in (self._recorded, self._left, self._taken):
            held.pop(key, None)
        self._unhide(key)

    def _unhide(self, key: tuple[int, int]) -> None:
        """Take away what lies hidden at a level."""
        unseen = self._hidden.pop(key, None)
        if unseen is not None and unseen in self.book:
            self.book.cancel(unseen)

    def _put(self, side: int, price: int, qty: int, last: Resting | None, first: bool) -> list[Traded]:
        """Let liquidity arrive at a level behind its last order, as one with that where it is none of ours."""
        opposite = self.book.best(-side)
        if opposite is not None and side * (price - opposite.price) >= 0:
            self._clear(-side, price, beyond=False)
        elif self._hidden:
            self._uncover(-side, price, beyond=False)
        if last is not None and last.order_id < 0:
            return _ours(self.book.amend(last.order_id, qty=last.qty + qty))
        self._last_id -= 1
        return _ours(self.book.add(self._last_id, side, price, qty, first=first))

    def _clear(self, side: int, price: int, beyond: bool) -> None:
        """Take recorded liquidity off that a price on the other side contradicts: better than it, or as good."""
        self._uncover(side, price, beyond)
        count, levels = 4, self.book.depth(side, 4)
        while len(levels) == count and side * (levels[-1].price - price) >= 0:
            count *= 4
            levels = self.book.depth(side, count)
        for level in levels:
            key = (side, level.price)
            if side * (level.price - price) < (1 if beyond else 0):
                break
            taken = self._taken_of(*key)
            for order in self.book.queue(*key):
                if order.order_id < 0:
                    self.book.cancel(order.order_id)
            if not beyond:
                self._note(key, 0, 0, 0, 0)
            elif key in self._recorded:
                self._left[key], self._taken[key] = 0, taken
                self._touched.add(key)

    def _uncover(self, side: int, price: int, beyond: bool) -> None:
        """Take away what lies hidden where a price on the other side contradicts it."""
        for standing, at in list(self._hidden):
            if standing == side and side * (at - price) >= (1 if beyond else 0):
                self._unhide((standing, at))

    def _cut(self, queue: list[Resting], drop: int) -> None:
        """Cancel recorded liquidity of a level, before and behind each order of ours as the model says; the latest first."""
        ours = next((place for place, order in enumerate(queue) if order.order_id > 0), None)
        before = queue if ours is None else queue[:ours]
        behind = [] if ours is None else queue[ours + 1 :]
        front, back = _standing(before), _standing(behind)
        off = drop
        if back:
            left = front_after(front / self._scale, (front + back) / self._scale, drop / self._scale, self._share)
            whole = not any(qty % self._scale for qty in (front, back, drop))
            kept = round(left) * self._scale if whole else round(left * self._scale)  # whole shares leave as such
            off = min(max(front - kept, drop - back, 0), front, drop)
        rest = drop - off
        for order in reversed(before):
            if off and order.order_id < 0:
                size = min(off, order.qty)
                self.book.cancel(order.order_id, size)
                off -= size
        if rest:
            self._cut(behind, rest)

    def _side_of(self, price: int) -> int:
        """Return who took a trade: a buyer at or above the offer, a seller at or below the bid, else as before."""
        bid, ask = self.book.best(BUY), self.book.best(SELL)
        if ask is not None and price >= ask.price:
            return BUY
        if bid is not None and price <= bid.price:
            return SELL
        if bid is None or ask is None or 2 * price == bid.price + ask.price:
            return self._aggressor
        return BUY if 2 * price > bid.price + ask.price else SELL

    def _units(self, value: float) -> int:
        return round(value * self._scale)

    def _quoted(self, price: float, size: float) -> tuple[int, int]:
        """Return price and size of a side of a quote, zeros where it is empty."""
        known = math.isfinite(price) and math.isfinite(size) and price > 0.0 and size > 0.0
        return (self._units(price), self._units(size)) if known else (0, 0)


def _standing(queue: Iterable[Resting]) -> int:
    """Return how much of a queue was recorded."""
    standing = 0
    for order in queue:
        if order.order_id < 0:
            standing += order.qty
    return standing


def _ours(events: Iterable[BookEvent]) -> list[Traded]:
    """Return the trades of orders that are not of the record."""
    return [event for event in events if isinstance(event, Traded) and (event.maker_id > 0 or event.taker_id > 0)]
