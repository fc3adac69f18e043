"""A truthful venue in one page: orders, executions, positions and cash, and what it says of them.

It does what it is asked, keeps ids unique, and remembers everything; whatever is lost, doubled or reordered happens on the way.
"""

from dataclasses import dataclass, field

from tenfold.domain.order import Order, OrderStatus, OrderType, Side
from tenfold.execution.reports import (
    Amend,
    LookUp,
    Outcome,
    Place,
    Stock,
    Streamed,
    TakeStock,
    VenueFill,
    VenueFlow,
    VenueOrder,
    Withdraw,
)

IDLE = ("done_for_day", "suspended", "stopped", "strange")
"""States in which an order is live and nothing tells for how long; the last is one that nobody has heard of."""
LIVE = ("accepted", "new", "partially_filled", "pending_cancel", "pending_replace", "held", *IDLE)
STATUS = {
    "accepted": OrderStatus.ACCEPTED,
    "new": OrderStatus.ACCEPTED,
    "held": OrderStatus.ACCEPTED,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "pending_cancel": OrderStatus.PENDING_CANCEL,
    "pending_replace": OrderStatus.PENDING_REPLACE,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
    "replaced": OrderStatus.REPLACED,
    "done_for_day": OrderStatus.ACCEPTED,
    "suspended": OrderStatus.ACCEPTED,
    "stopped": OrderStatus.ACCEPTED,
    "strange": OrderStatus.UNKNOWN,
}
PRICE = 10.0
UNITS = 10_000_000  # of one lot at that price


@dataclass
class Standing:
    venue_id: str
    order_id: str
    symbol: str
    side: Side
    qty: int
    state: str = "new"
    filled: int = 0
    updated_ns: int = 0
    replaced_by: str = ""
    replaces: str = ""
    partner: "Standing | None" = None
    leads: bool = True
    legs: "list[Standing]" = field(default_factory=list)
    head: "Standing | None" = None
    kind: OrderType = OrderType.LIMIT
    limit_price: float | None = None
    stop_price: float | None = None
    auction: str = ""
    successor: "Standing | None" = None
    executions: list[VenueFill] = field(default_factory=list)

    @property
    def live(self):
        return self.state in LIVE

    @property
    def left(self):
        return self.qty - self.filled if self.live and self.state != "held" else 0


