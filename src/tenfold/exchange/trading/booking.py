"""Book a trade: cash against position."""

from copy import copy
from typing import Final

from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import Position, value_of

VERSIONS_KEPT: Final = 1_000


def book(b: Brokerage, order: Order, qty: int, price: int, ts_ns: int) -> None:
    """Move cash and position of an order's account by a trade of a signed quantity."""
    account, day = b.accounts[order.account], b.day(ts_ns)
    account.cash -= value_of(qty, price)
    if "stale_reads" in b.faults.switches and not account.position_versions:
        account.position_versions.append((0, _copied(account)))
    position = account.positions.setdefault(order.symbol, Position(asset=order.asset))
    if position.qty * qty < 0 and position.opened_day == day and order.filled_ns is None:  # once an order
        account.day_trades.append(day)
    position.trade(qty, price, day)
    if position.qty == 0:
        del account.positions[order.symbol]
    if "stale_reads" in b.faults.switches:
        account.position_versions.append((b.now_ns, _copied(account)))
        del account.position_versions[:-VERSIONS_KEPT]


def _copied(account: Account) -> dict[str, Position]:
    return {symbol: copy(position) for symbol, position in account.positions.items()}
