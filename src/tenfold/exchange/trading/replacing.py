"""Put a successor in the place of an order."""

from typing import Any

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import bad_parameter, unprocessable
from tenfold.exchange.trading import rules
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.expiry import await_expiry, expiry
from tenfold.exchange.trading.filling import execute
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.request import COMPLEX, OrderRequest, ReplaceRequest
from tenfold.exchange.trading.routing import may_trade, wait
from tenfold.exchange.trading.states import REPLACEABLE, TERMINAL
from tenfold.exchange.trading.submitting import stamp

_LIMITED = frozenset({"limit", "stop_limit"})
_STOPPED = frozenset({"stop", "stop_limit"})


def replace(b: Brokerage, account: Account, order: Order, asked: ReplaceRequest, ts_ns: int) -> Order:
    """Put a successor in the place of an order, and return what the client is answered; Refusal where there cannot be one."""
    _check_state(order)
    _check_change(order, asked)
    rules.check_client_id(b, account, asked.client_order_id)
    changed = _changes(b, order, asked)
    qty = changed["qty"]
    for name, price in (("limit_price", asked.limit), ("stop_price", asked.stop), ("trail", asked.trail)):
        if price is not None:
            rules.check_increment(order.asset, name, price)
    reserved = _reserve(b, account, order, changed)
    if order.closing and qty > order.leaves:
        rules.check_available(account, order.asset, qty, released=order.leaves)
    successor = _successor(b, account, order, changed, reserved, asked.client_order_id, ts_ns)
    answered = successor.snapshot()
    if order.tickets and b.faults.strikes("replace_rejected"):
        b.emit(order, "pending_replace", ts_ns)
        b.emit(order, "order_replace_rejected", ts_ns)
        b.emit(successor, "rejected", ts_ns)
        return answered
    if order.tickets and may_trade(b, order, ts_ns) and b.faults.strikes("replace_loses_to_fill"):
        b.emit(order, "pending_replace", ts_ns)
        execute(b, order, order.leaves, b.price(order), ts_ns)
        b.emit(successor, "rejected", ts_ns)
        return answered
    if order.tickets and order.order_class not in COMPLEX and b.faults.strikes("pending_replace_stuck"):
        b.emit(order, "pending_replace", ts_ns)
        later_ns = ts_ns + round(b.faults.value("pending_replace_stuck") * NS_PER_SECOND)
        b.at(later_ns, lambda now_ns: _swap_late(b, order, successor, now_ns))
        return answered
    _swap(b, order, successor, ts_ns)
    return answered


def _check_state(order: Order) -> None:
    if order.status in TERMINAL:
        raise unprocessable(f'order is already in "{order.status}" state')
    if order.status not in REPLACEABLE:
        raise unprocessable("unable to replace order, order isn't sent to exchange yet")
    if order.qty is None:
        raise unprocessable("notional orders cannot be replaced")


def _check_change(order: Order, asked: ReplaceRequest) -> None:
    if asked.qty is not None and (asked.qty % NANO or (order.qty or 0) % NANO) and not order.asset.is_crypto:
        raise bad_parameter("qty must be integer")
    for name, price, kinds in (("limit", asked.limit, _LIMITED), ("stop", asked.stop, _STOPPED)):
        if price is not None and order.kind not in kinds:
            raise unprocessable(f"{order.kind.replace('_', ' ')} orders must not have {name} price")
    if asked.trail is not None and order.kind != "trailing_stop":
        raise unprocessable("only trailing stop orders have a trail")
    if asked.tif is not None and order.order_class in COMPLEX and asked.tif not in {"day", "gtc"}:
        raise unprocessable(f"{order.order_class} orders must be day or gtc")
    if all(one is None for one in (asked.qty, asked.tif, asked.limit, asked.stop, asked.trail, asked.advanced)):
        raise bad_parameter("order parameters are not changed")


def _changes(b: Brokerage, order: Order, asked: ReplaceRequest) -> dict[str, Any]:
    """Return what of the order its successor has otherwise; without a quantity it goes on with what is left."""
    left = order.leaves
    if asked.qty is not None:
        left = asked.qty
    elif order.filled_qty and b.faults.strikes("replace_original_qty"):
        left = order.qty or 0
    percent = order.trail_percent is not None
    return {
        "qty": left,
        "tif": asked.tif or order.tif,
        "limit": order.limit if asked.limit is None else asked.limit,
        "stop": order.stop if asked.stop is None else asked.stop,
        "trail_percent": asked.trail if percent and asked.trail is not None else order.trail_percent,
        "trail_price": asked.trail if not percent and asked.trail is not None else order.trail_price,
        "advanced": asked.advanced or order.advanced,
    }


