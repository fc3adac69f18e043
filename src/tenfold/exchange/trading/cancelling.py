"""Take an order back, and let go wrong what can go wrong then."""

from typing import Any

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.refusal import INTERNAL, Refusal
from tenfold.exchange.trading import mishaps
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.filling import execute
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.routing import end, may_trade
from tenfold.exchange.trading.states import CANCELABLE


def cancel(b: Brokerage, order: Order, ts_ns: int) -> None:
    """Cancel an order; Refusal where that cannot be done any more."""
    if order.status not in CANCELABLE:
        message = f'order is already in "{order.status}" state' if not order.live else "order is pending replacement"
        raise Refusal(422, b.settings.not_cancelable_code, message)
    if order.status == "pending_cancel":
        return
    order.cancel_requested_ns = ts_ns
    if order.tickets and order.qty is not None and _goes_wrong(b, order, ts_ns):
        return
    end(b, order, "canceled", ts_ns)


def _goes_wrong(b: Brokerage, order: Order, ts_ns: int) -> bool:
    """Let a fault strike; say whether it leaves the order as it is now."""
    if b.faults.strikes("pending_cancel_stuck"):
        b.emit(order, "pending_cancel", ts_ns)
        b.at(ts_ns + round(b.faults.value("pending_cancel_stuck") * NS_PER_SECOND), lambda ns: _canceled(b, order, ns))
        return True
    if not may_trade(b, order, ts_ns):
        return False
    if b.faults.strikes("cancel_rejected"):
        b.emit(order, "pending_cancel", ts_ns)
        execute(b, order, order.leaves, b.price(order), ts_ns)
        b.emit(order, "order_cancel_rejected", ts_ns)
        return True
    if b.faults.strikes("partial_then_cancel"):
        part = mishaps.part_of(b, order, order.leaves, "partial_then_cancel")
        if part < order.leaves:
            execute(b, order, part, b.price(order), ts_ns)
    elif b.faults.strikes("fill_after_cancel"):
        left, price = order.leaves, b.price(order)
        b.at(ts_ns + mishaps.SOON_NS, lambda now_ns: execute(b, order, left, price, now_ns))
    return False


def _canceled(b: Brokerage, order: Order, ts_ns: int) -> None:
    if order.status == "pending_cancel":
        end(b, order, "canceled", ts_ns)


def cancel_all(b: Brokerage, account: Account, ts_ns: int) -> list[dict[str, Any]]:
    """Cancel every open order, and return what became of each as REST shows it."""
    return [_answer(b, order, ts_ns) for order in list(account.open.values())]


def _answer(b: Brokerage, order: Order, ts_ns: int) -> dict[str, Any]:
    if order.status == "canceled":
        return {"id": order.id, "status": 200}
    try:
        cancel(b, order, ts_ns)
    except Refusal as refusal:
        return {"id": order.id, "status": 500, "body": {**refusal.body, "code": INTERNAL}}
    return {"id": order.id, "status": 200}
