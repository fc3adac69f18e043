"""Close positions by orders, and show them."""

from collections.abc import Mapping
from typing import Any

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import Refusal, bad_parameter, not_found
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.cancelling import cancel_all
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import Position
from tenfold.exchange.trading.request import OrderRequest
from tenfold.exchange.trading.submitting import submit
from tenfold.exchange.wire import nano_of

_ALL_PERCENT = 100 * NANO


def position_of(b: Brokerage, positions: Mapping[str, Position], name: str) -> Position:
    """Return a position by any name of its asset; Refusal where there is none."""
    asset = b.assets.find(name)
    position = None if asset is None else positions.get(asset.symbol)
    if position is None:
        raise not_found("position does not exist")
    return position


def view(b: Brokerage, account: Account, position: Position) -> dict[str, Any]:
    """Return a position as REST shows it."""
    symbol = position.asset.symbol
    previous = b.latest.previous(symbol)
    price = b.latest.mark(symbol) or abs(position.cost * NANO // position.qty)
    return position.wire(price, 0 if previous is None else nano_of(previous.close), account.held(symbol))


def close(b: Brokerage, account: Account, name: str, qty: int | None, percentage: int | None, ts_ns: int) -> Order:
    """Submit the market order that closes a position, or a part of it; quantity and percents in billionths."""
    position = position_of(b, account.positions, name)
    if qty is not None and percentage is not None:
        raise bad_parameter("only one of qty or percentage is accepted")
    if percentage is not None and not 0 < percentage <= _ALL_PERCENT:
        raise bad_parameter("percentage must be between 0 and 100")
    size, asset = abs(position.qty), position.asset
    amount = qty
    if percentage is not None:
        amount = size * percentage // _ALL_PERCENT
        if not asset.fractionable or position.qty < 0:
            amount = amount // NANO * NANO
    if amount is not None and amount <= 0:
        raise bad_parameter("qty must be > 0")
    asked = OrderRequest(
        symbol=asset.symbol,
        side=-1 if position.qty > 0 else 1,
        kind="market",
        tif="gtc" if asset.is_crypto else "day",
        qty=size if amount is None else amount,
    )
    return submit(b, account, asked, ts_ns)


def close_all(b: Brokerage, account: Account, cancel_orders: bool, ts_ns: int) -> list[dict[str, Any]]:
    """Close every position, and return what became of each as REST shows it."""
    if cancel_orders:
        cancel_all(b, account, ts_ns)
    answers: list[dict[str, Any]] = []
    for symbol, position in sorted(account.positions.items()):
        name = position.asset.symbol.replace("/", "")
        try:
            order = close(b, account, symbol, None, None, ts_ns)
            answers.append({"symbol": name, "status": 200, "body": order.wire()})
        except Refusal as refusal:
            answers.append({"symbol": name, "status": refusal.status, "body": refusal.body})
    return answers
