"""Rebuild the book of one symbol from a snapshot and the changes of levels that follow it.

How it works
------------
A venue sends changes under rising ids from the moment one listens, and on request a snapshot that was taken under some id.
Changes are kept until the snapshot is there; those that it contains already are dropped, the rest is laid over it. Each
change must begin no later than the id after the last one in the book: else something was lost, and the book is
broken until the next snapshot.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tenfold.domain.errors import DataError
from tenfold.market.ticks import Ticks

BID: Final = 1
ASK: Final = -1
_NAN: Final = float("nan")
_NEEDED: Final = ("snapshot", "side", "price", "qty", "first_id", "last_id")

Level = tuple[int, float, float]
"""Side (`BID` or `ASK`), price, quantity; a quantity of 0 removes the level."""


class DepthBook:
    """Hold the levels of one book; prices and quantities as the venue states them.

    Attributes
    ----------
    last_id : id of the last change that is in the book; 0 before the first snapshot
    broken : a change was lost: what stands here may be wrong until the next snapshot
    gaps : how often a change was lost
    """

    def __init__(self) -> None:
        self.last_id = 0
        self.broken = False
        self.gaps = 0
        self._sides: dict[int, dict[float, float]] = {BID: {}, ASK: {}}
        self._prices: dict[int, list[float]] = {BID: [], ASK: []}
        self._early: list[tuple[int, int, Sequence[Level]]] = []

    def snapshot(self, last_id: int, levels: Iterable[Level]) -> None:
        """Put a snapshot in place of everything, and lay over it the changes that had come before it and follow it."""
        for side in (BID, ASK):
            self._sides[side].clear()
            self._prices[side].clear()
        self.last_id, self.broken = last_id, False
        self._lay(levels)
        early, self._early = self._early, []
        for first, last, changes in early:
            self.change(first, last, changes)

    def change(self, first_id: int, last_id: int, levels: Sequence[Level]) -> bool:
        """Take one update with the ids that it covers; say whether it is in the book now."""
        if self.last_id == 0:
            self._early.append((first_id, last_id, levels))
            return False
        if last_id <= self.last_id:
            return False
        if first_id > self.last_id + 1:
            self.lose()
        self.last_id = last_id
        self._lay(levels)
        return True

    def lose(self) -> None:
        """Note that a change was lost, whatever the ids say."""
        self.broken = True
        self.gaps += 1

    def best(self) -> tuple[float, float, float, float]:
        """Return bid, its quantity, ask, its quantity; NaN and 0 for a side without levels."""
        bids, asks = self._prices[BID], self._prices[ASK]
        bid, ask = (bids[-1] if bids else _NAN), (asks[0] if asks else _NAN)
        return bid, self._sides[BID].get(bid, 0.0), ask, self._sides[ASK].get(ask, 0.0)

    def levels(self, side: int, count: int) -> list[tuple[float, float]]:
        """Return the best levels of a side as (price, quantity), best first."""
        prices = self._prices[side][-count:][::-1] if side == BID else self._prices[side][:count]
        return [(price, self._sides[side][price]) for price in prices]

    def _lay(self, levels: Iterable[Level]) -> None:
        for side, price, qty in levels:
            standing, prices = self._sides[side], self._prices[side]
            if qty > 0.0:
                if price not in standing:
                    insort(prices, price)
                standing[price] = qty
            elif price in standing:
                del standing[price]
                del prices[bisect_left(prices, price)]


def rebuild(parts: Iterable[Ticks], book: DepthBook) -> Iterator[tuple[int, int]]:
    """Lay stored changes of levels over a book, part by part; yield (time, id) of each update that is in the book then.

    Rows of one update stand together and may run over the end of a part. A row without side, price, quantity or ids is a
    change that was lost: the book is broken from its update on. Raises DataError where the rows keep no levels.
    """
    held = _Update()
    for part in parts:
        absent = [name for name in _NEEDED if name not in part.columns]
        if absent:
            raise DataError(f"depth of {part.symbol} lacks {', '.join(absent)}: a book needs the levels themselves")
        columns = np.stack([part.numbers(name) for name in _NEEDED])
        finite = np.isfinite(columns)
        sided = np.abs(columns[1]) == 1.0
        has_level = np.logical_and.reduce([*finite[1:4], sided]).tolist()
        has_key = np.logical_and.reduce(finite[[0, 4, 5]]).tolist()
        rows = zip(has_level, has_key, part.ts_ns.tolist(), *columns.tolist(), strict=True)
        for level, keyed, ts_ns, snapshot, side, price, qty, first_id, last_id in rows:
            key = (bool(snapshot), int(first_id), int(last_id)) if keyed else held.key
            if key != held.key:
                yield from held.laid_over(book)
                held = _Update(key, lost=held.lost and held.key is None)
            held.ts_ns = ts_ns
            if level and keyed:
                held.levels.append((int(side), price, qty))
            else:
                held.lost = True
    yield from held.laid_over(book)


@dataclass(slots=True)
class _Update:
    """Gather the rows of one update."""

    key: tuple[bool, int, int] | None = None
    ts_ns: int = 0
    levels: list[Level] = field(default_factory=list)
    lost: bool = False

    def laid_over(self, book: DepthBook) -> Iterator[tuple[int, int]]:
        if self.key is None:
            return
        snapshot, first_id, last_id = self.key
        if self.lost and not snapshot and book.last_id == 0:
            return  # kept for the snapshot it would hide the loss; left out, the ids show it
        if snapshot:
            book.snapshot(last_id, self.levels)
        elif not book.change(first_id, last_id, self.levels):
            return
        if self.lost:
            book.lose()
        yield self.ts_ns, book.last_id
