"""Take up what the venues answer: executions move cash and positions, and bring legs to life or end them."""

from functools import partial

from tenfold.domain.errors import InvariantError
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Outcome, Trailed
from tenfold.exchange.trading import mishaps
from tenfold.exchange.trading.activities import record_fill
from tenfold.exchange.trading.booking import book
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.legs import after_fill
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import value_of
from tenfold.exchange.trading.request import COMPLEX
from tenfold.exchange.trading.routing import auction_is_over, end
from tenfold.exchange.trading.states import LIVE, UNROUTED


def settle(b: Brokerage) -> None:
    """Take up every outcome, and those that come of it."""
    while b.outcomes:
        _apply(b, b.outcomes.popleft())


def _apply(b: Brokerage, outcome: Outcome) -> None:
    order = b.tickets.get(outcome.order_id)
    if order is None:
        return  # the order ended in the meantime
    if isinstance(outcome, Execution):
        _executed(b, order, outcome)
    elif isinstance(outcome, Ended):
        _ended(b, order, outcome)
    elif isinstance(outcome, Trailed):
        order.hwm, order.stop = outcome.best, outcome.stop
        b.keep_version(order)


def _executed(b: Brokerage, order: Order, outcome: Execution) -> None:
    most = _stood(b, order, outcome)
    if most == 0:
        return
    qty, over, pair = most, auction_is_over(order, outcome.ts_ns), list[Order]()
    if order.qty is None:
        qty = _of_dollars(order, qty, outcome.price)
    elif b.faults.strikes("random_partial"):
        qty = mishaps.part_of(b, order, qty, "random_partial")
        pair = _taken_back(b, order, outcome.ts_ns) if qty < most else pair
        if not over and not pair:
            b.send(order, outcome.ts_ns, most - qty)
    execute(b, order, qty, outcome.price, outcome.ts_ns, outcome.fee)
    for one in pair:
        if one.live and one.leaves:
            b.send(one, outcome.ts_ns)
        elif one.live:  # it was the smaller of the two
            end(b, one, "canceled", outcome.ts_ns)
    if over and qty < most and not order.tickets and order.status in LIVE:
        end(b, order, "canceled", outcome.ts_ns)


def _stood(b: Brokerage, order: Order, outcome: Execution) -> int:
    """Return what an execution trades, which is no more than what stood at the venue."""
    stood, most = order.tickets[outcome.order_id], outcome.qty
    if most > stood:
        if not order.role:
            raise InvariantError(f"{most} of {order.symbol} executed, {stood} stood at the venue")
        b.matching.cancel(
            outcome.order_id, outcome.ts_ns
        )  # it had all of it still, and the other of the pair has traded since
        most = stood
    order.tickets[outcome.order_id] = stood - most
    if most == stood:
        b.forget(outcome.order_id)
    return most


def _taken_back(b: Brokerage, order: Order, ts_ns: int) -> list[Order]:
    """Take the exits of a pair back, and return them: their venue took off the other all that it executed of one, of which a part counts.

    One that stands there alone comes back too: of a pair nothing may stand twice.
    """
    pair = [one for one in order.family if one.role and (one is order or one.tickets)] if b.group(order) else []
    for one in pair:
        b.withdraw(one, ts_ns)
    return pair


def _of_dollars(order: Order, qty: int, price: int) -> int:
    """Return the quantity of an order of dollars at the price that it got, so that its dollars are spent as far as they go."""
    most = ((order.notional or 0) - order.filled_value) * NANO // price
    return max(most if not order.tickets else min(qty, most), 1)


def execute(b: Brokerage, order: Order, qty: int, price: int, ts_ns: int, fee: int = 0) -> None:
    """Let an order trade."""
    account = b.accounts[order.account]
    if order.status in UNROUTED:
        b.emit(order, "new", ts_ns)
    before = order.leaves
    completes = not order.tickets if order.qty is None else qty >= before
    if completes:
        qty = mishaps.overfilled(b, order, qty)
    order.filled_qty += qty
    order.filled_value += value_of(qty, price)
    account.reserve(order, 0 if completes else order.reserved * max(before - qty, 0) // max(before, 1))
    book(b, order, order.side * qty, price, ts_ns)
    account.fees += fee
    account.coin_fees += fee if order.asset.is_crypto else 0
    execution_id = b.ids.uuid("execution")
    event = "fill" if completes else "partial_fill"
    if completes:
        b.withdraw(order, ts_ns)
    b.emit(order, event, ts_ns, execution_id=execution_id, price=price, qty=qty)
    record_fill(b, order, execution_id, event, order.side, qty, price, ts_ns)
    mishaps.after_execution(b, order, execution_id, qty, price, ts_ns)
    after_fill(b, order, qty, completes, ts_ns)


def _ended(b: Brokerage, order: Order, outcome: Ended) -> None:
    b.forget(outcome.order_id)
    if order.status not in LIVE:
        return
    event = outcome.status
    if event == "rejected" and order.filled_qty:
        event = "canceled"
    if event == "canceled" and order.tif in {"ioc", "fok"} and b.faults.strikes("ioc_expired"):
        event = "expired"
    end(b, order, event, outcome.ts_ns)
    if (
        event == "expired"
        and order.qty is not None
        and order.order_class not in COMPLEX
        and b.faults.strikes("fill_after_cancel")
    ):
        part = mishaps.part_of(b, order, order.leaves, "fill_after_cancel")
        b.at(outcome.ts_ns + mishaps.SOON_NS, partial(execute, b, order, part, b.price(order)))
