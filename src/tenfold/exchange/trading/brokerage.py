"""Hold everything that the trading side of the exchange knows, and the few acts that all else is made of.

How it works. Requests and market events change orders by `emit`, whose table of states says what may follow what. What stands at a venue is
a ticket; what the venue answers is put into `outcomes` and taken up one after the other, so that nothing happens within something else.
What is to happen later stands in `timers`.
"""

import heapq
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.api.assets import Asset, Assets
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.orders_to_match import NANO, Matching, Outcome, Ticket
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.settings import TradingSettings
from tenfold.exchange.trading import states
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.margin import Margin, margin_of
from tenfold.exchange.trading.order import Order
from tenfold.exchange.wire import Ids, decimal_text, decimal_text_of

NEVER = 2**63 - 1
_PENDING_EVENTS = frozenset({"accepted", "pending_new", "pending_cancel", "pending_replace"})
_STAMPS = {
    "fill": "filled_ns",
    "partial_fill": "filled_ns",
    "canceled": "canceled_ns",
    "expired": "expired_ns",
    "rejected": "failed_ns",
    "replaced": "replaced_ns",
    "pending_cancel": "cancel_requested_ns",
}


class Brokerage:
    """Hold accounts, orders, tickets, timers and what was not told yet.

    Attributes
    ----------
    orders : by id; `tickets` the orders by the id of what stands at a venue
    outcomes : what venues answered and nobody took up yet
    updates : events of the trading stream that were not fetched yet
    due_ns : moment of the first timer
    now_ns : the latest moment that was heard of
    halted : symbols that do not trade now
    sample_ns : when accounts are valued next
    lasting : live orders that are good till canceled, the first to expire first; `awaits_expiry` whether a timer waits for them
    versions : (moment, order as it was) by id, while a fault shows orders late
    restarts : how often the exchange restarted
    """

    def __init__(
        self,
        settings: TradingSettings,
        assets: Assets,
        sessions: Sessions,
        matching: Matching,
        latest: Latest,
        faults: Faults,
        ids: Ids,
    ) -> None:
        self.settings = settings
        self.assets = assets
        self.sessions = sessions
        self.matching = matching
        self.latest = latest
        self.faults = faults
        self.ids = ids
        self.accounts: dict[str, Account] = {}
        self.orders: dict[str, Order] = {}
        self.tickets: dict[str, Order] = {}
        self.outcomes: deque[Outcome] = deque()
        self.updates: list[TradeUpdate] = []
        self.due_ns = NEVER
        self.now_ns = 0
        self.halted: set[str] = set()
        self.sample_ns = 0
        self.restarts = 0
        self.lasting: OrderedDict[str, Order] = OrderedDict()
        self.awaits_expiry = False
        self.versions: dict[str, list[tuple[int, Order]]] = {}
        self._seq = 0
        self._timers: list[tuple[int, int, Callable[[int], None]]] = []
        self._timer_count = itertools.count()

    def margin(self, account: Account) -> Margin:
        """Value an account."""
        return margin_of(account, self.latest, self.settings)

    def day(self, ts_ns: int) -> int:
        """Return the local date, days since 1970-01-01."""
        return self.sessions.day_of(ts_ns)

    def price(self, order: Order) -> int:
        """Return what an order would trade at: its limit or stop, or else the last price."""
        return order.limit or order.stop or self.latest.mark(order.symbol)

    def in_session(self, asset: Asset, extended: bool, ts_ns: int) -> bool:
        """Say whether an order may stand at a venue now."""
        if asset.is_crypto:
            return True
        phase = self.sessions.phase(ts_ns)
        return phase == "open" or (extended and phase in {"pre", "post"})

    def emit(
        self,
        order: Order,
        event: str,
        ts_ns: int,
        *,
        execution_id: str | None = None,
        price: int | None = None,
        qty: int | None = None,
    ) -> None:
        """Let an event happen to an order, and tell it."""
        if event in {"pending_cancel", "pending_replace"}:
            order.before = order.status
        order.status = states.after(order.status, event, order.before)
        if order.status == "new" and order.filled_qty:
            order.status = "partially_filled"
        order.updated_ns = max(ts_ns, order.updated_ns)
        if event in _STAMPS:
            setattr(order, _STAMPS[event], ts_ns)
        account = self.accounts[order.account]
        if not order.live:
            account.leave(order)
            self.lasting.pop(order.id, None)
        if execution_id is None and event not in _PENDING_EVENTS:
            execution_id = self.ids.uuid("execution")
        self.keep_version(order)
        self._seq += 1
        self.updates.append(
            TradeUpdate(
                seq=self._seq,
                account=order.account,
                event=event,
                ts_ns=ts_ns,
                order=order.wire(nested=True, stream=True),
                execution_id=execution_id,
                price=decimal_text_of(price),
                qty=decimal_text_of(qty),
                position_qty=None if qty is None else decimal_text(account.qty_of(order.symbol)),
            )
        )

    def keep_version(self, order: Order) -> None:
        """Remember an order as it is now, while a fault shows orders late, and forget what no reader can be shown any more."""
        if "stale_reads" not in self.faults.switches:
            return
        versions = self.versions.setdefault(order.id, [])
        versions.append((self.now_ns, order.snapshot()))
        oldest = self.now_ns - round(self.faults.value("stale_reads") * NS_PER_SECOND)
        while len(versions) > 1 and versions[1][0] <= oldest:
            del versions[0]

    def enter(self, order: Order) -> None:
        """Put an order into the books of its account."""
        self.orders[order.id] = order
        self.accounts[order.account].enter(order)

    def ticket(self, order: Order, qty: int, ts_ns: int) -> Ticket:
        """Return what a venue is given of an order."""
        order.ticket_count += 1
        ticket_id = order.id if order.ticket_count == 1 else f"{order.id}#{order.ticket_count}"
        self.tickets[ticket_id] = order
        order.tickets[ticket_id] = qty
        advanced = order.advanced
        return Ticket(
            order_id=ticket_id,
            owner=order.account,
            symbol=order.symbol,
            side=order.side,
            kind=order.kind,
            tif=order.tif,
            qty=qty,
            ts_ns=ts_ns,
            limit=order.limit,
            stop=order.stop if order.kind != "trailing_stop" else None,
            trail=order.trail_price,
            trail_frac=None if order.trail_percent is None else order.trail_percent / (100 * NANO),
            extended_hours=order.extended_hours,
            display=None if advanced is None else advanced.display,
            destination="" if advanced is None else advanced.destination,
            group=self.group(order),
            algorithm="" if advanced is None or advanced.algorithm == "DMA" else advanced.algorithm,
            start_ns=None if advanced is None else advanced.start_ns,
            end_ns=None if advanced is None else advanced.end_ns,
            max_frac=None if advanced is None else advanced.share_max,
        )

    def group(self, order: Order) -> str:
        """Return the name under which a venue keeps an exit with the other of its pair: what one trades is off all that stands of it, "" for none."""
        if not order.role:
            return ""
        head = order.parent or order
        first = head
        while first.replaces is not None:  # a group keeps its name while its head is replaced
            first = self.orders[first.replaces]
        exits = [one for one in head.family if one.role]
        return f"{first.id} exits" if len(exits) > 1 else ""

    def send(self, order: Order, ts_ns: int, qty: int | None = None) -> None:
        """Send an order to the venues: what is left of it, or so much."""
        order.waits = False
        left = self.quantity(order) if qty is None else qty
        if left > 0:
            self.outcomes.extend(self.matching.submit(self.ticket(order, left, ts_ns)))

    def quantity(self, order: Order) -> int:
        """Return the quantity that is left of an order; that of dollars at the last price."""
        if order.qty is not None:
            return order.qty - order.filled_qty
        price = order.limit or self.latest.mark(order.symbol)
        dollars = (order.notional or 0) - order.filled_value
        return dollars * NANO // price if price else 0

    def withdraw(self, order: Order, ts_ns: int) -> None:
        """Take everything of an order away from the venues."""
        for ticket_id in list(order.tickets):
            self.matching.cancel(ticket_id, ts_ns)
            self.forget(ticket_id)

    def forget(self, ticket_id: str) -> None:
        """Know a ticket no more."""
        order = self.tickets.pop(ticket_id, None)
        if order is not None:
            order.tickets.pop(ticket_id, None)

    def at(self, ts_ns: int, action: Callable[[int], None]) -> None:
        """Do something at a moment, with that moment as its argument."""
        heapq.heappush(self._timers, (ts_ns, next(self._timer_count), action))
        self.due_ns = self._timers[0][0]

    def next_due_ns(self) -> int | None:
        """Return when something is due next, here or at a venue; None where nothing is."""
        due_ns = self.matching.next_due_ns()
        if due_ns is None:
            return None if self.due_ns == NEVER else self.due_ns
        return min(due_ns, self.due_ns)

    def pop_due(self, ts_ns: int) -> tuple[int, Callable[[int], None]] | None:
        """Return the first timer that is due, None where none is."""
        if self.due_ns > ts_ns:
            return None
        due, _, action = heapq.heappop(self._timers)
        self.due_ns = self._timers[0][0] if self._timers else NEVER
        return due, action
