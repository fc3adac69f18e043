"""Hold what an account has of a symbol, and show it as REST does."""

from dataclasses import dataclass
from typing import Any

from tenfold.exchange.api.assets import Asset
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.wire import decimal_text


def value_of(qty: int, price: int) -> int:
    """Return dollars of a quantity at a price, all in billionths; what is less than one falls away, toward zero."""
    value = abs(qty) * price // NANO
    return value if qty >= 0 else -value


@dataclass(slots=True)
class Position:
    """Hold a position; quantities, prices and dollars in billionths.

    Attributes
    ----------
    qty : signed
    cost : what it cost on average, with the sign of `qty`
    day_cost : the same, with what was there at the start of the day at the price of the day before
    last_price : price at the close of the day before; 0 where it was not held then
    opened_day : New York date of its opening, days since 1970-01-01
    """

    asset: Asset
    qty: int = 0
    cost: int = 0
    day_cost: int = 0
    last_price: int = 0
    opened_day: int = 0

    def trade(self, qty: int, price: int, day: int) -> None:
        """Take an execution of a signed quantity."""
        if self.qty == 0:
            self.opened_day = day
        closed = 0
        if self.qty * qty < 0:
            closed = -self.qty if abs(qty) >= abs(self.qty) else qty
            left = self.qty + closed
            self.cost, self.day_cost = self.cost * left // self.qty, self.day_cost * left // self.qty
            self.qty = left
        added = qty - closed
        if added:
            if closed:
                self.opened_day = day
            self.qty += added
            self.cost += value_of(added, price)
            self.day_cost += value_of(added, price)

    def split(self, ratio: float) -> None:
        """Hold `ratio` shares for each one; what they cost stays."""
        self.qty = round(self.qty * ratio)
        self.last_price = round(self.last_price / ratio)

    def roll(self, price: int) -> None:
        """Begin a day: what is held counts from the price of the day before."""
        self.last_price = price
        self.day_cost = value_of(self.qty, price)

    def wire(self, price: int, last_price: int, held: int) -> dict[str, Any]:
        """Return it as clients see it; `held` is what open orders keep of it."""
        last = self.last_price or last_price or price
        worth = value_of(self.qty, price)
        values = {
            "avg_entry_price": decimal_text(self.cost * NANO // self.qty),
            "market_value": decimal_text(worth),
            "cost_basis": decimal_text(self.cost),
            "unrealized_pl": decimal_text(worth - self.cost),
            "unrealized_plpc": _share(worth - self.cost, abs(self.cost)),
            "unrealized_intraday_pl": decimal_text(worth - self.day_cost),
            "unrealized_intraday_plpc": _share(worth - self.day_cost, abs(self.day_cost)),
            "current_price": decimal_text(price),
            "lastday_price": decimal_text(last),
            "change_today": _share(price - last, last),
        }
        return {
            "asset_id": self.asset.id,
            "symbol": self.asset.symbol.replace("/", ""),
            "exchange": self.asset.exchange,
            "asset_class": self.asset.asset_class,
            "asset_marginable": self.asset.marginable,
            "qty": decimal_text(self.qty),
            "qty_available": decimal_text((1 if self.qty > 0 else -1) * max(abs(self.qty) - held, 0)),
            "side": "long" if self.qty > 0 else "short",
            **values,
            "usd": dict(values),
        }


def _share(part: int, whole: int) -> str:
    return decimal_text(part * NANO // whole if whole else 0)
