"""Decide which parts stand at the venue for an order: as many lots as are wanted, on the terms of now.

How it works. What is wanted follows from an order's terms, its fills and those of its family, and of one that closes from the position
too. Too little at the venue: a further part follows. Too much, or on other terms: parts are to leave. Each part is a consequence of a record, so that the record is the intent.
"""

from collections.abc import Mapping

from tenfold.domain.order import OrderStatus
from tenfold.execution.closing import Closing
from tenfold.execution.families import Families
from tenfold.execution.ids import part_id
from tenfold.execution.lifecycle import WORKING
from tenfold.execution.tracked import UNPRICED, Part, Tracked


class Allotment:
    """Give orders their parts; `orders` are all there are, held by who made this.

    Attributes
    ----------
    by_client : order and part by the client order id of the part
    closing : the orders that may only lower a position
    """

    def __init__(
        self, orders: Mapping[str, Tracked], families: Families, lots: Mapping[str, int], *, amends: bool, pairs: bool
    ) -> None:
        self.closing = Closing(lots, self.takes)
        self.by_client: dict[str, tuple[str, int]] = {}
        self._orders = orders
        self._families = families
        self._amends = amends
        self._pairs = pairs

    def wanted(self, tracked: Tracked) -> int:
        """Return how many lots of an order are to stand at the venue."""
        if tracked.cancel or tracked.closed or tracked.status not in WORKING:
            return 0
        room = self._families.room(tracked)
        return min(room, self.closing.room(tracked)) if tracked.closes and room > 0 else room

    def lowers(self, tracked: Tracked) -> bool:
        """Say whether an order may only lower the position: it was sent for that, or is a leg for no more than is held beside what closes it otherwise."""
        if tracked.closes:
            return True
        return self._families.is_leg(tracked) and 0 < self.wanted(tracked) <= self.closing.room(tracked)

    def lasts(self, tracked: Tracked) -> bool:
        """Say whether an order is wanted until somebody decides otherwise: it may only lower a position, and not in this moment alone."""
        return tracked.order.tif not in {"ioc", "fok"} and self.lowers(tracked)

    def keeps_on(self, tracked: Tracked, part: Part) -> bool:
        """Say whether a part is asked for until it is there: of what lasts, and of a change as long as what it is to change stands, which is not taken away for it."""
        before = tracked.parts[part.amends] if part.amends >= 0 else None
        stands = before is None or (before.status is OrderStatus.ACCEPTED and not (before.leave or before.filled))
        return stands and self.lasts(tracked)

    def left(self, part: Part) -> int:
        """Return how many lots of a part may still fill; what its partner fills is off both."""
        left = part.qty - part.filled
        if part.partner:
            partner = self._orders.get(part.partner)
            left -= partner.parts[part.partner_part].filled if partner is not None else 0
        return left if left > 0 else 0

    def takes(self, tracked: Tracked, part: Part) -> int:
        """Return how many lots a part may take off the position, beside which others close it.

        What is to leave takes none: nothing new goes out before it is gone. What sleeps until its entry is filled leaves with
        that, and takes no more than that has filled.
        """
        if part.leave:
            return 0
        left, head = self.left(part), self._head_of(part)
        if head is None or not head.live:
            return left
        return 0 if head.leave else max(min(left, self._families.room(tracked)), 0)

    def held(self, tracked: Tracked) -> list[tuple[Tracked, Part]]:
        """Return the exits that the venue keeps with an entry, or is to."""
        return [
            (leg, part)
            for leg in self._families.legs(tracked)
            for part in leg.live
            if part.head == tracked.order.order_id
        ]

    def together(self, tracked: Tracked, part: Part) -> list[tuple[Tracked, Part]]:
        """Return a part and those that are sent with it."""
        found = [(tracked, part), *(self.held(tracked) if part.number == 0 else [])]
        if part.partner and (partner := self._orders.get(part.partner)) is not None:
            found.append((partner, partner.parts[part.partner_part]))
        return found

    def sent_with(self, tracked: Tracked, part: Part) -> tuple[Tracked, Part] | None:
        """Return the order that brings a part to the venue, where that is another."""
        if part.head:
            entry = self._orders.get(part.head)
            return None if entry is None else (entry, entry.parts[0])
        lead = self._orders.get(part.partner) if part.partner and not tracked.leads else None
        return None if lead is None else (lead, _in_place_of(lead, lead.parts[part.partner_part]))

    def unnamed(self, tracked: Tracked, part: Part) -> list[tuple[Tracked, Part]]:
        """Return what was sent with a part, or with the one in whose place it came, and has no name of the venue yet."""
        found = self.held(tracked)
        while not part.partner and part.amends >= 0:
            part = tracked.parts[part.amends]
        partner = self._orders.get(part.partner) if part.partner and tracked.leads else None
        if partner is not None and not part.head:
            found.append((partner, partner.parts[part.partner_part]))
        return [(one, other) for one, other in found if not other.venue_id]

    def nameless(self, tracked: Tracked, part: Part) -> list[tuple[Tracked, Part]]:
        """Return what may be at the venue with a part by a name that it chose: also exits that were refused or given up with their entry, which is there all the same."""
        gone = [
            (leg, one)
            for leg in self._families.legs(tracked)
            for one in leg.parts
            if one.head == tracked.order.order_id and not (one.live or one.venue_id)
        ]
        return [*self.unnamed(tracked, part), *gone]

    def _head_of(self, part: Part) -> Part | None:
        """Return the part of an entry with which the venue keeps an exit: the first, or what came in its place."""
        entry = self._orders.get(part.head) if part.head else None
        if entry is None:
            return None
        return _in_place_of(entry, entry.parts[0])

    def waits(self, tracked: Tracked) -> bool:
        """Say whether an order without a part may get one yet."""
        return self.wanted(tracked) > 0 or (not tracked.cancel and self._families.entry_works(tracked))

    def closes(self, tracked: Tracked, part: Part, status: OrderStatus) -> bool:
        """Say whether the end of a part ends its order: where it was not on our word, and something was left."""
        head = self._head_of(part)
        if head is not None and head.status is not OrderStatus.FILLED:
            return False  # the venue kept it with an entry, and ends it with that
        others = any(other is not part for other in tracked.live)
        if tracked.closes and part.partner and others and status is not OrderStatus.REJECTED:
            return False  # one of several pairs, which its partner's fill has ended, though that is told later
        if status in {OrderStatus.EXPIRED, OrderStatus.ABANDONED} and part.amends < 0:
            return True
        if status not in {OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED}:
            return False
        refused_change = part.amends >= 0 and status is OrderStatus.REJECTED
        return not (part.leave or refused_change or self.left(part) == 0)

    def join(self, tracked: Tracked, ts_ns: int) -> None:
        """Let a new order go to the venue together with others that came of the same moment."""
        if self._pairs and not tracked.parts:
            self._hold(tracked, ts_ns)
            self._pair(tracked, ts_ns)

    def _hold(self, tracked: Tracked, ts_ns: int) -> None:
        """Let the venue keep an exit with its entry, where both come of the same moment: the entry was not sent yet."""
        entry = self._families.head(tracked)
        if entry is None or len(entry.parts) != 1 or not _is_fresh(entry.parts[0], ts_ns) or entry.cancel:
            return
        part = self.place(tracked, tracked.order.qty, ts_ns)
        part.head = entry.order.order_id
        for leg, other in self.held(entry):
            if leg is not tracked and leg.order.order_class == tracked.order.order_class == "bracket":
                self._join(tracked, part, leg, other)

    def _pair(self, tracked: Tracked, ts_ns: int) -> None:
        """Make a pair of two orders of which one cancels the other, where they come of the same moment: neither was sent yet."""
        mate = self._families.mate(tracked) if not tracked.parts else None
        if mate is None or len(mate.parts) != 1:
            return
        other = mate.parts[0]
        if _is_fresh(other, ts_ns) and tracked.order.qty == mate.order.qty and other.qty == self.wanted(tracked):
            self._join(tracked, self.place(tracked, other.qty, ts_ns), mate, other)

    def settle(self, tracked: Tracked, ts_ns: int) -> None:
        """Bring what stands for an order in line with what is wanted."""
        wanted, live = self.wanted(tracked), tracked.live
        if wanted <= 0 and not live:
            return  # nothing is to stand, and nothing does
        for part in live:
            if part.head and (head := self._head_of(part)) is not None and head.live:
                return  # the venue keeps it for when its entry is filled
        if tracked.external and not tracked.cancel:
            return  # whoever sent it knows what it is to be
        if wanted <= 0:
            for part in live:
                self._leave(part)
            return
        for part in live:
            if part.amends >= 0 and (not part.venue_id or tracked.parts[part.amends].live):
                return  # a change is under way; what it comes to decides
        self._bring(tracked, live, wanted, ts_ns)

    def _bring(self, tracked: Tracked, live: list[Part], wanted: int, ts_ns: int) -> None:
        """Bring what stands to the terms and lots of now."""
        for part in live:
            if part.version != tracked.version:
                self._renew(tracked, live, ts_ns)
                return
        standing = sum([self._stands(tracked, part) for part in tracked.parts])
        for part in reversed(live):
            if standing <= wanted:
                break
            self._leave(part)
            standing -= self.left(part)
        if standing < wanted and all(part.venue_id and not part.leave for part in live):
            self._enlarge(tracked, wanted - standing, ts_ns)

    def _stands(self, tracked: Tracked, part: Part) -> int:
        """Return the lots that a part stands for; one that has ended for those of its partner, whose fill, told later, may be what ended it."""
        if part.status in WORKING:
            return self.left(part)
        partner = self._orders.get(part.partner) if part.partner else None
        if partner is None:
            return 0
        other = partner.parts[part.partner_part]
        return self.left(other) if other.live else 0

    def _renew(self, tracked: Tracked, live: list[Part], ts_ns: int) -> None:
        """Bring what stands to new terms: changed at the venue where that is exact, else cancelled and placed anew."""
        if len(live) == 1 and self._amendable(tracked, live[0]):
            self.place(tracked, live[0].qty, ts_ns, amends=live[0].number)
            return
        for part in live:
            if part.version != tracked.version:
                self._leave(part)

    def _enlarge(self, tracked: Tracked, lots: int, ts_ns: int) -> None:
        """Let a further part stand for lots, as one of a pair where the venue keeps the two."""
        mate = self._families.mate(tracked) if self._pairs else None
        if mate is None:
            if not (tracked.order.parent_id and self._families.entry_works(tracked)):
                self.place(tracked, lots, ts_ns)
            return
        beside = mate.live
        if any(part.leave or not part.venue_id or part.version != mate.version for part in beside):
            return  # its turn comes with the mate's
        spare = self.wanted(mate) - sum(self.left(part) for part in beside)
        if spare <= 0:
            alone = [part for part in beside if not part.partner]
            for part in alone:  # one of a pair that was smaller: the two are to stand together
                self._leave(part)
            if not (alone or tracked.closes):  # one that closes waits for its mate, which is about to be as large
                self.place(tracked, lots, ts_ns)
            return
        lots = min(lots, spare)
        self._join(tracked, self.place(tracked, lots, ts_ns), mate, self.place(mate, lots, ts_ns))

    def _join(self, tracked: Tracked, one: Part, mate: Tracked, other: Part) -> None:
        one.partner, one.partner_part = mate.order.order_id, other.number
        other.partner, other.partner_part = tracked.order.order_id, one.number

    def place(self, tracked: Tracked, lots: int, ts_ns: int, amends: int = -1) -> Part:
        """Let a further part stand for lots."""
        part = Part(number=len(tracked.parts), qty=lots, version=tracked.version, ts_ns=ts_ns, amends=amends)
        tracked.parts.append(part)
        order_id = tracked.order.order_id
        self.by_client[part_id(order_id, part.number)] = (order_id, part.number)
        return part

    def succeed(self, tracked: Tracked, part: Part, ts_ns: int) -> None:
        """Let a part stand for what other hands have put in the place of one; its id follows."""
        if not any(one.amends == part.number for one in tracked.live):
            self.place(tracked, max(part.qty - part.filled, 1), ts_ns, amends=part.number)

    def _leave(self, part: Part) -> None:
        """Mark a part, and its partner, which the venue cancels with it."""
        part.leave = True
        if part.partner and (partner := self._orders.get(part.partner)) is not None:
            partner.parts[part.partner_part].leave = True

    def _amendable(self, tracked: Tracked, part: Part) -> bool:
        """Say whether the venue may change a part: only one of which nothing filled keeps its quantity exactly."""
        return (
            self._amends
            and not tracked.fixed
            and bool(part.venue_id)
            and not (part.leave or part.partner or part.filled)
            and part.status is OrderStatus.ACCEPTED
            and part.qty == self.wanted(tracked)
            and tracked.order.type not in UNPRICED
        )


def _is_fresh(part: Part, ts_ns: int) -> bool:
    """Say whether a part came of this moment, so that it was not sent yet."""
    return (
        part.status is OrderStatus.SUBMITTED
        and part.ts_ns == ts_ns
        and not (part.venue_id or part.doubtful or part.leave or part.version or part.partner)
    )


def _in_place_of(tracked: Tracked, part: Part) -> Part:
    """Return a part, or the one that came in its place: by a change, or by somebody's at the venue."""
    for later in tracked.parts[part.number + 1 :]:
        if later.amends == part.number and part.status is OrderStatus.REPLACED:
            part = later
    return part