class VenueModel:
    """Hold one account."""

    def __init__(self, symbols, cash=100_000_000_000):
        self.orders: dict[str, Standing] = {}
        self.by_client: dict[str, Standing] = {}
        self.lots = dict.fromkeys(symbols, 0)
        self.cash = cash
        self.flows: list[VenueFlow] = []
        self.activities: list[VenueFill] = []
        self.stream: list[Streamed] = []
        self.now = 0
        self.count = 0
        self.original_qty = False  # the bug of a replace that works for the whole quantity again
        self.refusing = False

    # what it says

    def shown(self, one, legs=True):
        partner = one.partner
        return VenueOrder(
            venue_id=one.venue_id, order_id=one.order_id, symbol=one.symbol, side=one.side, qty=one.qty, filled=one.filled,
            status=self.status(one), state=one.state, average=PRICE if one.filled else 0.0, updated_ns=one.updated_ns,
            replaced_by=one.replaced_by, replaces=one.replaces,
            legs=tuple(self.shown(leg, legs=False) for leg in one.legs or ([partner] if partner and one.leads and not one.head else []))
            if legs
            else (),
            order=self.terms(one),
        )  # fmt: skip

    def terms(self, one):
        prices = {OrderType.LIMIT: {"limit_price": PRICE}, OrderType.STOP: {"stop_price": PRICE}}.get(one.kind, {})
        return Order(
            order_id=one.order_id or "-",
            ts_ns=1,
            symbol=one.symbol,
            side=one.side,
            qty=max(one.qty, 1),
            type=one.kind,
            **prices,
        )

    def status(self, one):
        found = STATUS[one.state]
        return OrderStatus.PARTIALLY_FILLED if found is OrderStatus.ACCEPTED and one.filled else found

    def tell(self, one, event, fill=None):
        one.updated_ns = self.tick()
        self.stream.append(Streamed(ts_ns=self.now, event=event, order=self.shown(one), fill=fill))

    def tick(self):
        self.now += 1
        return self.now

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    # what it is asked

    def place(self, asked: Place):
        """Return (outcome, found)."""
        if asked.order.order_id in self.by_client:
            return Outcome.UNKNOWN, None  # the adapter's reading of 422 "must be unique"
        if self.refusing:
            return Outcome.REFUSED, None
        one = self.enter(asked.order, asked.order.order_id)
        if asked.partner is not None:
            other = self.enter(asked.partner, self.name("leg"))
            one.partner, other.partner, other.leads = other, one, False
        one.legs = [self.enter(leg, self.name("leg")) for leg in asked.legs]
        for leg in one.legs:
            leg.state, leg.head = "held", one
        if len(one.legs) == 2:
            first, second = one.legs
            first.partner, second.partner, second.leads = second, first, False
        self.tell(one, "new")
        if one.partner is not None:
            self.tell(one.partner, "new")
        return Outcome.ACK, self.shown(one)

    def enter(self, order: Order, order_id, replaces=""):
        one = Standing(
            self.name("v"), order_id, order.symbol, order.side, order.qty, updated_ns=self.tick(), replaces=replaces,
            limit_price=order.limit_price, stop_price=order.stop_price, auction=order.auction, kind=order.type,
        )  # fmt: skip
        self.orders[one.venue_id] = self.by_client[order_id] = one
        return one

    def amend(self, asked: Amend, fate="ok"):
        one = self.orders[asked.venue_id]
        if asked.successor_id in self.by_client:
            return Outcome.UNKNOWN, None
        if one.state not in ("new", "partially_filled") or self.refusing:
            return Outcome.REFUSED, None
        successor = Standing(
            self.name("v"), asked.successor_id, one.symbol, one.side, one.qty if self.original_qty else one.left, state="accepted",
            updated_ns=self.tick(), replaces=one.venue_id, kind=one.kind,
        )  # fmt: skip
        self.orders[successor.venue_id] = self.by_client[successor.order_id] = successor
        answer = self.shown(successor)
        if fate == "ok":
            successor.legs, one.legs = one.legs, []
            for leg in successor.legs:
                leg.head = successor
            one.state, one.replaced_by = "replaced", successor.venue_id
            self.tell(one, "replaced")
            successor.state = "new"
            self.tell(successor, "new")
        else:
            if fate == "fills":
                self.fill(one, one.left)
            elif fate == "partly" and one.left > 1:
                self.fill(one, 1)
            successor.state = "rejected"
            self.tell(successor, "rejected")
        return Outcome.ACK, answer

    def withdraw(self, asked: Withdraw, fate="ok"):
        one = self.orders.get(asked.venue_id)
        if one is None or not one.live or one.state == "pending_replace":
            return Outcome.REFUSED, None
        if fate == "fills":
            self.fill(one, one.left)
        elif fate == "partly" and one.left > 1:
            self.fill(one, 1)
        if fate == "stuck":
            one.state = "pending_cancel"
            self.tell(one, "pending_cancel")
        elif one.live:
            self.end(one, "canceled")
        return Outcome.ACK, None

    def look_up(self, asked: LookUp):
        one = self.orders.get(asked.venue_id) if asked.venue_id else self.by_client.get(asked.order_id)
        if one is None:
            return Outcome.REFUSED, None
        return Outcome.ACK, self.shown(one.partner if one.partner is not None and not (one.leads or one.head) else one)

    def stock(self, asked: TakeStock, ts_ns):
        found = {one.venue_id: one for one in self.orders.values() if one.live}
        missing = []
        for look in asked.orders:
            one = self.orders.get(look.venue_id) if look.venue_id else self.by_client.get(look.order_id)
            if one is None:
                missing.append(look.order_id)
            else:
                found[one.venue_id] = one
        return Stock(
            ts_ns=ts_ns, orders=tuple(self.shown(one) for one in found.values()),
            fills=tuple(fill for fill in self.activities if fill.ts_ns >= asked.since_ns),
            positions={symbol: lots for symbol, lots in self.lots.items() if lots}, cash_units=self.cash,
            flows=tuple(self.flows), missing=tuple(missing), number=asked.number,
        )  # fmt: skip

    # what happens there

    def fill(self, one, qty):
        """Execute lots; what is left of a partner shrinks with it."""
        if qty < 1 or not (one.live or one.state in ("canceled", "expired")):
            return
        one.filled += qty
        self.book(one, qty, one.side.sign)
        if one.filled >= one.qty:
            one.state = "filled"
        elif one.live and one.state not in ("pending_cancel", "pending_replace"):
            one.state = "partially_filled"
        fill = VenueFill(
            execution_id=self.name("x"), venue_id=one.venue_id, order_id=one.order_id, symbol=one.symbol, side=one.side, qty=qty,
            price=PRICE, ts_ns=self.tick(), cumulative=one.filled, position=self.lots[one.symbol],
        )  # fmt: skip
        one.executions.append(fill)
        self.activities.append(fill)
        self.tell(one, "fill" if one.state == "filled" else "partial_fill", fill)
        if one.state == "filled":
            for leg in one.legs:
                if leg.state == "held":
                    leg.state = "new"
                    self.tell(leg, "new")
        other = one.partner
        if other is not None and other.live:
            if one.state == "filled":
                self.end(other, "canceled")
            else:
                other.qty = max(other.qty - qty, other.filled)

    def book(self, one, qty, sign, price_units=UNITS):
        self.lots[one.symbol] += sign * qty
        self.cash -= sign * qty * price_units

    def end(self, one, state):
        one.state = state
        self.tell(one, state)
        for leg in one.legs:
            if leg.state == "held":
                self.end(leg, "canceled")
        other = one.partner
        if other is not None and other.live:
            self.end(other, "canceled")

    def bust(self, one):
        """Take the last execution back."""
        fill = one.executions.pop()
        one.filled -= fill.qty
        self.book(one, fill.qty, -one.side.sign)
        gone = VenueFill(
            execution_id=fill.execution_id, venue_id=fill.venue_id, order_id=fill.order_id, symbol=fill.symbol, side=fill.side,
            qty=fill.qty, price=fill.price, ts_ns=self.tick(), kind="bust",
        )  # fmt: skip
        self.activities.append(gone)
        self.tell(one, "trade_bust", gone)

    def correct(self, one, less=0):
        """Correct the price of the last execution by one unit of a tenth, and its size by so many lots `less`."""
        fill = one.executions.pop()
        one.filled -= less
        self.book(one, fill.qty, -one.side.sign)
        self.book(one, fill.qty - less, one.side.sign, UNITS + 100_000)
        terms = {
            "venue_id": fill.venue_id,
            "order_id": fill.order_id,
            "symbol": fill.symbol,
            "side": fill.side,
        }
        now = {**terms, "qty": fill.qty - less, "price": PRICE + 0.1, "ts_ns": self.tick(), "kind": "correct"}
        self.activities.append(
            VenueFill(
                execution_id=fill.execution_id, qty=fill.qty, price=fill.price, ts_ns=self.now, kind="bust", **terms
            )
        )
        self.activities.append(VenueFill(execution_id=self.name("c"), **now))
        self.tell(one, "trade_correct", VenueFill(execution_id=fill.execution_id, **now))

    def outside(self, symbol, side, qty, filled):
        """Let somebody else send an order, and fill a part of it."""
        order = Order(
            order_id=self.name("hand"),
            ts_ns=1,
            symbol=symbol,
            side=side,
            qty=qty,
            type=OrderType.LIMIT,
            limit_price=PRICE,
        )
        one = self.enter(order, order.order_id)
        self.tell(one, "new")
        if filled:
            self.fill(one, filled)
        return one

    def pay(self, units):
        """Move cash without a trade."""
        self.cash += units
        self.flows.append(VenueFlow(flow_id=self.name("flow"), ts_ns=self.tick(), kind="dividend", units=units))
