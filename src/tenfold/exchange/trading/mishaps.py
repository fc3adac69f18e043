"""Let go wrong what the faults of orders name, around an execution."""

from typing import Final

from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.orders_to_match import NANO, Execution
from tenfold.exchange.price_steps import step_of
from tenfold.exchange.trading.activities import record_fill
from tenfold.exchange.trading.booking import book
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import value_of
from tenfold.exchange.trading.routing import auction_is_over, end, may_trade

SOON_NS: Final = NS_PER_SECOND // 100
"""How long after the end of an order an execution of it is told all the same."""
LATER_NS: Final = NS_PER_SECOND
"""How long after an execution it is taken back or corrected, and what it freed can be used."""


def part_of(b: Brokerage, order: Order, qty: int, fault: str) -> int:
    """Return a random part of a quantity in whole shares, or in thousandths of it where it is no whole number of shares."""
    unit = NANO if qty % NANO == 0 else max(qty // 1000, 1)
    units = qty // unit
    if units < 2 or order.notional is not None:
        return qty
    return b.faults.chance(fault).randrange(1, units) * unit


def overfilled(b: Brokerage, order: Order, qty: int) -> int:
    """Return the last quantity of an order, which may be more than was left."""
    if not order.live or not b.faults.strikes("overfill"):
        return qty
    more = round(qty * b.faults.value("overfill"))
    return qty + (max(more // NANO, 1) * NANO if qty % NANO == 0 else max(more, 1))


def force(b: Brokerage, order: Order, ts_ns: int) -> None:
    """Let all that is left of an order trade at its own price, whatever the market does."""
    left, price = order.leaves, b.price(order)
    b.withdraw(order, ts_ns)
    ticket = b.ticket(order, left, ts_ns)
    b.outcomes.append(Execution(order_id=ticket.order_id, ts_ns=ts_ns, qty=left, price=price))


def pass_rare_state(b: Brokerage, order: Order, ts_ns: int) -> None:
    """Let a working order be suspended for a while, or be stopped: guaranteed, and traded a while later."""
    if order.status != "new" or not order.tickets or not b.faults.strikes("rare_states"):
        return
    later_ns = ts_ns + round(b.faults.value("rare_states") * NS_PER_SECOND)
    drawn = order.qty is not None and b.faults.chance("rare_states").random() < 0.5
    stopped = drawn and may_trade(b, order, later_ns)
    b.emit(order, "stopped" if stopped else "suspended", ts_ns)
    b.withdraw(order, ts_ns)
    b.at(later_ns, lambda now_ns: _leave_rare_state(b, order, now_ns))


def _leave_rare_state(b: Brokerage, order: Order, ts_ns: int) -> None:
    if order.status == "stopped" and not may_trade(b, order, ts_ns):  # its symbol was halted meanwhile
        b.at(ts_ns + NS_PER_MINUTE, lambda now_ns: _leave_rare_state(b, order, now_ns))
    elif order.status == "stopped":
        force(b, order, ts_ns)
    elif order.status == "suspended" and auction_is_over(order, ts_ns):
        end(b, order, "canceled", ts_ns)
    elif order.status == "suspended":
        b.emit(order, "new", ts_ns)
        b.send(order, ts_ns)


def after_execution(b: Brokerage, order: Order, execution_id: str, qty: int, price: int, ts_ns: int) -> None:
    """Take an execution back, correct it, or keep what it freed from being used at once.

    What follows does so after the execution was told: of a bar that is known at its close, that may be later than it was.
    """
    later_ns = max(ts_ns, b.now_ns) + LATER_NS
    if b.faults.strikes("trade_bust"):
        b.at(later_ns, lambda now_ns: _bust(b, order, execution_id, qty, price, now_ns))
    elif b.faults.strikes("trade_correct"):
        b.at(later_ns, lambda now_ns: _correct(b, order, execution_id, qty, price, now_ns))
    if order.closing and b.faults.strikes("refusal_races_fill"):
        account = b.accounts[order.account]
        late = (later_ns, value_of(qty, price))
        account.freed_later.append(late)
        b.at(late[0], lambda _: account.freed_later.remove(late))


def _bust(b: Brokerage, order: Order, execution_id: str, qty: int, price: int, ts_ns: int) -> None:
    order.filled_qty -= qty
    order.filled_value -= value_of(qty, price)
    book(b, order, -order.side * qty, price, ts_ns)
    b.emit(order, "trade_bust", ts_ns, execution_id=execution_id, price=price, qty=qty)
    record_fill(b, order, execution_id, "trade_bust", -order.side, qty, price, ts_ns)
    if order.qty is None or not order.tickets:
        return
    if b.group(order):  # what one of a pair trades its venue takes off all else that stands of the two
        b.withdraw(order, ts_ns)
        b.send(order, ts_ns)
    else:  # what is left again stands again, beside what still does
        b.send(order, ts_ns, qty)


def _correct(b: Brokerage, order: Order, execution_id: str, qty: int, price: int, ts_ns: int) -> None:
    corrected = price + order.side * step_of(price)
    order.filled_value += value_of(qty, corrected) - value_of(qty, price)
    book(b, order, -order.side * qty, price, ts_ns)
    record_fill(b, order, execution_id, "trade_bust", -order.side, qty, price, ts_ns)
    book(b, order, order.side * qty, corrected, ts_ns)
    b.emit(order, "trade_correct", ts_ns, execution_id=execution_id, price=corrected, qty=qty)
    record_fill(b, order, b.ids.uuid("correction"), "trade_correct", order.side, qty, corrected, ts_ns)
