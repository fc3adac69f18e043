"""Decide what to ask of the venue, and when: orders to send, to change, to cancel, to look for, and stock to take."""

from collections.abc import Iterable, Iterator

from tenfold.domain.order import Order, OrderStatus
from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.errands import Errand, Pace
from tenfold.execution.hours import Hours, Opens
from tenfold.execution.reading import Key, Reader
from tenfold.execution.register import Register
from tenfold.execution.reports import Amend, LookUp, Place, Request, TakeStock, VenueOrder, Withdraw
from tenfold.execution.tracked import UNPRICED, Part, Tracked

Step = tuple[Request | None, int | None]
"""What to ask now, and when to think of it again."""


class Agenda:
    """Hold what is being asked, part by part, and whether orders may be entered.

    Attributes
    ----------
    ready : the stream stands and stock was taken since
    pace : how patient it is
    informed : stock was taken since the stream stood last, so that a position may at least be closed
    """

    def __init__(self, register: Register, reader: Reader, pace: Pace, opens: Opens | None = None) -> None:
        self.ready = self.informed = False
        self._hours = Hours(opens)
        reader.was_sent = self.was_sent
        self._register = register
        self._reader = reader
        self.pace = pace
        self._errands: dict[Key, Errand] = {}
        self._dirty: dict[str, None] = {}
        self._blocked: dict[str, None] = {}
        self._at: dict[str, int] = {}
        self._up = False
        self._stock = Errand(0)
        self._stock_at: int | None = None
        self._stock_number = 0  # of the stock that was asked for last
        self._first_number = 1  # of the first that is asked for since the stream stood last
        self._now_ns = 0

    # what happened

    def restart(self, ts_ns: int) -> None:
        """Begin anew: what was asked before nobody knows."""
        self._errands.clear()
        self._at.clear()
        self._dirty = dict.fromkeys(self._register.orders)
        self.severed(ts_ns)

    def connected(self, ts_ns: int) -> None:
        """Note that the stream stands: what came before may have been missed."""
        self._up, self.ready = True, False
        self._first_number = self._stock_number + 1
        self._stock.wait_ns = 0
        self.take_stock(ts_ns)

    def severed(self, ts_ns: int) -> None:
        """Note that the stream is down: until it stands, what the venue has is asked for from time to time."""
        self._up = self.ready = self.informed = False
        self._stock_at = ts_ns + int(self.pace.blind_s * NS_PER_SECOND)

    def take_stock(self, ts_ns: int) -> None:
        """Ask for everything soon."""
        self._stock_at = ts_ns if self._stock_at is None else min(self._stock_at, ts_ns)

    def stocked(self, ts_ns: int, number: int, *, settled: bool, complete: bool) -> None:
        """Note that stock was taken; what it left open is asked for again after a pause that grows.

        One that is answered late counts as well, where all of every one may take as long.
        """
        if number < self._first_number or (number < self._stock_number and not complete):
            return  # it was asked for before the stream stood, or in vain: the answer to a later one is to come
        self._stock.answered()
        self.informed = complete
        self.ready |= complete and self._up
        if complete and settled:
            self._stock.wait_ns = 0
            self._stock_at = ts_ns + int((self.pace.stock_s if self._up else self.pace.blind_s) * NS_PER_SECOND)
        else:
            self._stock.later(ts_ns, self.pace)
            self._stock_at = self._stock.due_ns
        self.wake(tracked.order.order_id for tracked in self._register.active)

    def stock_asked_ns(self, number: int) -> int:
        """Return when a stock was asked for, 0 where a later one was."""
        return self._stock.asked_ns if number == self._stock_number else 0

    def wake(self, order_ids: Iterable[str]) -> None:
        """Think of orders again, and of those that waited for others."""
        self._dirty |= dict.fromkeys(order_ids)
        self._dirty |= self._blocked
        self._blocked.clear()

    def answered(self, tracked: Tracked, part: Part, kind: str, ts_ns: int) -> Errand:
        """Note that the answer to a request about a part came."""
        errand = self.errand(tracked, part, ts_ns)
        errand.answered(kind)
        self._dirty[tracked.order.order_id] = None
        return errand

    def heard(self, found: VenueOrder, ts_ns: int, *, asked: bool) -> None:
        """Note that the venue knows an order; `asked`: it answered, and did not tell of itself."""
        place = self._register.find(found.venue_id, "")
        if place is None or not place[0].active:
            return  # of what has ended nothing more is asked
        tracked, part = place
        errand = self.errand(tracked, part, ts_ns)
        errand.misses, errand.heard_ns = 0, ts_ns
        if asked and errand.leaving and found.status is OrderStatus.PENDING_CANCEL:
            errand.later(ts_ns, self.pace)
        elif asked and errand.leaving and errand.look:
            errand.rest(ts_ns, self.pace)
        self._dirty[tracked.order.order_id] = None

    def was_sent(self, tracked: Tracked, part: Part) -> bool:
        """Say whether this process has sent a part."""
        errand = self._errands.get((tracked.order.order_id, part.number))
        return errand is not None and errand.attempts > 0

    def keeps(self, tracked: Tracked, part: Part) -> bool:
        """Say whether a part waits here for the venue's hours, so that nothing of it can be there."""
        errand = self._errands.get((tracked.order.order_id, part.number))
        return errand is not None and errand.kept and not errand.attempts

    def is_over(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> bool:
        """Say whether what the venue does not have is not to get there any more: it is late, or the hour at which it was taken is over, by its clock or by ours."""
        late = not self._register.allotment.lasts(tracked) and errand.is_late(now_ns, self.pace)
        missed = self._hours.missed(tracked.order, min(part.ts_ns, errand.born_ns), now_ns)
        return late or (missed and not self._goes_to_market(tracked, part, now_ns))

    def look(self, tracked: Tracked, part: Part, ts_ns: int) -> None:
        """Look at once how a part stands."""
        self.errand(tracked, part, ts_ns).soon(ts_ns)
        self._dirty[tracked.order.order_id] = None

    def errand(self, tracked: Tracked, part: Part, ts_ns: int) -> Errand:
        """Return what goes on about a part."""
        key = (tracked.order.order_id, part.number)
        found = self._errands.get(key)
        if found is None:
            found = self._errands[key] = Errand(ts_ns)
            if part.doubtful:  # it is as old as its record, whoever sent it
                found.born_ns = min(self._hours.open_ns(tracked.order, part.ts_ns), ts_ns)
        return found

    # what time brings

    def unsent(self, waking: Iterable[str], now_ns: int) -> Iterator[tuple[Tracked, Part, Errand]]:
        """Yield the parts of orders that were never sent and never will be: not wanted any more, or too old."""
        for order_id in waking:
            tracked = self._register.orders.get(order_id)
            for part in tuple(tracked.parts) if tracked is not None else ():
                if part.venue_id or not part.live or tracked is None or not tracked.sends(part):
                    continue
                errand = self.errand(tracked, part, now_ns)
                if part.doubtful and not self._was_kept(tracked, part, errand, now_ns):
                    continue
                before = tracked.parts[part.amends] if part.amends >= 0 else None
                vain = before is not None and (
                    before.leave or not before.live or before.filled
                )  # no change for what fills
                never = errand.attempts == 0 and not errand.asked
                if never and (part.leave or vain or self._is_late(tracked, part, errand, now_ns)):
                    yield tracked, part, errand

    def stuck(self, waking: Iterable[str], now_ns: int) -> Iterator[tuple[Tracked, str]]:
        """Yield, once each, orders of which something is asked for in vain for too long, with what it is."""
        for order_id in waking:
            tracked = self._register.orders.get(order_id)
            for part in tracked.live if tracked is not None else ():
                errand = self._errands.get((order_id, part.number))
                text = "" if errand is None or errand.told else errand.trouble(part, now_ns, self.pace)
                if errand is not None and tracked is not None and text:
                    errand.told = True
                    self.wake(())  # what closes waits for it no more
                    yield tracked, text

    def waking(self, now_ns: int) -> list[str]:
        """Return the orders to think of; where the clock was set back nothing waits for what it said before."""
        if now_ns < self._now_ns - NS_PER_SECOND:
            for errand in (self._stock, *self._errands.values()):
                errand.set_back(now_ns)
            self._dirty |= dict.fromkeys(self._at)
            self.take_stock(now_ns)
        self._now_ns = now_ns
        return [*self._dirty, *[key for key, at in self._at.items() if at <= now_ns and key not in self._dirty]]

    def next_due_ns(self) -> int | None:
        """Return when to think again, 0 at once, None never."""
        if self._dirty:
            return 0
        times = list(self._at.values())
        if self._stock_at is not None and self._looks:
            at, current = self._stock_at, self._stock_number >= self._first_number
            if self._stock.asked and current:  # first its answer, however soon it is wanted again
                at = max(at, self._stock.asked_ns + int(self.pace.answer_s * NS_PER_SECOND))
            times.append(at)
        return min(times, default=None)

    # what to ask

    def due(self, now_ns: int) -> list[Request]:
        """Return what to ask now; cancels come first."""
        requests: list[Request] = []
        waking = self.waking(now_ns)
        self._dirty.clear()
        for order_id in waking:
            self._at.pop(order_id, None)
            tracked = self._register.orders.get(order_id)
            live = [] if tracked is None else tracked.live
            if tracked is None or not (live or tracked.working):
                for part in tracked.parts if tracked is not None else ():
                    self._errands.pop((order_id, part.number), None)
                continue
            times: list[int] = []
            for part in live:
                errand = self.errand(tracked, part, now_ns)
                request, at = self._step(tracked, part, errand, now_ns)
                if request is not None:
                    requests.append(request)
                    at = errand.asked_ns + int(self.pace.answer_s * NS_PER_SECOND)
                if at is not None:
                    times.append(at)
            if times:
                self._at[order_id] = min(times)
        requests.sort(key=lambda one: not isinstance(one, Withdraw))
        stock = self._stock_request(now_ns)
        return requests if stock is None else [*requests, stock]

    @property
    def _looks(self) -> bool:
        """Whether stock may be taken: without a stream an account is not taken over, since who holds the stream may trade it."""
        return self._up or self._register.since_ns > 0

    def _stock_request(self, now_ns: int) -> TakeStock | None:
        if self._stock_at is None or not self._looks:
            return None
        if self._stock.is_out(now_ns, self.pace) and self._stock_number >= self._first_number:
            return None
        if now_ns < self._stock_at:
            return None
        self._stock.ask("stock", now_ns)
        self._stock_at = now_ns + int(self.pace.answer_s * NS_PER_SECOND)
        self._stock_number += 1
        return TakeStock(
            orders=tuple(self._asked_for()), since_ns=self._register.asks_from_ns, number=self._stock_number
        )

    def _asked_for(self) -> Iterator[LookUp]:
        """Yield what is to be told by name: what may stand at the venue, and what is counted otherwise here and there."""
        for tracked in self._register.active:
            for part in tracked.live:
                errand = self._errands.get((tracked.order.order_id, part.number))
                sent = part.doubtful if errand is None else errand.attempts or (part.doubtful and not errand.kept)
                if part.venue_id or (sent and tracked.sends(part)):
                    yield _look_up(tracked, part)
        for order_id, number in self._reader.gaps:
            gap = self._register.orders.get(order_id)
            if gap is not None and not gap.parts[number].live:
                yield _look_up(gap, gap.parts[number])
        for venue_id in self._reader.strangers:
            yield LookUp(order_id="", venue_id=venue_id)

    def _step(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> Step:
        if errand.is_out(now_ns, self.pace):
            return None, errand.asked_ns + int(self.pace.answer_s * NS_PER_SECOND)
        if part.venue_id:
            return (self._withdraw if part.leave else self._watch)(tracked, part, errand, now_ns)
        if not tracked.sends(part):
            return self._follow(tracked, part, errand, now_ns)
        if not errand.attempts and (not part.doubtful or self._was_kept(tracked, part, errand, now_ns)):
            return self._enter(tracked, part, errand, now_ns)
        again = errand.again and not part.leave and not self._is_late(tracked, part, errand, now_ns)
        if again and self._may_enter(tracked) and not self._before(tracked, part):
            open_ns = self._open_ns(tracked, part, now_ns)
            return (self._send(tracked, part, errand, now_ns), None) if open_ns <= now_ns else (None, open_ns)
        return self._look_at(tracked, part, errand, now_ns)

    def _was_kept(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> bool:
        return errand.keeps(part.ts_ns, self._hours.open_ns(tracked.order, part.ts_ns), now_ns)

    def _enter(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> Step:
        """Send what was never sent, once the way is free."""
        if part.leave or self._is_late(tracked, part, errand, now_ns):
            return None, now_ns
        open_ns = self._open_ns(tracked, part, now_ns)
        if open_ns > now_ns:
            errand.born_ns = open_ns
            return None, open_ns
        lasts = self._register.allotment.lasts(tracked)
        late_ns = None if lasts else errand.born_ns + int(self.pace.place_within_s * NS_PER_SECOND)
        if not self._may_enter(tracked) or self._before(tracked, part):
            self._blocked[tracked.order.order_id] = None
            return None, late_ns
        if errand.due_ns > now_ns:  # it was turned away a moment ago
            return None, errand.due_ns if late_ns is None else min(errand.due_ns, late_ns)
        return self._send(tracked, part, errand, now_ns), None

    def _is_late(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> bool:
        """Say whether the time to send an order is over: never for one that may only lower a position, which is wanted until somebody decides otherwise."""
        since_ns = min(part.ts_ns, tracked.order.ts_ns)
        missed = tracked.misses(part) and self._hours.missed(tracked.order, since_ns, now_ns)
        return (missed or errand.is_late(now_ns, self.pace)) and not self._register.allotment.lasts(tracked)

    def _goes_to_market(self, tracked: Tracked, part: Part, now_ns: int) -> bool:
        """Say whether what closes at any price has missed its auction: the next one is a day away, and no exit rests until then."""
        if not tracked.closes or tracked.order.type not in UNPRICED or not tracked.misses(part):
            return False
        return self._hours.missed(tracked.order, min(part.ts_ns, tracked.order.ts_ns), now_ns)

    def _open_ns(self, tracked: Tracked, part: Part, now_ns: int) -> int:
        """Return from when on a part may be sent."""
        return now_ns if self._goes_to_market(tracked, part, now_ns) else self._hours.open_ns(tracked.order, now_ns)

    def _may_enter(self, tracked: Tracked) -> bool:
        """Say whether an order may be sent: one that only closes also while the stream is down, since what is held is known from stock."""
        return self.ready or (self.informed and self._register.allotment.lowers(tracked))

    def _withdraw(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> Step:
        """Cancel, and look what became of it."""
        if not errand.leaving:
            errand.leaving, errand.look, errand.due_ns, errand.since_ns, errand.wait_ns = True, False, now_ns, now_ns, 0
            errand.told = False
        if errand.look or now_ns < errand.due_ns:
            return self._look_at(tracked, part, errand, now_ns)
        errand.ask("withdraw", now_ns)
        return Withdraw(venue_id=part.venue_id, order_id=tracked.name(part), symbol=tracked.order.symbol), None

    def _watch(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> Step:
        """Look at what should have moved by now; of what rests the comparison with the venue tells."""
        at_once = errand.look and errand.wait_ns == 0
        if not at_once and not tracked.expects(part):
            return None, None
        if not errand.look:
            errand.later(now_ns, self.pace)
        return self._look_at(tracked, part, errand, now_ns)

    def _follow(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> Step:
        """Look at the order with which a part was sent, until it tells the part's id."""
        lead = self._register.allotment.sent_with(tracked, part)
        if lead is None or not lead[1].venue_id:
            return None, None
        if now_ns < errand.due_ns:
            return None, errand.due_ns
        errand.later(now_ns, self.pace)
        errand.ask("look_up", now_ns)
        return LookUp(order_id=tracked.name(part), venue_id=lead[1].venue_id), None

    def excuse(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> str:
        """Say why a part was not sent in time."""
        late, first = errand.is_late(now_ns, self.pace), self._before(tracked, part)
        text = f"it could not be sent within {self.pace.place_within_s:g} s" if late else "its auction takes it no more"
        return f"{text}: {first} had to leave first" if first else text

    def _before(self, tracked: Tracked, part: Part) -> str:
        """Return the order that has to leave a symbol, or to be known at the venue, before a part goes out; "" where none has: both might fill, or the one be refused for the other."""
        for one in self._register.active:
            beside = one.live if one.order.symbol == tracked.order.symbol else ()
            if any(other.leave and other is not part and not self._passes(tracked, one, other) for other in beside):
                return one.order.order_id
        waits = part.amends >= 0 and tracked.parts[part.amends].status is not OrderStatus.ACCEPTED
        return tracked.order.order_id if waits else ""

    def _passes(self, tracked: Tracked, one: Tracked, other: Part) -> bool:
        """Say whether an order closes, and does not wait for an entry that nobody can find, which cannot turn the position."""
        errand, closes = self._errands.get((one.order.order_id, other.number)), tracked.closes
        return closes and one.order.side is not tracked.order.side and errand is not None and errand.hides(other)

    def _send(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> Request:
        order = tracked.asked(part, at_market=self._goes_to_market(tracked, part, now_ns))
        if part.amends >= 0:
            errand.ask("amend", now_ns)
            before = tracked.parts[part.amends]
            return Amend(
                venue_id=before.venue_id, order_id=tracked.name(before), successor_id=order.order_id, symbol=order.symbol,
                limit_price=order.limit_price, stop_price=order.stop_price, trail=order.trail, trail_frac=order.trail_frac,
            )  # fmt: skip
        errand.ask("place", now_ns)
        mate = self._register.orders.get(part.partner)
        partner: Order | None = None if mate is None else mate.asked(mate.parts[part.partner_part])
        legs = tuple(leg.asked(its) for leg, its in self._register.allotment.held(tracked)) if part.number == 0 else ()
        return Place(order=order, partner=partner, legs=legs, closes=self._register.allotment.lowers(tracked))

    def _look_at(self, tracked: Tracked, part: Part, errand: Errand, now_ns: int) -> Step:
        if now_ns < errand.due_ns:
            return None, errand.due_ns
        errand.later(now_ns, self.pace)
        errand.ask("look_up", now_ns)
        return _look_up(tracked, part), None


def _look_up(tracked: Tracked, part: Part) -> LookUp:
    return LookUp(order_id=tracked.name(part), venue_id=part.venue_id)
