"""Send orders to the venues or let them wait for a session, and end them."""

from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.states import CANCELABLE, TERMINAL

_AUCTIONS = frozenset({"opg", "cls"})


def route(b: Brokerage, order: Order, ts_ns: int) -> Order:
    """Send an order now, or as its session begins, and return it as it was before the venue knew of it: so the client is answered.

    An order for an auction waits for it at the venue. A leg that limits the loss stands there too, but is shown as held until it
    trades.
    """
    in_session = b.in_session(order.asset, order.extended_hours, ts_ns)
    if order.status != "held":
        b.emit(order, "pending_new" if in_session else "accepted", ts_ns)
    answered = order.snapshot()
    if in_session:
        _to_venue(b, order, ts_ns)
    elif order.tif in _AUCTIONS:
        b.send(order, ts_ns)
    else:
        wait(b, order, ts_ns)
    return answered


def wait(b: Brokerage, order: Order, ts_ns: int) -> None:
    """Let an order wait for the next session that it may trade in."""
    order.waits = True
    begin_ns = b.sessions.next_pre(ts_ns) if order.extended_hours else b.sessions.next_open(ts_ns)
    b.at(begin_ns, lambda now_ns: _released(b, order, now_ns))


def activate(b: Brokerage, order: Order, ts_ns: int) -> None:
    """Bring a held leg to life."""
    if order.role == "take_profit" or len(order.family) == 2:
        b.emit(order, "pending_new", ts_ns)
        b.emit(order, "new", ts_ns)
    if b.in_session(order.asset, order.extended_hours, ts_ns):
        b.send(order, ts_ns)
    else:
        wait(b, order, ts_ns)


def _to_venue(b: Brokerage, order: Order, ts_ns: int) -> None:
    if order.status not in {"held", "new"}:
        b.emit(order, "new", ts_ns)
    b.send(order, ts_ns)


def _released(b: Brokerage, order: Order, ts_ns: int) -> None:
    if order.waits and order.live:
        _to_venue(b, order, ts_ns)


def may_trade(b: Brokerage, order: Order, ts_ns: int) -> bool:
    """Say whether an order may trade now: one for an auction does so in that alone, and none while its market is closed or its symbol halted."""
    return (
        order.tif not in _AUCTIONS
        and order.symbol not in b.halted
        and b.in_session(order.asset, order.extended_hours, ts_ns)
    )


def auction_is_over(order: Order, ts_ns: int) -> bool:
    """Say whether the auction that an order was for has been: what it left is not sent again, it would wait for another day's."""
    return order.tif in _AUCTIONS and order.expires_ns is not None and order.expires_ns <= ts_ns


def end(b: Brokerage, order: Order, event: str, ts_ns: int) -> None:
    """End an order and whatever stands and falls with it."""
    _end_one(b, order, event, ts_ns)
    rest = "expired" if event == "expired" else "canceled"
    for other in order.family:
        if other is not order and other.status in CANCELABLE:
            _end_one(b, other, rest, ts_ns)


def _end_one(b: Brokerage, order: Order, event: str, ts_ns: int) -> None:
    b.withdraw(order, ts_ns)
    order.waits = False
    if order.status not in TERMINAL:
        b.emit(order, event, ts_ns)
