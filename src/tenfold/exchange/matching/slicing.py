"""Work large orders in slices over time, by TWAP or VWAP, whatever matches the slices.

How it works. Up to each moment a share of the order is due: of the time that has passed, or of the volume that a session usually has
traded by then. At each step what is due and not filled is sent as one order under an id of its own, in place of what the
last step left unfilled. With a bound on participation no more is sent than this share of what has been traded since the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from tenfold.domain.market import Bar, Trade
from tenfold.domain.units import NS_PER_HOUR, NS_PER_MINUTE
from tenfold.exchange.events import Edge, Kind, MarketEvent
from tenfold.exchange.orders_to_match import NANO, End, Ended, Execution, Matching, Outcome, Ticket
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.wire import nano_of

_SLICES_MAX: Final = 390
_SMILE: Final = 1.5  # how much busier the ends of a session are than its middle


@dataclass(eq=False, slots=True)
class _Parent:
    """Hold an order that is worked in slices: what is left, the slice at work, and the volume since the start."""

    ticket: Ticket
    left: int
    start_ns: int
    end_ns: int
    next_ns: int
    child_id: str = ""
    made: int = 0
    volume: int = 0

    @property
    def step_ns(self) -> int:
        """Time between slices: a minute, longer where there would be too many."""
        return max(NS_PER_MINUTE, -(-(self.end_ns - self.start_ns) // _SLICES_MAX))

    def due(self, ts_ns: int, session: tuple[int, int]) -> int:
        """Return how much is to be filled or at work from a moment until the next step; whole shares but for the last."""
        until = ts_ns + self.step_ns
        if until >= self.end_ns:
            return self.ticket.qty
        progress = (until - self.start_ns) / (self.end_ns - self.start_ns)
        if self.ticket.algorithm == "VWAP":
            first, last = traded_by(self.start_ns, session), traded_by(self.end_ns, session)
            if last > first:  # else it works before the session opens, where the curve says nothing
                progress = (traded_by(until, session) - first) / (last - first)
        qty = int(self.ticket.qty * progress)
        return qty - qty % NANO

    def slice_qty(self, ts_ns: int, session: tuple[int, int]) -> int:
        """Return how much to send at a step, 0 for nothing."""
        filled = self.ticket.qty - self.left
        qty = min(self.due(ts_ns, session) - filled, self.left)
        if self.ticket.max_frac is not None:
            qty = min(qty, int(self.volume * self.ticket.max_frac) - filled)
        return max(qty, 0)


def traded_by(ts_ns: int, session: tuple[int, int]) -> float:
    """Return the share of a session's volume that is usually traded by a moment.

    The rate is a parabola over the session, lowest in its middle: the U of intraday volume (Jain and Joh 1988).
    """
    opened, closed = session
    x = min(max((ts_ns - opened) / (closed - opened), 0.0), 1.0)
    return (x + _SMILE * ((2.0 * x - 1.0) ** 3 + 1.0) / 6.0) / (1.0 + _SMILE / 3.0)


class SlicedMatching:
    """Slice what names an algorithm, and hand everything else to the matcher behind; a `Matching`.

    Parameters
    ----------
    inner : matches slices and all other orders
    kinds : what is known of each symbol: where it is bars, they tell the volume, else prints do
    """

    def __init__(self, inner: Matching, kinds: Mapping[str, Kind], sessions: Sessions) -> None:
        self._inner = inner
        self._kinds = kinds
        self._sessions = sessions
        self._parents: dict[str, _Parent] = {}
        self._of_child: dict[str, _Parent] = {}

    # Matching

    def submit(self, ticket: Ticket) -> list[Outcome]:
        """Take a ticket; one with an algorithm sends its first slice when its time has come."""
        if not ticket.algorithm:
            return self._inner.submit(ticket)
        start_ns = max(ticket.start_ns or ticket.ts_ns, ticket.ts_ns)
        end_ns = self._end_of(ticket, start_ns)
        if ticket.kind not in {"market", "limit"} or end_ns <= start_ns:
            return [Ended(order_id=ticket.order_id, ts_ns=ticket.ts_ns, status="rejected")]
        self._parents[ticket.order_id] = _Parent(ticket, ticket.qty, start_ns, end_ns, start_ns)
        return self._step(ticket.ts_ns)

    def cancel(self, order_id: str, ts_ns: int) -> bool:
        """Take an order away, and the slice that works of it."""
        parent = self._parents.pop(order_id, None)
        if parent is None:
            return self._inner.cancel(order_id, ts_ns)
        self._recall(parent, ts_ns)
        return True

    def amend(self, ticket: Ticket, old_id: str) -> list[Outcome] | None:
        """Put a ticket in the place of an order; one that is sliced begins anew with what is left."""
        if old_id not in self._parents:
            return self._inner.amend(ticket, old_id)
        self.cancel(old_id, ticket.ts_ns)
        return self.submit(ticket)

    def on_market(self, event: MarketEvent) -> list[Outcome]:
        """Live through an event, after the steps that were due before it."""
        found = self._step(event.ts_ns - 1) if self._parents else []
        if self._parents:
            self._count(event)
        found += self._heard(self._inner.on_market(event))
        if type(event) is Edge and event.kind == "close":
            found += self._close(event.ts_ns)
        return found

    def on_time(self, ts_ns: int) -> list[Outcome]:
        """Send the slices that are due by a time."""
        found = self._heard(self._inner.on_time(ts_ns))
        return found + self._step(ts_ns)

    def next_due_ns(self) -> int | None:
        """Return when something is due next, here or in the matcher behind."""
        inner = self._inner.next_due_ns()
        if not self._parents:
            return inner
        due = [parent.next_ns for parent in self._parents.values()]
        return min(due if inner is None else [*due, inner], default=None)

    # slices

    def _end_of(self, ticket: Ticket, start_ns: int) -> int:
        if is_pair(ticket.symbol):
            return ticket.end_ns or start_ns + NS_PER_HOUR
        close_ns = self._sessions.next_close(start_ns)
        return min(ticket.end_ns or close_ns, close_ns)

    def _step(self, ts_ns: int) -> list[Outcome]:
        """Send what is due; an order whose end has passed is over."""
        found: list[Outcome] = []
        for order_id, parent in list(self._parents.items()):
            while parent.next_ns <= ts_ns and order_id in self._parents:
                now_ns = parent.next_ns
                if now_ns > parent.end_ns:
                    found.append(self._over(parent, now_ns, "canceled"))
                    break
                parent.next_ns += parent.step_ns
                if parent.next_ns >= parent.end_ns:
                    parent.next_ns = parent.end_ns + 1  # what happens at the end itself still counts
                found += self._send(parent, now_ns)
        return found

    def _send(self, parent: _Parent, ts_ns: int) -> list[Outcome]:
        self._recall(parent, ts_ns)
        qty = parent.slice_qty(ts_ns, self._session(parent))
        if qty <= 0:
            return []
        parent.made += 1
        parent.child_id = f"{parent.ticket.order_id}/{parent.made}"
        self._of_child[parent.child_id] = parent
        child = replace(
            parent.ticket, order_id=parent.child_id, qty=qty, ts_ns=ts_ns, algorithm="", start_ns=None, end_ns=None,
            max_frac=None,
        )  # fmt: skip
        return self._heard(self._inner.submit(child))

    def _session(self, parent: _Parent) -> tuple[int, int]:
        """Return open and close of the session in which an order works; of a coin its own time."""
        current = self._sessions.current(parent.start_ns)
        if is_pair(parent.ticket.symbol) or current is None:
            return parent.start_ns, parent.end_ns
        return current.open_ns, current.close_ns

    def _recall(self, parent: _Parent, ts_ns: int) -> None:
        if parent.child_id:
            self._inner.cancel(parent.child_id, ts_ns)
            del self._of_child[parent.child_id]
            parent.child_id = ""

    def _heard(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Return outcomes in the names of the orders that were sliced."""
        found: list[Outcome] = []
        for outcome in outcomes:
            parent = self._of_child.get(outcome.order_id)
            if parent is None:
                found.append(outcome)
            elif isinstance(outcome, Execution):
                found.append(replace(outcome, order_id=parent.ticket.order_id))
                parent.left -= outcome.qty
                if parent.left == 0:
                    self._forget(parent)
            elif isinstance(outcome, Ended) and outcome.status != "canceled":
                found.append(self._over(parent, outcome.ts_ns, outcome.status))
        return found

    def _close(self, ts_ns: int) -> list[Outcome]:
        """End the orders of the day of which no slice works."""
        over = [one for one in self._parents.values() if one.ticket.tif == "day" and one.ticket.ts_ns < ts_ns]
        return [self._over(parent, ts_ns, "expired") for parent in over]

    def _over(self, parent: _Parent, ts_ns: int, status: End) -> Ended:
        self._recall(parent, ts_ns)
        self._forget(parent)
        return Ended(order_id=parent.ticket.order_id, ts_ns=ts_ns, status=status)

    def _forget(self, parent: _Parent) -> None:
        self._parents.pop(parent.ticket.order_id, None)
        self._of_child.pop(parent.child_id, None)

    def _count(self, event: MarketEvent) -> None:
        """Count what is traded towards the orders that work."""
        by_bars = self._kinds.get(getattr(event, "symbol", "")) == "bars"
        if isinstance(event, Trade) and not by_bars:
            size = event.size
        elif isinstance(event, Bar) and by_bars and event.volume > 0.0:
            size = event.volume
        else:
            return
        for parent in self._parents.values():
            if parent.ticket.symbol == event.symbol and parent.start_ns < event.ts_ns <= parent.end_ns:
                parent.volume += nano_of(size)
