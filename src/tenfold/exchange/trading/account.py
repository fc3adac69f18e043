"""Hold an account: its cash, positions and orders."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from tenfold.exchange.refusal import MALFORMED, Refusal
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.position import Position

MINUTES_KEPT: Final = 7 * 24 * 60
QUARTERS_KEPT: Final = 31 * 24 * 4


class Configuration(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what the owner of an account may set."""

    fractional_trading: bool = True
    max_margin_multiplier: str = "4"
    no_shorting: bool = False
    suspend_trade: bool = False
    trade_confirm_email: str = "all"
    ptp_no_exception_entry: bool = False
    max_options_trading_level: int = 0

    def wire(self) -> dict[str, Any]:
        """Return it as REST shows it."""
        return msgspec.structs.asdict(self)

    def changed(self, changes: Mapping[str, Any]) -> "Configuration":
        """Return it with some values changed; None leaves a value, unknown and removed names count for nothing; Refusal for a bad value."""
        values = {
            name: value for name, value in changes.items() if value is not None and name in self.__struct_fields__
        }
        multiplier = values.get("max_margin_multiplier")
        if multiplier in (1, 2, 4) and multiplier is not True:
            values["max_margin_multiplier"] = str(int(multiplier))
        for name, value in values.items():
            if type(value) is not type(getattr(self, name)) or value not in _ALLOWED.get(name, (value,)):
                raise Refusal(400, MALFORMED, f"invalid {name}: {str(value)[:40]}")
        return msgspec.structs.replace(self, **values)


_ALLOWED: Final = {
    "max_margin_multiplier": ("1", "2", "4"),
    "trade_confirm_email": ("all", "none"),
    "max_options_trading_level": (0, 1, 2, 3),
}


class Sample(msgspec.Struct, frozen=True, gc=False):
    """Hold what an account was worth at a moment; `phase` of the trading day."""

    ts_ns: int
    equity: int
    phase: str


@dataclass(eq=False)
class Account:
    """Hold an account; dollars in billionths.

    Attributes
    ----------
    orders : all of them, in the order of submission; `open` those of which something may become yet, `open_of` the same by symbol
    reserved_lent, reserved_whole : what open orders keep of the buying power, of assets that are bought on margin and of others
    client_ids : orders by their client order id, which is never used twice
    fees : charged and not paid yet; `coin_fees` those of coins among them
    last_equity, last_maintenance : at the end of the day before
    restricted : whether it may only close positions
    freed_later : (moment, dollars) that closing trades freed and that cannot be used yet
    day_trades : New York dates of its day trades
    activities : as REST shows them, with their moments, in the order of these
    minutes, quarters, days : what it was worth each minute, each quarter of an hour, and at the close of each session
    first_equity : as it opened
    position_versions : (moment, positions) while a fault shows them late
    last_submitted_ns : no two orders are submitted at one moment, so that clients can page by it
    """

    name: str
    id: str
    number: str
    created_ns: int
    cash: int
    last_equity: int = 0
    last_maintenance: int = 0
    fees: int = 0
    coin_fees: int = 0
    restricted: bool = False
    configuration: Configuration = field(default_factory=Configuration)
    positions: dict[str, Position] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    open: dict[str, Order] = field(default_factory=dict)
    open_of: dict[str, dict[str, Order]] = field(default_factory=dict)
    reserved_lent: int = 0
    reserved_whole: int = 0
    client_ids: dict[str, Order] = field(default_factory=dict)
    freed_later: list[tuple[int, int]] = field(default_factory=list)
    day_trades: list[int] = field(default_factory=list)
    activities: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    minutes: deque[Sample] = field(default_factory=lambda: deque(maxlen=MINUTES_KEPT))
    quarters: deque[Sample] = field(default_factory=lambda: deque(maxlen=QUARTERS_KEPT))
    first_equity: int = 0
    position_versions: list[tuple[int, dict[str, Position]]] = field(default_factory=list)
    days: list[Sample] = field(default_factory=list)
    last_submitted_ns: int = 0

    def enter(self, order: Order) -> None:
        """Take an order into the books."""
        self.orders.append(order)
        self.client_ids[order.client_order_id] = order
        self.open[order.id] = order
        self.open_of.setdefault(order.symbol, {})[order.id] = order
        dollars, order.reserved = order.reserved, 0
        self.reserve(order, dollars)

    def leave(self, order: Order) -> None:
        """Know that nothing more becomes of an order."""
        self.reserve(order, 0)
        if self.open.pop(order.id, None) is not None:
            del self.open_of[order.symbol][order.id]

    def reserve(self, order: Order, dollars: int) -> None:
        """Let an order keep so much of the buying power from others."""
        if order.asset.marginable:
            self.reserved_lent += dollars - order.reserved
        else:
            self.reserved_whole += dollars - order.reserved
        order.reserved = dollars

    def qty_of(self, symbol: str) -> int:
        """Return the signed position."""
        position = self.positions.get(symbol)
        return 0 if position is None else position.qty

    def open_orders(self, symbol: str) -> list[Order]:
        """Return the orders of a symbol of which something may become yet, in the order of their submission."""
        return list(self.open_of.get(symbol, {}).values())

    def held(self, symbol: str) -> int:
        """Return the quantity of a position that open orders are to close; of a family of orders that exclude each other one counts."""
        return sum(order.leaves for order in self.open_orders(symbol) if order.closing and not _beside_another(order))


def _beside_another(order: Order) -> bool:
    head = order.parent or order
    if order.role and order.parent is not None and head.role == "" and head.live:
        return True
    return order.role == "stop_loss" and any(other.role == "take_profit" and other.live for other in order.family)
