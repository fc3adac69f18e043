"""The truthful venue in worse moods: it is slow to decide, lists what was a moment ago, and others change orders there."""

from typing import NamedTuple

from msgspec.structs import replace

from tenfold.domain.order import Order, OrderType, Side
from tenfold.execution.lifecycle import WORKING
from tenfold.execution.reports import Outcome, Stock, VenueOrder
from venue_model import IDLE, PRICE, UNITS, Standing, VenueModel

SECOND = 1_000_000_000
BEHIND_NS = 2 * SECOND
"""How old a list may be."""
KEPT = 6
"""Moments that a list may be of."""
WAITING = ("pending_cancel", "pending_replace", *IDLE)
"""States that a word of the venue ends."""


class Moment(NamedTuple):
    """Hold what the venue would have listed at one moment; `orders` is None for those of now."""

    ts_ns: int
    orders: dict[str, VenueOrder] | None
    lots: dict[str, int]
    costs: dict[str, int]
    cash: int
    activities: int
    flows: int


class MoodyVenue(VenueModel):
    """Hold one account, and what was known of it a moment ago.

    Attributes
    ----------
    stale, hidden : how likely each part of a list is one of before, and the last executions are missing from it
    """

    def __init__(self, symbols, chance):
        super().__init__(symbols)
        self.chance = chance
        self.costs = dict.fromkeys(symbols, 0)
        self.moments = []
        self.stale = self.hidden = 0.0

    # what it says

    def terms(self, one):
        order = super().terms(one)
        if one.kind is OrderType.LIMIT:
            return replace(order, limit_price=one.limit_price or PRICE)
        return replace(order, stop_price=one.stop_price or PRICE) if one.kind is OrderType.STOP else order

    def moment(self, orders=None):
        return Moment(
            self.now, orders, dict(self.lots), dict(self.costs), self.cash, len(self.activities), len(self.flows)
        )

    def remember(self):
        """Keep what is so now, to be listed later."""
        shown = {one.venue_id: self.shown(one) for one in self.orders.values()}
        self.moments = [*self.moments[1 - KEPT :], self.moment(shown)]

    def any_moment(self, ts_ns):
        """Return this moment, or where a list is stale one of before."""
        old = [one for one in self.moments if one.ts_ns >= ts_ns - BEHIND_NS]
        return self.chance.choice(old) if old and self.chance.random() < self.stale else self.moment()

    def shown_at(self, moment, one):
        """Return what is told of an order, None where it was not there yet."""
        return self.shown(one) if moment.orders is None else moment.orders.get(one.venue_id)

    def asked_for(self, asked):
        return self.orders.get(asked.venue_id) if asked.venue_id else self.by_client.get(asked.order_id)

    def look_up(self, asked):
        one, moment = self.asked_for(asked), self.any_moment(self.now)
        if one is None or moment.orders is None:
            return super().look_up(asked)
        found = self.shown_at(moment, one)
        return (Outcome.REFUSED, None) if found is None else (Outcome.ACK, found)

    def stock(self, asked, ts_ns):
        """List orders, account and executions, each as of a moment of its own, and the orders of all executions with them."""
        listed, account, activities = (self.any_moment(ts_ns) for _ in range(3))
        shown = [self.shown_at(listed, one) for one in self.orders.values()]
        found = {one.venue_id: one for one in shown if one is not None and one.status in WORKING}
        missing = []
        for look in asked.orders:
            one = self.asked_for(look)
            one = None if one is None else self.shown_at(listed, one)
            if one is None:
                missing.append(look.order_id)
            else:
                found[one.venue_id] = one
        fills = self.listed(activities, asked.since_ns, ts_ns)
        for fill in fills:
            one = self.shown_at(listed, self.orders[fill.venue_id])
            if one is not None:
                found.setdefault(one.venue_id, one)
        held = {symbol: lots for symbol, lots in account.lots.items() if lots}
        return Stock(
            ts_ns=ts_ns, orders=tuple(found.values()), fills=tuple(fills), positions=held,
            costs={symbol: account.costs[symbol] for symbol in held}, cash_units=account.cash,
            flows=tuple(self.flows[: activities.flows]), missing=tuple(missing), number=asked.number,
        )  # fmt: skip

    def listed(self, moment, since_ns, ts_ns):
        """Return the executions since a moment; the last ones may not be listed yet."""
        fills = [fill for fill in self.activities[: moment.activities] if fill.ts_ns >= since_ns]
        if self.chance.random() >= self.hidden:
            return fills
        until_ns = ts_ns - self.chance.randint(0, BEHIND_NS)
        return [fill for fill in fills if fill.ts_ns <= until_ns]

    # what it is asked

    def amend(self, asked, fate="ok"):
        """Return (outcome, found); "stuck" leaves the change of a lone order undecided."""
        one, known = self.orders[asked.venue_id], asked.successor_id in self.by_client
        lone = one.partner is None and not one.legs
        stands = one.state in {"new", "partially_filled"} and not (known or self.refusing)
        if fate == "stuck" and stands and lone:
            return self.keep_waiting(one, asked)
        found = super().amend(asked, "partly" if fate == "stuck" else fate)
        successor = self.by_client.get(asked.successor_id)
        if successor is not None:
            self.take_over(one, successor, asked)
        return found

    def take_over(self, one, successor, asked):
        """Let a successor have the prices that were asked for, and the place of an order among the legs of its entry."""
        successor.limit_price = asked.limit_price or one.limit_price
        successor.stop_price = asked.stop_price or one.stop_price
        successor.auction = one.auction
        if successor.live and one.head is not None:
            self.put_beside(one, successor)

    def put_beside(self, one, successor):
        successor.head = one.head
        one.head.legs = [successor if leg is one else leg for leg in one.head.legs]

    def keep_waiting(self, one, asked):
        successor = Standing(
            self.name("v"), asked.successor_id, one.symbol, one.side, one.left, state="accepted", updated_ns=self.tick(),
            replaces=one.venue_id, kind=one.kind,
        )  # fmt: skip
        self.take_over(one, successor, asked)
        self.orders[successor.venue_id] = self.by_client[successor.order_id] = successor
        answer = self.shown(successor)
        one.state, one.successor = "pending_replace", successor
        self.tell(one, "pending_replace")
        return Outcome.ACK, answer

    # what happens there

    def book(self, one, qty, sign, price_units=UNITS):
        held, cost, more = self.lots[one.symbol], self.costs[one.symbol], sign * qty
        if held * more >= 0:
            cost += more * price_units
        elif abs(more) <= abs(held):
            cost = cost * (abs(held) - abs(more)) // abs(held)
        else:
            cost = (held + more) * price_units
        self.costs[one.symbol] = cost
        super().book(one, qty, sign, price_units)

    def fill(self, one, qty):
        super().fill(one, qty)
        other = one.partner
        if other is not None and other.live and other.qty <= other.filled:
            self.end(other, "canceled")
        if one.state == "filled":
            self.drop_change(one)

    def end(self, one, state):
        super().end(one, state)
        self.drop_change(one)

    def drop_change(self, one):
        """Refuse the change of an order that nobody has decided on."""
        if one.successor is not None and one.successor.state == "accepted":
            one.successor.state = "rejected"
            self.tell(one.successor, "rejected")

    def decide(self, one):
        """Say at last what becomes of an order that waits."""
        agrees = self.chance.random() < 0.6
        if one.state == "pending_cancel" and agrees:
            self.end(one, "canceled")
        elif one.state == "pending_cancel":
            self.go_on(one, "order_cancel_rejected")
        elif one.state == "pending_replace":
            self.decide_change(one, agrees)
        else:
            self.go_on(one, "new")

    def go_on(self, one, event):
        one.state = "partially_filled" if one.filled else "new"
        self.tell(one, event)

    def decide_change(self, one, agrees):
        successor = one.successor
        waits = successor is not None and successor.state == "accepted"
        if not (agrees and waits and one.left):
            self.go_on(one, "order_replace_rejected")
            self.drop_change(one)
            return
        successor.qty = min(successor.qty, one.left)
        one.state, one.replaced_by = "replaced", successor.venue_id
        self.tell(one, "replaced")
        successor.state = "new"
        self.tell(successor, "new")

    def replace_by_hand(self, one):
        """Let somebody else put an order in the place of one of ours."""
        order = Order(
            order_id=self.name("h"), ts_ns=1, symbol=one.symbol, side=one.side, qty=one.left or one.qty - one.filled,
            type=OrderType.LIMIT, limit_price=PRICE,
        )  # fmt: skip
        other = self.enter(order, self.name("hand"), replaces=one.venue_id)
        other.kind, other.limit_price, other.stop_price, other.auction = (
            one.kind,
            one.limit_price,
            one.stop_price,
            one.auction,
        )
        other.state = "held" if one.state == "held" else "new"
        if one.partner is not None:
            other.partner, other.leads, one.partner.partner, one.partner = one.partner, one.leads, other, None
        if one.head is not None:
            self.put_beside(one, other)
        one.state, one.replaced_by = "replaced", other.venue_id
        self.tell(one, "replaced")
        self.tell(other, other.state)

    def cross(self):
        """Hold an auction: what is for it fills, in part or not at all, and ends."""
        for one in list(self.orders.values()):
            if one.live and one.auction:
                self.fill(one, self.chance.choice((0, one.left, self.chance.randint(0, one.left))))
                if one.live:
                    self.end(one, "canceled")

    def possible(self, symbol):
        """Return the smallest and the largest position that working orders can make; of a pair one fills."""
        least = most = self.lots[symbol]
        paired = {}
        for one in self.orders.values():
            if one.symbol != symbol or not one.left or (one.replaces and one.state == "accepted"):
                continue
            left = one.left
            if one.partner is not None:
                head = one.head or (one if one.leads else one.partner)
                before = paired.get((head.venue_id, one.side), 0)
                left, paired[head.venue_id, one.side] = max(left - before, 0), max(before, left)
            most += left if one.side is Side.BUY else 0
            least -= left if one.side is Side.SELL else 0
        return least, most
