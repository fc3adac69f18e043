"""Merge the sources of a market into one stream of events, in the order of time.

How it works
------------
A source yields parts, each a list of events in the order of time. The replay keeps one part of each source and a heap of the times
at which they go on, so that only sources that are due are touched. Events of one moment come in a fixed order: bars first, since
they tell what happened before it; then what changes the day (corporate actions, auctions, edges), then quotes, then prints. Events of one
kind and moment keep the order of their sources. So the order does not depend on the steps in which it is asked for.
"""

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from tenfold.exchange.events import MarketEvent
from tenfold.exchange.market.event_order import earlier, order_of
from tenfold.exchange.market.market_faults import MarketFaults

Part = Sequence[MarketEvent]
Source = Iterable[Part]

_when = attrgetter("ts_ns")


class Replay:
    """Play the events of several sources, each once, and what faults make of them."""

    def __init__(self, sources: Iterable[Source], faults: MarketFaults | None = None) -> None:
        self._faults = faults
        self._sources: list[Iterator[Part]] = [iter(source) for source in sources]
        self._parts: list[Part] = [() for _ in self._sources]
        self._places = [0] * len(self._sources)
        self._due: list[tuple[int, int]] = []
        for number in range(len(self._sources)):
            self._refill(number)

    def next_ns(self) -> int | None:
        """Return when the next event happens, None at the end."""
        due_ns = self._due[0][0] if self._due else None
        later_ns = None if self._faults is None else self._faults.next_ns()
        return earlier(due_ns, later_ns)

    def take(self, until_ns: int) -> list[MarketEvent]:
        """Return the events up to a moment, itself included, in order."""
        one = self._only_one(until_ns)
        if one is not None:
            return [one] if self._faults is None else self._faults.through([one], until_ns)
        taken: dict[int, list[MarketEvent]] = {}
        while self._due and self._due[0][0] <= until_ns:
            number = heapq.heappop(self._due)[1]
            part, place = self._parts[number], self._places[number]
            stop = bisect_right(part, until_ns, lo=place + 1, key=_when)
            taken.setdefault(number, []).extend(part[place:stop])
            self._places[number] = stop
            self._refill(number)
        found = [event for number in sorted(taken) for event in taken[number]]
        if len(found) > 1:
            found.sort(key=order_of)
        return found if self._faults is None else self._faults.through(found, until_ns)

    def _only_one(self, until_ns: int) -> MarketEvent | None:
        """Return the event that is due, if it is the only one and not the last of its part: mostly it is."""
        due = self._due
        if not due or due[0][0] > until_ns:
            return None
        number = due[0][1]
        part, place = self._parts[number], self._places[number]
        if place + 1 >= len(part) or part[place + 1].ts_ns <= until_ns:
            return None
        for next_ns, _ in due[1:3]:  # the next of a heap is one of the two below its top
            if next_ns <= until_ns:
                return None
        heapq.heapreplace(due, (part[place + 1].ts_ns, number))
        self._places[number] = place + 1
        return part[place]

    def _refill(self, number: int) -> None:
        """Put a source back on the heap, with its next part where this one is used up."""
        while self._places[number] >= len(self._parts[number]):
            part = next(self._sources[number], None)
            if part is None:
                self._parts[number] = ()
                return
            self._parts[number], self._places[number] = part, 0
        heapq.heappush(self._due, (self._parts[number][self._places[number]].ts_ns, number))
