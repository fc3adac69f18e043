"""Hold an order that lives in the books, and say when its stop is elected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from msgspec.structs import replace

from tenfold.exchange.matching.routing import Child
from tenfold.exchange.orders_to_match import Ticket, Trailed
from tenfold.exchange.price_steps import collared

State = Literal["idle", "auction", "stop", "flying", "taking", "resting", "done"]
"""Waits for its hours, for an auction, for its election; on its way; takes what comes within its limit; rests; ended."""

_TRIGGERED: Final = ("stop", "stop_limit", "trailing_stop")


@dataclass(eq=False, slots=True)
class Live:
    """Hold what is left of a ticket and where it stands.

    Attributes
    ----------
    number : id in the books of venues
    owner : of the account, from 1
    limit : worst price now, None where there is none yet
    elected : whether its stop was
    best, stop : of a trailing stop; `stop` of every order that waits for election
    place : of the venue at which it rests
    lowered : whether others of its group filled a part of it
    children, due_ns : what flies to which venues, and when it arrives; `rests` says that it is to rest there
    """

    ticket: Ticket
    number: int
    owner: int
    left: int
    state: State = "idle"
    limit: int | None = None
    elected: bool = False
    best: int = 0
    stop: int = 0
    place: int = -1
    children: Sequence[Child] = ()
    due_ns: int = 0
    rests: bool = False
    lowered: bool = False

    def __post_init__(self) -> None:
        self.limit = self.ticket.limit
        self.stop = self.ticket.stop or 0

    @property
    def waits(self) -> bool:
        """Whether it waits for its election."""
        return self.ticket.kind in _TRIGGERED and not self.elected

    @property
    def takes_only(self) -> bool:
        """Whether it is a market order by now, which never rests."""
        kind = self.ticket.kind
        return kind == "market" or (
            self.elected and (kind == "trailing_stop" or (kind == "stop" and self.ticket.side < 0))
        )

    @property
    def at_once(self) -> bool:
        """Whether it trades at once or not at all."""
        return self.ticket.tif in {"ioc", "fok"}

    def inherit(self, old: "Live") -> None:
        """Take over from an order that this one replaces that its stop was elected, and its best price."""
        if old.elected:
            self._trigger()
        if old.best:
            self.trail(old.best)

    def trail(self, price: int) -> bool:
        """Move a trailing stop behind a price where it is the best so far; say whether it moved."""
        side = self.ticket.side
        if self.ticket.kind != "trailing_stop" or price <= 0 or (self.best and side * (self.best - price) <= 0):
            return False
        away = self.ticket.trail if self.ticket.trail is not None else round(price * (self.ticket.trail_frac or 0.0))
        self.best, self.stop = price, price + side * away
        return True

    def trailed(self) -> Trailed:
        """Return the report of where a trailing stop stands."""
        return Trailed(order_id=self.ticket.order_id, best=self.best, stop=self.stop)

    def elect(self, price: int) -> bool:
        """Elect the stop where a price reaches it: it becomes a market or a limit order."""
        side = self.ticket.side
        if not self.waits or self.stop <= 0 or side * (price - self.stop) < 0:
            return False
        self._trigger()
        return True

    def _trigger(self) -> None:
        """Let a stop become what it is to become: a purchase a limit order, within the bounds of one at the market."""
        self.elected = True
        if self.ticket.kind == "stop" and self.ticket.side > 0:
            self.limit = collared(self.stop)


def is_same_but_for_size(one: Ticket, other: Ticket) -> bool:
    """Say whether two tickets differ at most in their quantity, or in how many days they work."""
    alike = replace(one, order_id=other.order_id, qty=other.qty, ts_ns=other.ts_ns)
    return other == (replace(alike, tif=other.tif) if {one.tif, other.tif} == {"day", "gtc"} else alike)
