"""Book a trade: cash against position."""

from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import Position, value_of


def book(b: Brokerage, order: Order, qty: int, price: int, ts_ns: int) -> None:
    """Move cash and position of an order's account by a trade of a signed quantity."""
    account, day = b.accounts[order.account], b.day(ts_ns)
    account.cash -= value_of(qty, price)
    position = account.positions.setdefault(order.symbol, Position(asset=order.asset))
    if position.qty * qty < 0 and position.opened_day == day:
        account.day_trades.append(day)
    position.trade(qty, price, day)
    if position.qty == 0:
        del account.positions[order.symbol]
