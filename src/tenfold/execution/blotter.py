"""Manage orders: what a venue's report means, what is asked of it next, and how everything is known again after a crash.

How it works. `apply` folds journal records into the `Register`; that state alone survives, and is the same after a replay. `interpret` turns
a report into events, already applied, which are journaled before anything follows from them. `due` says what to ask now; it is called after the
sync that covers everything applied so far. When something was last asked is kept in memory only: after a start every order that was not
acknowledged is in doubt, and is looked for before it is sent again under its one name. Nothing is entered until the stream stands
and stock was taken; to cancel and to look is always allowed.

What became of a request is never assumed. Without an answer an order keeps its exposure and is looked for. Not found proves nothing while it
may be on its way; if it is still wanted and young it goes out again under the same id, which a venue takes at most
once, whichever comes first. It is given up (ABANDONED) when it was not found twice after nothing can be on its way any more; should it appear even then, it is
taken up, told, and cancelled.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

from msgspec import structs

from tenfold import codec
from tenfold.domain.events import Difference, Event, Reconciled, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Command, OrderStatus, OrderUpdate
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.execution.agenda import Agenda
from tenfold.execution.errands import Pace
from tenfold.execution.hours import Opens
from tenfold.execution.reading import Reader
from tenfold.execution.reconciliation import Reconciliation
from tenfold.execution.register import Register
from tenfold.execution.reports import (
    Amend,
    Answered,
    Connected,
    Outcome,
    Place,
    Report,
    Request,
    Severed,
    Stock,
    Streamed,
)
from tenfold.execution.tracked import Part, Tracked

_CLOCKS_NS = NS_PER_DAY
"""By how much our clock and the venue's names of days may be apart."""


