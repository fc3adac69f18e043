"""Hold an order, and what stands for it at the venue."""

from collections.abc import Container, Mapping
from typing import Final

import msgspec
from msgspec import structs

from tenfold.domain.order import Order, OrderStatus, OrderType
from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.ids import part_id
from tenfold.execution.lifecycle import WORKING
from tenfold.execution.reports import VenueFill

UNPRICED: Final = frozenset({OrderType.MARKET, OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE})
"""Orders that name no price."""
_PENDING: Final = frozenset({OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE})
_AT_ONCE: Final = frozenset({"ioc", "fok"})

CLOCKS_NS: Final = 60 * NS_PER_SECOND
"""By how much our clock and the venue's may be apart."""


class Execution(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Hold what an execution did, for the day that it is taken back; `cumulative` are the lots of the order with it, 0 where nobody told.

    `ts_ns` is when it was told, 0 where it was adopted.
    """

    qty: int
    price: float
    fee_units: int
    cumulative: int = 0
    ts_ns: int = 0


class Part(msgspec.Struct, omit_defaults=True):
    """Hold one order of the venue that stands for lots of an order of ours.

    Attributes
    ----------
    number, qty : its place among the parts, and its lots
    version : of the terms that it was made with
    ts_ns : moment of the record from which it follows
    leave : it is to be cancelled
    doubtful : it may have been sent, and nobody knows what became of it
    amends : number of the part in whose place it comes by a change at the venue, -1 for one that is placed
    partner, partner_part : order and part with which the venue keeps it as one-cancels-the-other
    head : entry with which the venue keeps it, until that is filled
    covered : (from, to] of its cumulative lots for which executions were booked, merged and ascending
    rebased : an execution was taken back, so that cumulative lots no longer tell executions apart
    executions, undone : what was booked by execution id, and the ids that were taken back
    """

    number: int
    qty: int
    version: int
    ts_ns: int
    venue_id: str = ""
    status: OrderStatus = OrderStatus.SUBMITTED
    filled: int = 0
    leave: bool = False
    doubtful: bool = False
    amends: int = -1
    partner: str = ""
    partner_part: int = 0
    head: str = ""
    covered: list[tuple[int, int]] = []
    rebased: bool = False
    executions: dict[str, Execution] = {}
    undone: list[str] = []

    @property
    def live(self) -> bool:
        """Whether it may still fill."""
        return self.status in WORKING

    @property
    def untold(self) -> int:
        """Lots that no execution tells: they had filled before the order was adopted."""
        return self.filled - sum(what.qty for key, what in self.executions.items() if key not in self.undone)

    def covers(self, start: int, stop: int) -> int:
        """Return how many of the cumulative lots in (start, stop] have been booked."""
        return sum(max(min(stop, high) - max(start, low), 0) for low, high in self.covered)

    def may_have(self, qty: int, cumulative: int) -> bool:
        """Say whether an execution may have been booked, by whatever name, as far as its place among the cumulative lots says."""
        return self.rebased or not cumulative or self.covers(cumulative - qty, cumulative) == qty

    def alike(self, qty: int, price: float, others: Container[str] = ()) -> list[str]:
        """Return the ids of executions of so many lots at a price that were booked and not taken back, and are not among `others`."""
        return [
            key
            for key, what in self.executions.items()
            if not (key in self.undone or key in others) and (what.qty, what.price) == (qty, price)
        ]

    def same(self, fill: VenueFill, listed: Mapping[str, VenueFill]) -> list[str]:
        """Return the ids of those that are of the same place among the cumulative lots, too: of one execution, by whatever name.

        Once one was taken back a later one may have that place again: it filled after the first was told, or stands behind it in the list.
        """
        if not fill.cumulative:
            return []
        alike, place = self.alike(fill.qty, fill.price, listed), (fill.venue_id, fill.qty, fill.price, fill.cumulative)
        found = [
            key
            for key in alike
            if (what := self.executions[key]).cumulative == fill.cumulative and fill.ts_ns - what.ts_ns <= CLOCKS_NS
        ]
        before = [
            one
            for key, one in (listed.items() if found else ())
            if one.ts_ns < fill.ts_ns and (one.venue_id, one.qty, one.price, one.cumulative) == place
            and not (key in self.executions or key in self.undone)
        ]  # fmt: skip
        return found[len(before) :]

    def is_displaced(self, fill: VenueFill, listed: Mapping[str, VenueFill]) -> bool:
        """Say whether all that was booked at the place of an execution has another place in the venue's list: it was told together with what filled after it."""
        stop = fill.cumulative or 0
        there = [
            (listed.get(key), what)
            for key, what in self.executions.items()
            if stop - fill.qty < what.cumulative < stop + what.qty and key not in self.undone
        ]
        moved = [own for own, what in there if own is not None and own.cumulative not in {None, what.cumulative}]
        return fill.execution_id in listed and 0 < len(there) == len(moved)

    def cover(self, start: int, stop: int) -> None:
        """Note that the cumulative lots in (start, stop] are booked."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted([*self.covered, (start, stop)]):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        self.covered = merged

    def is_split(self, qty: int, filled: int) -> bool:
        """Say whether the venue counts the same lots in other shares, or did so before the executions that were booked last."""
        match self.covered:
            case [(0, before), (after, last)] if last == filled and after * self.qty == before * qty:
                return True
        return filled * self.qty == self.filled * qty


class Tracked(msgspec.Struct, omit_defaults=True):
    """Hold one order from its command to its end.

    Attributes
    ----------
    order : on its present terms; `version` counts them, and `agreed` is the one that is in force at the venue
    filled : lots of all its parts
    cancel : it is to end
    closed : the venue ended a part that was to stay, so nothing further is sent for it
    fixed : the venue did not change a part, so it is cancelled and placed anew instead
    external : it did not come from here
    closes : it may only lower a position
    ended_ns : when it ended, 0 while it works
    """

    order: Order
    parts: list[Part] = []
    status: OrderStatus = OrderStatus.SUBMITTED
    filled: int = 0
    version: int = 0
    agreed: int = 0
    cancel: bool = False
    closed: bool = False
    fixed: bool = False
    external: bool = False
    closes: bool = False
    ended_ns: int = 0

    @property
    def working(self) -> bool:
        """Whether it may still fill, as far as the engine knows."""
        return self.status in WORKING

    @property
    def active(self) -> bool:
        """Whether it works, or something at the venue still stands for it."""
        if self.status in WORKING:
            return True
        for part in self.parts:  # noqa: SIM110 -- asked at every event, and a generator costs more than what it looks at
            if part.status in WORKING:
                return True
        return False

    @property
    def live(self) -> list[Part]:
        """The parts that may still fill."""
        return [part for part in self.parts if part.status in WORKING]

    def misses(self, part: Part) -> bool:
        """Say whether a part that could not go out for its auction is given up: one that would change what stands, or a leg of an entry, goes to a later one rather than nowhere."""
        leg = self.order.parent_id is not None and self.order.order_class != "simple"
        return part.amends < 0 and not leg

    def expects(self, part: Part) -> bool:
        """Say whether news of a part is due soon."""
        return (
            part.status in _PENDING
            or self.order.tif in _AT_ONCE
            or self.order.type is OrderType.MARKET
            or any(one.amends == part.number for one in self.live)
        )

    @property
    def newly_agreed(self) -> bool:
        """Whether a change has come into force that was not told yet: nothing stands on older terms, sleeps as large as it was before, or is to leave."""
        return self.agreed != self.version and all(
            part.version == self.version and not part.leave and not (part.head and part.qty > self.order.qty)
            for part in self.live
        )

    @property
    def leads(self) -> bool:
        """Whether of a pair it is the one that is sent."""
        return self.order.type is OrderType.LIMIT

    def sends(self, part: Part) -> bool:
        """Say whether a part is sent by itself, and not with another."""
        return not part.head and (not part.partner or self.leads)

    def name(self, part: Part) -> str:
        """Return what a part goes by at the venue."""
        return part_id(self.order.order_id, part.number)

    def asked(self, part: Part, *, at_market: bool = False) -> Order:
        """Return what the venue is asked for: one plain order, `at_market` in the place of one for an auction."""
        order = structs.replace(self.order, type=OrderType.MARKET, tif="day") if at_market else self.order
        return structs.replace(
            order, order_id=self.name(part), qty=part.qty, order_class="simple",
            parent_id=None, stop_frac=None, target_frac=None, trailing_frac=None,
        )  # fmt: skip
