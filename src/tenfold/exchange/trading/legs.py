"""Let the orders of a family live and die together: bracket, one-cancels-other, one-triggers-other."""

from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.mishaps import force
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.routing import activate, end
from tenfold.exchange.trading.states import CANCELABLE


def after_fill(b: Brokerage, order: Order, qty: int, complete: bool, ts_ns: int) -> None:
    """Do what an execution means for the rest of an order's family.

    An entry that is filled brings its legs to life. A leg that trades takes as much off its sibling; one that is filled ends it.
    """
    if not order.role:
        if complete:
            for leg in order.legs:
                if leg.status == "held":
                    activate(b, leg, ts_ns)
        elif order.order_class == "bracket" and order.live and b.faults.strikes("bracket_parent_canceled"):
            end(b, order, "canceled", ts_ns)
        return
    for other in order.family:
        if other is not order and other.role and other.status in CANCELABLE:
            _exclude(b, other, qty, complete, ts_ns)


def _exclude(b: Brokerage, other: Order, qty: int, complete: bool, ts_ns: int) -> None:
    if complete and b.faults.strikes("oco_both_fill"):
        force(b, other, ts_ns)
        return
    if complete:
        end(b, other, "canceled", ts_ns)
        return
    if other.qty is not None:
        other.qty -= min(qty, other.leaves)
        other.updated_ns = ts_ns
        b.keep_version(other)
    for ticket_id in other.tickets:
        other.tickets[ticket_id] = max(other.tickets[ticket_id] - qty, 0)