def _reserve(b: Brokerage, account: Account, order: Order, changed: dict[str, Any]) -> int:
    """Return what the successor reserves: the larger of what it costs and what the order had reserved."""
    if order.closing:
        return 0
    asked = OrderRequest(
        symbol=order.symbol,
        side=order.side,
        kind=order.kind,
        tif=changed["tif"],
        qty=changed["qty"],
        limit=changed["limit"],
        stop=changed["stop"],
    )
    cost = rules.cost_of(b, order.asset, asked, changed["qty"])
    if cost > order.reserved:
        rules.check_buying_power(b, account, order.asset, cost, released=order.reserved)
    return max(cost, order.reserved)


def _successor(
    b: Brokerage, account: Account, order: Order, changed: dict[str, Any], reserved: int, client_id: str, ts_ns: int
) -> Order:
    submitted_ns = stamp(b, account, ts_ns)
    successor = Order(
        id=b.ids.uuid("order"),
        account=order.account,
        client_order_id=client_id or b.ids.uuid("client order"),
        asset=order.asset,
        side=order.side,
        kind=order.kind,
        notional=None,
        created_ns=submitted_ns,
        submitted_ns=submitted_ns,
        updated_ns=submitted_ns,
        status="held" if order.status == "held" else "pending_new",
        hwm=order.hwm,
        extended_hours=order.extended_hours,
        order_class=order.order_class,
        intent=order.intent,
        expires_ns=expiry(b, order.asset, changed["tif"], order.extended_hours, ts_ns),
        closing=order.closing,
        reserved=reserved,
        role=order.role,
        replaces=order.id,
        **changed,
    )
    b.enter(successor)
    return successor


def _swap_late(b: Brokerage, order: Order, successor: Order, ts_ns: int) -> None:
    """Let the successor take the place of an order that was pending, for what is left of it; either may have ended meanwhile."""
    if order.status != "pending_replace":
        if successor.live:
            b.emit(successor, "rejected", ts_ns)
    elif not successor.live:
        b.emit(order, "order_replace_rejected", ts_ns)
    else:
        successor.qty = min(b.quantity(successor), order.leaves)
        _swap(b, order, successor, ts_ns)


def _swap(b: Brokerage, order: Order, successor: Order, ts_ns: int) -> None:
    """Let the successor take the place of an order, in its family and at the venue; the order may be gone from there by now."""
    _take_place(order, successor)
    if not _amended(b, order, successor, ts_ns):
        _take_place(successor, order)
        if order.status != "pending_replace":
            b.emit(order, "pending_replace", ts_ns)
        b.emit(order, "order_replace_rejected", ts_ns)
        b.emit(successor, "rejected", ts_ns)
        return
    waited, order.waits = order.waits, False
    order.replaced_by = successor.id
    b.emit(order, "replaced", ts_ns)
    if successor.parent is not None:
        b.keep_version(successor.parent)
    await_expiry(b, successor)
    if successor.status != "held":
        b.emit(successor, "new", ts_ns)
    if waited:
        wait(b, successor, ts_ns)


def _amended(b: Brokerage, order: Order, successor: Order, ts_ns: int) -> bool:
    """Put the successor at the venue where the order stood; False where it is there no more."""
    tickets = list(order.tickets)
    if len(tickets) == 1:
        ticket = b.ticket(successor, b.quantity(successor), ts_ns)
        answer = b.matching.amend(ticket, tickets[0])
        if answer is None:
            b.forget(ticket.order_id)
            return False
        b.forget(tickets[0])
        b.outcomes.extend(answer)
    elif tickets:
        b.withdraw(order, ts_ns)
        b.send(successor, ts_ns)
    return True


def _take_place(order: Order, successor: Order) -> None:
    successor.legs, order.legs = order.legs, []
    for leg in successor.legs:
        leg.parent = successor
    if order.parent is not None:
        successor.parent, order.parent = order.parent, None
        successor.parent.legs = [successor if leg is order else leg for leg in successor.parent.legs]