class Blotter:
    """Hold the account's orders at one venue.

    Parameters
    ----------
    instruments : what is traded here; orders and positions in other symbols are told and left alone
    cash : with which the account begins, before the venue's own is taken over
    amends, pairs : whether the venue changes orders in place, and keeps exits with their entry and as one-cancels-the-other
    opens : from which moment on the venue takes an order; until then it waits

    Attributes
    ----------
    register : all orders
    ready : whether orders may be entered: the stream stands and stock was taken since
    """

    def __init__(
        self, instruments: Iterable[Instrument], cash: float, *, pace: Pace | None = None, amends: bool = True, pairs: bool = True,
        opens: Opens | None = None,
    ) -> None:  # fmt: skip
        self.reconciliation = Reconciliation(tuple(instruments), cash)
        self.register = Register(self.reconciliation.lots, amends=amends, pairs=pairs)
        self._out: list[Event] = []
        self._reader = Reader(self.register, frozenset(self.reconciliation.lots), self._emit)
        self._agenda = Agenda(self.register, self._reader, pace or Pace(), opens)
        self._parked: list[Streamed] = []
        self._complaint = ""  # why the last answer was not complete
        self._restless = 0  # answers in a row that left something open
        self._newest = 0  # of the stocks that were read, by when they were asked for

    @property
    def ready(self) -> bool:
        """Whether orders may be entered."""
        return self._agenda.ready

    @property
    def unknown(self) -> int:
        """Orders of which nobody knows whether the venue has them."""
        return sum([self._is_unknown(tracked) for tracked in self.register.doubted.values()])

    def _is_unknown(self, tracked: Tracked) -> bool:
        unknown = tracked.status is OrderStatus.UNKNOWN
        for part in tracked.parts:
            if (unknown or (part.doubtful and not self._agenda.keeps(tracked, part))) and part.live:
                return True
        return False

    def follow(self, pace: Pace) -> None:
        """Be as patient as another pace of the venue asks for."""
        self._agenda.pace = pace

    def working(self) -> Iterator[Tracked]:
        """Return the orders that work, or of which something stands at the venue."""
        return self.register.active

    def wants(self, request: Request) -> bool:
        """Say whether a request is still to be sent: not an order or a change of one that ended, or was to leave, while it waited for its turn."""
        if not isinstance(request, Place | Amend):
            return True
        place = self.register.find("", request.order.order_id if isinstance(request, Place) else request.successor_id)
        return place is None or (place[1].live and not place[1].leave)

    def digest(self) -> str:
        """Return a hash of what is kept, the same after a replay."""
        state = codec.encode(self.reconciliation.state, "msgpack")
        return hashlib.sha256(self.register.digest() + state).hexdigest()

    # the journal

    def apply(self, record: Event | Command) -> None:
        """Take a record that did not come out of `interpret` or `lapse`: a command, an operator's or a market's event, or any in a replay."""
        self.reconciliation.apply(record)
        self.register.apply(record)
        if isinstance(record, Started):
            self._agenda.restart(record.ts_ns)

    def _emit(self, event: Event) -> None:
        self.apply(event)
        self._out.append(event)

    def _told(self, act: Callable[[], None], ts_ns: int) -> list[Event]:
        """Return what an act emits, and the ends that follow."""
        self._out = []
        act()
        self._conclude(ts_ns)
        if self._reader.asks:
            self._reader.asks = False
            self._agenda.take_stock(ts_ns)
        found, self._out = self._out, []
        return found

    # what the venue tells

    def interpret(self, report: Report) -> list[Event]:
        """Return what a report means; the events are applied here, and to be journaled before anything else is done."""
        match report:
            case Answered():
                return self._told(lambda: self._on_answer(report), report.ts_ns)
            case Streamed():
                return self._told(lambda: self._on_stream(report), report.ts_ns)
            case Stock():
                return self._told(lambda: self._on_stock(report), report.ts_ns)
            case Connected(ts_ns=ts_ns):
                self._agenda.connected(ts_ns)
            case Severed(ts_ns=ts_ns):
                self._agenda.severed(ts_ns)
        return []

    def _on_stream(self, report: Streamed) -> None:
        fill = report.fill
        if fill is not None and fill.cumulative is None and fill.kind == "fill":
            fill = structs.replace(fill, cumulative=report.order.filled)
            report = structs.replace(report, fill=fill)
        fills = () if fill is None else (fill,)
        if not self.register.since_ns or not self._reader.order(report.order, report.ts_ns, fills):
            self._parked.append(report)  # the account was not taken over yet, or it cannot be said whose it is
            return
        self._agenda.heard(report.order, report.ts_ns, asked=False)
        ours = None if fill is None else self.reconciliation.lots.get(fill.symbol)
        if fill is not None and ours is not None and fill.position not in {None, ours}:
            self._agenda.take_stock(report.ts_ns)
        self._unpark()

    def _unpark(self) -> None:
        """Read what came before it could be said whose it is."""
        parked, self._parked = (self._parked, []) if self.register.since_ns else ([], self._parked)
        for report in parked:
            fills = () if report.fill is None else (report.fill,)
            if not self._reader.order(report.order, report.ts_ns, fills):
                self._parked.append(report)

    def _on_answer(self, answer: Answered) -> None:
        venue_id = "" if answer.found is None else answer.found.venue_id
        place = self.register.find("", answer.order_id) or self.register.find(venue_id, "")
        if place is None:
            if answer.found is not None:
                self._reader.order(answer.found, answer.ts_ns)
            return
        tracked, part = place
        errand = self._agenda.answered(tracked, part, answer.asked, answer.ts_ns)
        if answer.found is not None and answer.outcome is Outcome.ACK:
            self._reader.order(answer.found, answer.ts_ns)
            self._agenda.heard(answer.found, answer.ts_ns, asked=answer.asked == "look_up")
            self._unpark()
        if answer.asked == "withdraw":
            errand.confirm(answer.ts_ns, self._agenda.pace.confirm_s if answer.outcome is Outcome.ACK else 0.0)
        elif answer.outcome is Outcome.UNKNOWN:
            self._on_silence(tracked, part, answer)
        elif answer.outcome is Outcome.REFUSED:
            self._on_refusal(tracked, part, answer)
        elif answer.found is None and not part.venue_id:
            errand.soon(answer.ts_ns)

    def _on_refusal(self, tracked: Tracked, part: Part, answer: Answered) -> None:
        errand = self._agenda.errand(tracked, part, answer.ts_ns)
        if answer.asked == "look_up":
            self._on_miss(tracked, part, answer.ts_ns, errand.looked_ns)
        elif part.doubtful or errand.attempts > 1:  # an earlier one may have been taken, whatever is said of this one
            errand.refusal = "" if answer.later else answer.text or "refused"
            self._agenda.look(tracked, part, answer.ts_ns)
        else:
            self._refused(tracked, part, answer)

    def _refused(self, tracked: Tracked, part: Part, answer: Answered) -> None:
        if answer.later and self._is_wanted(tracked, part, answer.ts_ns):
            self._agenda.errand(tracked, part, answer.ts_ns).vain(answer.ts_ns, self._agenda.pace)
            return
        if part.live and not part.venue_id:
            status = OrderStatus.CANCELED if part.leave else OrderStatus.REJECTED
            self._end_pair(tracked, part, status, answer.ts_ns, answer.text)
        if part.amends >= 0:
            self._agenda.look(tracked, tracked.parts[part.amends], answer.ts_ns)

    def _on_silence(self, tracked: Tracked, part: Part, answer: Answered) -> None:
        """Take it that nobody knows what became of a request."""
        self._agenda.errand(tracked, part, answer.ts_ns).unanswered(answer.ts_ns, self._agenda.pace, taken=answer.taken)
        if answer.asked == "look_up":
            return
        for one, its in self.register.allotment.together(tracked, part):
            if its.live and not its.venue_id and its.status is not OrderStatus.UNKNOWN:
                alone = one.working and not any(other is not its for other in one.live)
                status = OrderStatus.UNKNOWN if alone else one.status
                self._emit(
                    OrderUpdate(
                        ts_ns=answer.ts_ns, order_id=one.order.order_id, symbol=one.order.symbol, status=status, filled=one.filled,
                        text=answer.text, part=its.number, part_status=None if status is OrderStatus.UNKNOWN else OrderStatus.UNKNOWN,
                    )
                )  # fmt: skip

    def _on_miss(self, tracked: Tracked, part: Part, ts_ns: int, asked_ns: int) -> None:
        """Take it that the venue did not know an order when it was asked: no proof while it may have been on its way, or what is read be old."""
        pace, errand = self._agenda.pace, self._agenda.errand(tracked, part, ts_ns)
        if not part.live or asked_ns < errand.heard_ns:
            return
        if errand.missed(ts_ns, pace):
            return
        wanted = not errand.refusal and self._is_wanted(tracked, part, ts_ns)
        if wanted and (errand.attempts < pace.attempts_max or self.register.allotment.keeps_on(tracked, part)):
            errand.once_more()  # the venue takes one of the name, whichever comes first
            return
        arrived = asked_ns - errand.sent_ns >= pace.in_flight_s * NS_PER_SECOND
        if errand.misses < pace.misses_min or not arrived:
            return
        if part.venue_id:
            self._emit(
                Difference(
                    ts_ns=ts_ns, kind="lost", symbol=tracked.order.symbol, order_id=tracked.order.order_id, ours=part.qty,
                    text=f"the venue does not know {part.venue_id} any more",
                )
            )  # fmt: skip
        status = OrderStatus.REJECTED if errand.refusal and not part.venue_id else OrderStatus.ABANDONED
        self._end_pair(tracked, part, status, ts_ns, errand.refusal or "the venue never had it")

    def _is_wanted(self, tracked: Tracked, part: Part, ts_ns: int) -> bool:
        """Say whether a part that the venue does not have is still to get there."""
        over = self._agenda.is_over(tracked, part, self._agenda.errand(tracked, part, ts_ns), ts_ns)
        asks = part.amends < 0 or self.register.allotment.keeps_on(tracked, part)
        return asks and not (part.leave or part.venue_id or over) and self.register.allotment.wanted(tracked) > 0

    def _end_pair(self, tracked: Tracked, part: Part, status: OrderStatus, ts_ns: int, text: str) -> None:
        for one, its in self.register.allotment.together(tracked, part):
            if its.live and (its is part or not its.venue_id):
                self._reader.end(one, its, status, ts_ns, text)

    # stock

    def _on_stock(self, stock: Stock) -> None:
        reader, opening = self._reader, not self.register.since_ns
        if opening and stock.number < self._newest:
            return  # the account is taken over as it was told last
        self._newest = stock.number if stock.complete else self._newest
        fills = reader.lists(stock.fills, opening=opening)
        for found in stock.orders:
            reader.order(found, stock.ts_ns, opening=opening)
            self._agenda.heard(found, stock.ts_ns, asked=True)
        if opening:
            reader.take_over(fills, stock.orders, stock.ts_ns)
        for fill in fills:
            known = self.register.find(fill.venue_id, fill.order_id) is not None
            if known or fill.ts_ns >= self.register.asks_from_ns:
                reader.execution(fill, stock.ts_ns)
        reader.settle(stock.ts_ns)
        asked_ns = self._agenda.stock_asked_ns(stock.number)
        for order_id in stock.missing:
            place = self.register.find("", order_id)
            if place is not None and asked_ns:
                self._on_miss(*place, stock.ts_ns, asked_ns)
            elif place is not None:  # that was before, and where all of it takes as long no later one says more
                self._agenda.look(*place, stock.ts_ns)
        self._compare(stock, opening=opening)
        self._unpark()

    def _compare(self, stock: Stock, *, opening: bool) -> None:
        """Book flows of cash, name differences, and note up to when everything is known."""
        if not stock.complete:
            if stock.text and stock.text != self._complaint:
                self._emit(Difference(ts_ns=stock.ts_ns, kind="stock", text=stock.text))
            self._complaint = stock.text
            self._agenda.stocked(stock.ts_ns, stock.number, settled=False, complete=False)
            return
        reader, kept, self._complaint = self._reader, self.register.orders, ""
        open_symbols = {kept[key[0]].order.symbol for key in reader.gaps if key[0] in kept}
        unsettled = frozenset(self.reconciliation.lots) if reader.strangers else frozenset(open_symbols)
        moved = [] if opening else self.reconciliation.restated(stock, unsettled)
        began_ns = self.register.started_ns + _CLOCKS_NS
        paid = self.reconciliation.flows(stock, opening=opening, began_ns=began_ns, settled=not unsettled)
        for event in (*moved, *paid):
            self._emit(event)
        for event in self.reconciliation.opening(stock) if opening else ():
            self._emit(event)
        if self._agenda.stock_asked_ns(stock.number):  # one that came late is of before what was told, and says nothing
            for event in self.reconciliation.differences(stock, unsettled):
                self._emit(event)
        settled = not unsettled
        self._restless = 0 if settled else self._restless + 1
        if settled:
            since_ns = max(stock.ts_ns - int(self._agenda.pace.overlap_s * NS_PER_SECOND), self.register.begins_ns)
            self._emit(Reconciled(ts_ns=stock.ts_ns, since_ns=since_ns))
            reader.told = {key: found for key, found in reader.told.items() if key[0] in kept}
        elif self._restless % 10 == 0:
            self._name_open(stock.ts_ns)
        self._agenda.stocked(stock.ts_ns, stock.number, settled=settled, complete=True)

    def _name_open(self, ts_ns: int) -> None:
        """Name what has not been settled for long."""
        for key in self._reader.gaps:
            tracked, told = self.register.orders[key[0]], self._reader.told.get(key)
            self._emit(
                Difference(
                    ts_ns=ts_ns, kind="executions", symbol=tracked.order.symbol, order_id=key[0], ours=tracked.parts[key[1]].filled,
                    theirs=told.filled if told is not None else 0, text="the venue counts other lots than its executions tell",
                )
            )  # fmt: skip
        for venue_id in self._reader.strangers:
            text = "the venue does not tell of which order an execution is, and nothing is compared until it does"
            self._emit(Difference(ts_ns=ts_ns, kind="executions", order_id=venue_id, text=text))

    # what time brings

    def lapse(self, now_ns: int) -> list[Event]:
        """Return what ends because time has passed or it is not wanted any more, without having been sent; applied as by `interpret`."""
        return self._told(lambda: self._lapse(now_ns), now_ns)

    def _lapse(self, now_ns: int) -> None:
        waking = self._agenda.waking(now_ns)
        for tracked, part, errand in self._agenda.unsent(waking, now_ns):
            if part.live and part.leave:
                self._end_pair(tracked, part, OrderStatus.CANCELED, now_ns, "it was never sent")
            elif part.live:
                excuse = self._agenda.excuse(tracked, part, errand, now_ns)
                self._end_pair(tracked, part, OrderStatus.REJECTED, now_ns, excuse)
            errand.answered()
        for tracked, text in self._agenda.stuck(waking, now_ns):
            order = tracked.order
            self._emit(Difference(ts_ns=now_ns, kind="stuck", symbol=order.symbol, order_id=order.order_id, text=text))

    def _conclude(self, ts_ns: int) -> None:
        """Tell the changes that came into force, and the end of orders for which nothing stands and nothing follows."""
        register = self.register
        while register.touched:
            touched, register.touched = register.touched, {}
            self._agenda.wake(touched)
            for order_id in touched:
                tracked = register.orders.get(order_id)
                if tracked is None:
                    continue
                if tracked.newly_agreed and tracked.status is OrderStatus.FILLED:  # by other lots than stood there
                    self._tell(tracked, tracked.status, ts_ns, qty=tracked.order.qty)
                elif tracked.newly_agreed and tracked.working:
                    self._tell(tracked, tracked.status, ts_ns, qty=tracked.order.qty, text="replaced")
                if tracked.working and not any(tracked.live) and not register.allotment.waits(tracked):
                    self._tell(tracked, OrderStatus.CANCELED, ts_ns)

    def _tell(self, tracked: Tracked, status: OrderStatus, ts_ns: int, *, qty: int = 0, text: str = "") -> None:
        """Tell of an order as a whole, and of none of its parts."""
        order = tracked.order
        self._emit(
            OrderUpdate(
                ts_ns=ts_ns, order_id=order.order_id, symbol=order.symbol, status=status, filled=tracked.filled, text=text,
                part=len(tracked.parts), qty=qty,
            )
        )  # fmt: skip

    # what is asked

    def due(self, now_ns: int) -> list[Request]:
        """Return what to ask of the venue now; each is out from here on. Called after the sync that covers all that was applied."""
        return self._agenda.due(now_ns)

    def next_due_ns(self) -> int | None:
        """Return when to call `lapse` and `due` next if nothing happens before, or None."""
        return self._agenda.next_due_ns()
