"""Know what had filled before the account was taken over: it is part of the positions, and is never booked."""

from collections.abc import Container, Iterator, Sequence, Set
from typing import Final

from msgspec import structs

from tenfold.domain.events import Adopted
from tenfold.execution.register import Register
from tenfold.execution.reports import VenueFill, VenueOrder
from tenfold.execution.tracked import CLOCKS_NS, Part

_KINDS: Final = ("fill", "bust", "correct")


class TakenOver:
    """Hold the ids of executions that are part of the account that was taken over, as far as they were read.

    Attributes
    ----------
    opening : the account is being taken over, so that what is listed has been corrected before
    fills : what is listed, in the order in which it happened
    """

    def __init__(self) -> None:
        self.opening = False
        self.fills: Sequence[VenueFill] = ()
        self._ids: set[str] = set()

    def has(self, part: Part, fill: VenueFill, corrected: VenueFill | None, listed: Container[str]) -> bool:
        """Say whether an execution is one of those, or stands for as many lots in the place of one that was `corrected`.

        What is taken back may have filled too long ago to be `listed`: then it is one of those where nothing that was booked is alike.
        """
        cumulative, counted = fill.cumulative or 0, False
        if fill.kind == "fill":
            counted = cumulative > 0 and cumulative - fill.qty < part.untold and not is_later(part, fill)
        elif fill.kind == "correct" and corrected is not None:
            counted = corrected.execution_id in self._ids and (self.opening or corrected.qty == fill.qty)
        elif fill.kind == "bust" and fill.execution_id not in listed:
            counted = fill.qty <= part.untold and not part.alike(fill.qty, fill.price)
        if counted and fill.execution_id not in part.executions:
            self._ids.add(fill.execution_id)
        return fill.execution_id in self._ids

    def named(self, event: Adopted) -> Adopted:
        """Return an adoption with the executions that what had filled comes of, where the list has them all: after a start nobody else knows that they were of before."""
        standing: dict[str, tuple[int, float, int]] = {}
        undone: list[str] = []
        for fill in self.fills:
            if fill.venue_id != event.venue_id:
                continue
            if fill.kind != "bust":
                standing[fill.execution_id] = (fill.qty, fill.price, fill.fee_units)
            elif standing.pop(fill.execution_id, None) is not None:
                undone.append(fill.execution_id)
        if sum(qty for qty, _, _ in standing.values()) != event.filled:
            return event
        return structs.replace(event, executions=standing, undone=tuple(undone))


def in_order(fills: Sequence[VenueFill]) -> list[VenueFill]:
    """Return executions as they happened: what takes one back comes behind it, and what stands in its place behind that."""
    return sorted(fills, key=lambda one: (one.ts_ns, _KINDS.index(one.kind), one.cumulative or 0))


def is_later(part: Part, fill: VenueFill) -> bool:
    """Say whether something happened after an order was taken over, by clocks that differ."""
    return fill.ts_ns - part.ts_ns > CLOCKS_NS


def corrections(fills: Sequence[VenueFill]) -> dict[tuple[str, int], VenueFill]:
    """Return what takes an execution back where another stands in its place, by its order and moment."""
    moments = {(fill.venue_id, fill.ts_ns) for fill in fills if fill.kind == "correct"}
    backs = [fill for fill in fills if fill.kind == "bust" and (fill.venue_id, fill.ts_ns) in moments]
    return {(fill.venue_id, fill.ts_ns): fill for fill in backs}


def adoptions(
    register: Register, symbols: Set[str], fills: Sequence[VenueFill], orders: Sequence[VenueOrder], ts_ns: int
) -> Iterator[Adopted]:
    """Yield the orders of executions that are part of the position that is being taken over; each is to be applied before the next is asked for."""
    told = {one.venue_id: one.filled for one in orders}
    sizes = {one.venue_id: one.qty for one in orders}
    for fill in fills:
        known = register.find(fill.venue_id, fill.order_id) is not None
        if known or fill.kind != "fill" or fill.symbol not in symbols or told.get(fill.venue_id) == 0:
            continue
        its = [one for one in fills if one.venue_id == fill.venue_id]
        counted = max(one.cumulative or 0 for one in its) or sum(one.qty for one in its)
        filled = told.get(fill.venue_id, counted)  # less where some of it was taken back
        yield Adopted(
            ts_ns=ts_ns, order_id=fill.venue_id, venue_id=fill.venue_id, symbol=fill.symbol, side=fill.side,
            qty=sizes.get(fill.venue_id, filled), filled=filled,
        )  # fmt: skip
