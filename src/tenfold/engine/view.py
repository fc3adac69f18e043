"""Show a strategy that works its own orders what it may know, and make its commands."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tenfold.domain.errors import UnknownNameError, did_you_mean
from tenfold.domain.order import Cancel, Order, OrderType, Price, Replace, Side, Submit
from tenfold.execution.ids import order_id
from tenfold.execution.open_orders import OpenOrder, OpenOrders
from tenfold.ledger.ledger import Ledger


class Ids(NamedTuple):
    """Name orders: run and epoch, then a number."""

    run: str
    epoch: int


class View:
    """Show account, prices and working orders at one moment, and make commands whose ids replay alike.

    Attributes
    ----------
    ts_ns : time of the event at hand
    symbols : what is traded
    issued : orders named so far
    """

    def __init__(self, ledger: Ledger, orders: OpenOrders, money: float) -> None:
        self.ts_ns = 0
        self.symbols = tuple(ledger.instruments)
        self.issued = 0
        self.ids = Ids("run", 0)
        self._ledger = ledger
        self._orders = orders
        self._money = money

    # what is known

    @property
    def cash(self) -> float:
        """Cash, in currency."""
        return self._ledger.cash / self._money

    @property
    def equity(self) -> float:
        """Cash and positions at their last closes, in currency."""
        return self._ledger.equity / self._money

    def position(self, symbol: str) -> int:
        """Return the position in signed lots."""
        return self._ledger.position(self._known(symbol)).lots

    def close(self, symbol: str) -> float:
        """Return the last close, 0 before the first."""
        return self._ledger.closes[self._known(symbol)]

    def lots_for(self, symbol: str, cash: float) -> int:
        """Return how many whole lots an amount of currency buys at the last close."""
        mark = self._ledger.mark_of(self._known(symbol))
        return int(cash * self._money // mark) if mark > 0 and cash > 0.0 else 0

    def orders(self, symbol: str | None = None) -> Iterator[OpenOrder]:
        """Yield the working orders, of all symbols or of one, in the order in which they were sent."""
        return self._orders.of(symbol)

    # commands

    def submit(
        self, symbol: str, side: Side | str, qty: int, kind: OrderType | str = OrderType.MARKET, **terms: Any
    ) -> Submit:
        """Return the command for a new order; `terms` are further fields of `Order`, e.g. `limit_price` or `tif`."""
        self.issued += 1
        return Submit(
            order=Order(
                order_id=order_id(*self.ids, self.issued), ts_ns=self.ts_ns, symbol=self._known(symbol),
                side=Side(side), qty=qty, type=OrderType(kind), **({"reason": "order"} | terms),
            )
        )  # fmt: skip

    def bracket(
        self, entry: Submit, *, take_profit: Price, stop_loss: Price, stop_limit: Price | None = None
    ) -> list[Submit]:
        """Return an entry with a limit order that takes the profit and a stop that ends the loss: one cancels the other."""
        order = entry.order
        other = Side.SELL if order.side is Side.BUY else Side.BUY
        terms: dict[str, Any] = {"order_class": "bracket", "parent_id": order.order_id}
        kind = OrderType.STOP if stop_limit is None else OrderType.STOP_LIMIT
        limit = {} if stop_limit is None else {"limit_price": stop_limit}
        return [
            entry,
            self.submit(order.symbol, other, order.qty, OrderType.LIMIT, limit_price=take_profit, **terms),
            self.submit(order.symbol, other, order.qty, kind, stop_price=stop_loss, **limit, **terms),
        ]

    def cancel(self, order: str | OpenOrder) -> Cancel:
        """Return the command that cancels a working order, given by its id or as `orders` has it."""
        name = _name_of(order)
        return Cancel(order_id=name, ts_ns=self.ts_ns, symbol=self._orders.symbol_of(name))

    def replace(self, order: str | OpenOrder, **changes: Any) -> Replace:
        """Return the command that changes a working order: `qty`, `limit_price`, `stop_price`, `trail` or `trail_frac`."""
        name = _name_of(order)
        return Replace(order_id=name, ts_ns=self.ts_ns, symbol=self._orders.symbol_of(name), **changes)

    def gives(self, name: str) -> bool:
        """Say whether a name is of the kind that `submit` gives: any other may be that of an order which another run has sent."""
        run, *numbers = name.rsplit("-", 2)
        return run == self.ids.run and len(numbers) == 2 and all(one.isdecimal() for one in numbers)

    def _known(self, symbol: str) -> str:
        if symbol not in self._ledger.instruments:
            raise UnknownNameError(f"there is no symbol {symbol}; {did_you_mean(symbol, self.symbols)}")
        return symbol


def _name_of(order: str | OpenOrder) -> str:
    return order.order.order_id if isinstance(order, OpenOrder) else order
