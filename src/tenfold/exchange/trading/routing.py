"""Send orders to the venues or let them wait for a session, and end them."""

from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.states import CANCELABLE, TERMINAL

_AUCTIONS = frozenset({"opg", "cls"})


def route(b: Brokerage, order: Order, ts_ns: int) -> None:
    """Send an order now, or as its session begins; an order for an auction waits for it at the venue.

    A leg that limits the loss stands at the venue too, but is shown as held until it trades. The client is answered what the order
    is before the venue knows of it.
    """
    in_session = b.in_session(order.asset, order.extended_hours, ts_ns)
    if order.status != "held":
        b.emit(order, "pending_new" if in_session else "accepted", ts_ns)
        b.answers[order.id] = order.snapshot()
    if in_session:
        _to_venue(b, order, ts_ns)
    elif order.tif in _AUCTIONS:
        b.send(order, ts_ns)
    else:
        wait(b, order, ts_ns)


def wait(b: Brokerage, order: Order, ts_ns: int) -> None:
    """Let an order wait for the next session that it may trade in."""
    order.waits = True
    b.at(_session_ns(b, order, ts_ns), lambda now_ns: _released(b, order, now_ns))


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


def _session_ns(b: Brokerage, order: Order, ts_ns: int) -> int:
    """Return when the next session of an order begins."""
    if order.extended_hours:
        session = b.sessions.current(ts_ns)
        pre_ns = ts_ns if session is None else b.sessions.extended(session)[0]
        if pre_ns > ts_ns:
            return pre_ns
        return b.sessions.extended(b.sessions.next_session(b.day(ts_ns)))[0]
    return b.sessions.next_open(ts_ns)


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
