"""Live through splits and dividends: positions, cash and resting orders."""

from tenfold.exchange.events import Corporate
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.price_steps import step_of
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.activities import record_cash
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import value_of
from tenfold.exchange.trading.request import COMPLEX
from tenfold.exchange.trading.routing import end
from tenfold.exchange.wire import decimal_text, nano_of


def on_corporate(b: Brokerage, event: Corporate) -> None:
    """Split first, then pay what each new share gets."""
    for account in b.accounts.values():
        if event.ratio != 1.0:
            _split(b, account, event)
        if event.cash:
            _pay(b, account, event)


def _split(b: Brokerage, account: Account, event: Corporate) -> None:
    position = account.positions.get(event.symbol)
    if position is not None:
        before = position.qty
        position.split(event.ratio)
        more = {"symbol": event.symbol, "qty": decimal_text(position.qty - before), "price": "0"}
        record_cash(b, account, "SPLIT", 0, event.ts_ns, **more)
    for order in account.open_orders(event.symbol):
        if order.live:  # else it ended with its family
            restate(b, order, event.ratio, event.ts_ns)


def _pay(b: Brokerage, account: Account, event: Corporate) -> None:
    """Pay a dividend; who sold short pays it. Orders that rest below the market fall by it, save those of a family."""
    position = account.positions.get(event.symbol)
    cash = nano_of(event.cash)
    if position is not None:
        dollars = value_of(position.qty, cash)
        account.cash += dollars
        more = {"symbol": event.symbol, "qty": decimal_text(position.qty), "per_share_amount": decimal_text(cash)}
        record_cash(b, account, "DIV", dollars, event.ts_ns, **more)
    for order in account.open_orders(event.symbol):
        below = (order.side > 0 and order.kind == "limit") or (order.side < 0 and order.stop is not None)
        if below and order.tif == "gtc" and order.order_class not in COMPLEX:
            _reduce(b, order, cash, event.ts_ns)


def restate(b: Brokerage, order: Order, ratio: float, ts_ns: int) -> None:
    """Let an order ask for `ratio` times as much at a price as much lower; what is less than a share falls away."""
    if order.qty is not None:
        whole = order.qty % NANO == 0
        order.qty = round(order.qty * ratio)
        if whole:
            order.qty = order.qty // NANO * NANO
    order.filled_qty = round(order.filled_qty * ratio)
    if order.qty is not None and order.qty <= order.filled_qty:
        end(b, order, "canceled", ts_ns)
        return
    order.limit = _divided(order.limit, ratio)
    order.stop = _divided(order.stop, ratio)
    order.trail_price = _divided(order.trail_price, ratio)
    order.hwm = _divided(order.hwm, ratio)
    _tell(b, order, ts_ns)


def _reduce(b: Brokerage, order: Order, cash: int, ts_ns: int) -> None:
    if min(order.limit or cash + 1, order.stop or cash + 1) <= cash:
        end(b, order, "canceled", ts_ns)
        return
    order.limit = None if order.limit is None else _on_tick(order.limit - cash)
    order.stop = None if order.stop is None else _on_tick(order.stop - cash)
    _tell(b, order, ts_ns)


def _tell(b: Brokerage, order: Order, ts_ns: int) -> None:
    at_venue = bool(order.tickets)
    b.withdraw(order, ts_ns)
    b.emit(order, "restated", ts_ns)
    if at_venue:
        b.send(order, ts_ns)


def _divided(price: int | None, ratio: float) -> int | None:
    return None if price is None else _on_tick(round(price / ratio))


def _on_tick(price: int) -> int:
    """Return a price on the step below it: a cent, a hundredth of one below a dollar, and no less than one step."""
    step = step_of(price)
    return max(price // step, 1) * step
