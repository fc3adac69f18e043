"""Plant bugs that were drawn by somebody who knew the code and had not read the simulation."""

from msgspec.structs import replace
from planting import DEATHS, LOST, UNANSWERED, UNHEARD, Planted

from tenfold.adapters.alpaca.connection import NotSentError
from tenfold.adapters.alpaca.rate_budget import RateBudget
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.domain.events import Reconciled, Started
from tenfold.domain.keys import Keys
from tenfold.domain.order import OrderStatus
from tenfold.engine.exiting import ExitingEngine
from tenfold.exchange.settings import KEY, SECRET
from tenfold.execution.agenda import Agenda
from tenfold.execution.blotter import Blotter
from tenfold.execution.families import Families
from tenfold.execution.open_orders import OpenOrders
from tenfold.execution.register import Register
from tenfold.risk.admission import Admission

# what the venue tells


class CoversFromZero(Planted):
    """An execution covers all lots of its order up to it, so that one that was overtaken counts as booked."""

    needs = ((*UNHEARD, "reordered_events"), ("random_partial",))

    class register(Register):  # noqa: N801 -- the name that the base looks for
        def _on_fill(self, tracked, fill):
            place = self._by_venue.get(fill.venue_id)
            if fill.cumulative and place is not None and not tracked.parts[place[1]].rebased:
                tracked.parts[place[1]].cover(0, fill.cumulative)
            super()._on_fill(tracked, fill)


class NoOverlap(Planted):
    """Executions are asked for from the last full comparison on, and not from a while before it."""

    needs = (("stale_reads",), UNHEARD)

    class blotter_class(Blotter):  # noqa: N801
        def _emit(self, event):
            super()._emit(replace(event, since_ns=event.ts_ns) if isinstance(event, Reconciled) else event)


class StockOfBefore(Planted):
    """Stock that was asked for before the stream fell counts once it stands again."""

    needs = (("cut_mid_frame", "restart", "cut"),)

    class agenda(Agenda):  # noqa: N801
        def stocked(self, ts_ns, number, *, settled, complete):
            self._first_number = 0
            super().stocked(ts_ns, self._stock_number, settled=settled, complete=complete)


# what is asked


class BlockedSleepOn(Planted):
    """An order that waits for another to leave is not thought of again once that has left."""

    needs = (("halt",), ("cancel_rejected", "pending_cancel_stuck"))
    lawful = True

    class agenda(Agenda):  # noqa: N801
        def wake(self, order_ids):
            self._dirty |= dict.fromkeys(order_ids)


class ExitsForTheWholeEntry(Planted):
    """The exits of an entry that filled in part are for all of it."""

    needs = (("bracket_parent_canceled",), ("random_partial",))
    lawful = True

    class families(Families):  # noqa: N801
        def room(self, tracked):
            left = super().room(tracked)
            entry = self._orders.get(tracked.order.parent_id or "")
            if tracked.order.order_class != "bracket" or entry is None or not entry.filled:
                return left
            others = sum(other.filled for other in self._siblings(tracked.order))
            return max(tracked.order.qty - tracked.filled - others, 0)


class Client(Planted):
    """Make the client of another class."""

    client = RestClient

    def rest(self, clock, chance, deadline):
        return self.client("http://venue", Keys(KEY, SECRET), clock, chance, deadline)


class DeadlineAtTheDoor(Client):
    """Lease and cancel are looked at before a request waits for its turn and a connection, and not again."""

    needs = (("sleep at door",), ("store away",))
    engines = 2

    class client(RestClient):  # noqa: N801
        async def ask(self, method, path, body=b"", *, wanted=None, **options):
            if method != "GET" and (forbidden := super()._hindrance(wanted)):
                raise NotSentError(forbidden)
            return await super().ask(method, path, body, wanted=wanted, **options)

        def _hindrance(self, wanted):
            return ""


class HoldsItsTurn(Client):
    """A request that fails does not give its turn back."""

    needs = ((*LOST, *UNANSWERED),)

    class client(RestClient):  # noqa: N801
        async def _sent(self, method, path, body, urgency, *others):
            reply = None
            try:
                reply = await super()._sent(method, path, body, urgency, *others)
            finally:
                if reply is None and urgency in self._turns:
                    self._turns[urgency]._value -= 1
            return reply


class LeaksBudget(Client):
    """A request that did not leave counts as being on its way for ever."""

    needs = (("cut", "connect refused", "connection_refused"),)

    class Leaking(RateBudget):
        def unsent(self):
            pass

    def rest(self, clock, chance, deadline):
        made = super().rest(clock, chance, deadline)
        made.budget.__class__ = self.Leaking
        return made


# the engine


class Engined(Planted):
    """Give an engine other parts."""

    def loop(self, engine, blotter, journal):
        self.changed(engine)
        return super().loop(engine, blotter, journal)


class StartsClean(Engined):
    """A start resets the breakers, so that a halt does not outlast the process."""

    needs = (("halt",), DEATHS)

    class Clean(ExitingEngine):
        def _on_operator(self, event):
            found = super()._on_operator(event)
            if isinstance(event, Started):
                self.breaker.reset(event.ts_ns, self.ledger.equity)
            return found

    def changed(self, engine):
        engine.__class__ = self.Clean


class FreesOnPendingCancel(Engined):
    """An order whose cancel is pending reserves nothing any more."""

    needs = (("pending_cancel_stuck",),)
    lawful = True
    votes = False

    class Orders(OpenOrders):
        def _move(self, one, status):
            super()._move(one, status)
            if status is OrderStatus.PENDING_CANCEL:
                self._open.pop(one.order.order_id, None)
                self._by_symbol[one.order.symbol].pop(one.order.order_id, None)

    def changed(self, engine):
        if engine.trader is not None:
            engine.trader.orders.__class__ = self.Orders


class AgeOfTheNews(Engined):
    """A quote is as old as the moment at which conditions were told last."""

    needs = (("kill", "sequence_gap", "frame lost", "cut"),)
    needs_feeds = guarded = True

    class Lax(Admission):
        def _conditioned(self, order, adds, conditions, shorts):
            known = self._known.get(order.symbol)
            if known is None:
                return super()._conditioned(order, adds, conditions, shorts)
            self._known[order.symbol] = replace(known, quote_ns=conditions.ts_ns)
            try:
                return super()._conditioned(order, adds, conditions, shorts)
            finally:
                self._known[order.symbol] = known

    def changed(self, engine):
        engine.gate.admission.__class__ = self.Lax


DRAWN = (
    CoversFromZero, NoOverlap, StockOfBefore, BlockedSleepOn, ExitsForTheWholeEntry, DeadlineAtTheDoor, HoldsItsTurn,
    LeaksBudget, StartsClean, FreesOnPendingCancel, AgeOfTheNews,
)  # fmt: skip
