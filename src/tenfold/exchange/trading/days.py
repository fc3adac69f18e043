"""Live through the parts of a trading day: orders of the day expire, fees are paid, positions count from a new price."""

from typing import Final

from tenfold.exchange.events import Edge
from tenfold.exchange.trading.account import Account, Sample
from tenfold.exchange.trading.activities import pay_fees
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.corporate import restate
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.request import COMPLEX
from tenfold.exchange.trading.routing import end
from tenfold.exchange.trading.states import TERMINAL

FAULTY_RATIO: Final = 2.0
"""Split that a fault makes an order believe in."""

_RESTS_OVERNIGHT: Final = frozenset({"new", "partially_filled"})


def on_edge(b: Brokerage, edge: Edge) -> None:
    """Live through an edge of the day, after the venues did."""
    for account in b.accounts.values():
        if edge.kind == "pre":
            _begin(b, account)
        elif edge.kind == "open":
            _wake(b, account, edge.ts_ns)
        elif edge.kind == "close":
            _end_session(b, account, edge.ts_ns)
        else:
            _end_day(b, account, edge.ts_ns)


def _begin(b: Brokerage, account: Account) -> None:
    for symbol, position in account.positions.items():
        position.roll(b.latest.mark(symbol))


def _wake(b: Brokerage, account: Account, ts_ns: int) -> None:
    for order in list(account.open.values()):
        if order.status in {"done_for_day", "calculated"}:
            b.emit(order, "new", ts_ns)
        if _rests(order) and order.order_class not in COMPLEX and b.faults.strikes("restated"):
            restate(b, order, FAULTY_RATIO, ts_ns)


def _end_session(b: Brokerage, account: Account, ts_ns: int) -> None:
    margin = b.margin(account)
    account.last_equity, account.last_maintenance = margin.equity, margin.maintenance
    account.days.append(Sample(ts_ns, margin.equity, "open"))
    for order in list(account.open.values()):
        if _ended_by(order, ts_ns, extended=False):
            end(b, order, "expired", ts_ns)
        elif _rests(order) and b.faults.strikes("done_for_day"):
            b.emit(order, "done_for_day", ts_ns)


def _rests(order: Order) -> bool:
    return order.tif == "gtc" and order.status in _RESTS_OVERNIGHT and not order.asset.is_crypto


def _end_day(b: Brokerage, account: Account, ts_ns: int) -> None:
    pay_fees(b, account, ts_ns)
    for order in list(account.open.values()):
        if _ended_by(order, ts_ns, extended=True):
            end(b, order, "expired", ts_ns)
        elif order.status == "done_for_day" and b.faults.strikes("rare_states"):
            b.emit(order, "calculated", ts_ns)


def _ended_by(order: Order, ts_ns: int, extended: bool) -> bool:
    """Say whether an order of the day is over by now; what waits for the next session stays."""
    of_day = order.tif == "day" or (extended and order.tif in {"opg", "cls", "ioc", "fok"})
    return (
        of_day
        and not order.asset.is_crypto
        and (extended or not order.extended_hours)
        and order.status not in TERMINAL
        and not (order.parent or order).waits
        and order.expires_ns is not None
        and order.expires_ns <= ts_ns
    )
