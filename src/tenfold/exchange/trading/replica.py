"""Show orders, positions and activities as a replica that lags behind does."""

from bisect import bisect_right
from copy import copy

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import Position

FAULT = "stale_reads"


def seen_ns(b: Brokerage, ts_ns: int) -> int:
    """Return the moment that a read shows: now, or earlier where the fault strikes."""
    if not b.faults.strikes(FAULT):
        return ts_ns
    return ts_ns - round(b.faults.value(FAULT) * NS_PER_SECOND)


def order_at(b: Brokerage, order: Order, ts_ns: int) -> Order | None:
    """Return an order as it was at a moment, None where it was not there yet."""
    if ts_ns >= b.now_ns:
        return order
    versions = b.versions.get(order.id)
    if versions is None:
        return order if order.submitted_ns <= ts_ns else None
    place = bisect_right(versions, ts_ns, key=lambda one: one[0])
    if place == 0 and order.submitted_ns > ts_ns:
        return None
    shown = copy(versions[max(place - 1, 0)][1])
    shown.legs = [leg for one in shown.legs if (leg := order_at(b, b.orders[one.id], ts_ns)) is not None]
    return shown


def orders_at(b: Brokerage, account: Account, ts_ns: int) -> list[Order] | None:
    """Return all orders of an account as they were at a moment, None where that is now."""
    if ts_ns >= b.now_ns:
        return None
    return [shown for order in account.orders if (shown := order_at(b, order, ts_ns)) is not None]


def positions_at(b: Brokerage, account: Account, ts_ns: int) -> dict[str, Position]:
    """Return the positions as they were at a moment."""
    if ts_ns >= b.now_ns or not account.position_versions:
        return account.positions
    place = bisect_right(account.position_versions, ts_ns, key=lambda one: one[0])
    return account.position_versions[place - 1][1] if place else {}
