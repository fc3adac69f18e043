"""Turn the venue's decimal strings into lots, prices and money, and back, exactly."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final, TypeGuard

from tenfold.domain.errors import VenueError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Side
from tenfold.domain.units import LOTS_LIMIT, MONEY_LIMIT, money_scale

Number = str | int | float | None
"""A number as it travels: a string, sometimes a JSON number."""

_SHARE: Final = Decimal(1)
_NOTHING: Final = Decimal(0)
_COIN: Final = Decimal("1e-9")
_DIGITS_MAX: Final = 17
"""Larger numbers are none of this world, and would not divide exactly."""
_PRICE_MAX: Final = 1e12
_SHOWN: Final = 40
_SIDES: Final = {
    "buy": Side.BUY,
    "sell": Side.SELL,
    "sell_short": Side.SELL,
    "buy_minus": Side.BUY,
    "sell_plus": Side.SELL,
}


class Quantities:
    """Know the lots of each symbol.

    Of one that is not traded here a lot is a share, or a billionth of a coin; what of it is no whole lot is cut off, since an account may hold
    parts of shares, options and coins beside what is traded here, and none of them is a reason not to trade. Of one that is traded what is held
    beyond whole lots is left alone, and orders that others send for parts of a lot go by a name that is not traded.
    """

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        listed = tuple(instruments)
        self._lots = {one.symbol: Decimal(repr(one.lot_size)) for one in listed}
        self._scale = {one.symbol: one.units_per_price for one in listed}
        self._by_share = {symbol for symbol, lot in self._lots.items() if lot == _SHARE}
        self._names = {symbol.replace("/", ""): symbol for symbol in self._lots if "/" in symbol}

    def symbol(self, name: str) -> str:
        """Return our name of a symbol: positions in coins come without the slash."""
        return self._names.get(name, name)

    def trades(self, symbol: str) -> bool:
        """Say whether a symbol is traded here."""
        return symbol in self._lots

    def lots(self, symbol: str, amount: Number) -> int:
        """Return an amount of shares or coins as whole lots; VenueError where it is none of what is traded here."""
        if symbol in self._by_share and _is_plain(amount):
            return int(amount)  # what comes most often
        number, lot = decimal(amount), self._lot(symbol)
        whole = int(number / lot)
        if not self.trades(symbol):
            return min(max(whole, 1 - MONEY_LIMIT), MONEY_LIMIT - 1)
        if whole * lot != number or abs(whole) >= MONEY_LIMIT:
            raise VenueError(
                f"the venue tells of {str(amount)[:_SHOWN]} {symbol}, which is no whole number of lots of {lot:f}: trade away what is "
                "less than a lot, or trade it on another account"
            )
        return whole

    def held(self, symbol: str, amount: Number) -> tuple[int, Decimal]:
        """Return what is held as whole lots, and what of what is traded here is beyond them, in shares or coins."""
        if symbol in self._by_share and _is_plain(amount):
            return int(amount), _NOTHING
        if not self.trades(symbol):
            return self.lots(symbol, amount), _NOTHING
        number, lot = decimal(amount), self._lot(symbol)
        beyond = number - int(number / lot) * lot
        return self.lots(symbol, f"{number - beyond:f}"), beyond

    def of_order(self, name: str, amount: Number) -> str:
        """Return our name of the symbol of an order: another's for parts of a lot, or for an amount of dollars, goes by one that is not traded."""
        symbol = self.symbol(name)
        if not self.trades(symbol) or (symbol in self._by_share and _is_plain(amount)):
            return symbol
        return f"{symbol} in parts" if amount is None or self.held(symbol, amount)[1] != 0 else symbol

    def executed(self, symbol: str, amount: Number, price: Number) -> tuple[int, float]:
        """Return lots and price of an execution; VenueError unless both are above zero and can be booked, of what is traded here."""
        if not self.trades(symbol):
            return self.lots(symbol, amount), 0.0
        lots, paid = self.lots(symbol, amount), price_of(price)
        if lots < 1 or paid == 0.0:
            raise VenueError(
                f"the venue tells of an execution of {amount} {symbol} at {price}, expected more than zero"
            )
        if lots >= LOTS_LIMIT or lots * paid * self._scale[symbol] >= MONEY_LIMIT:
            raise VenueError(
                f"the venue tells of an execution of {amount} {symbol} at {price}, which is beyond the range of exact money"
            )
        return lots, paid

    def side(self, symbol: str, word: str | None) -> Side:
        """Return the side; VenueError for a word that says neither, of what is traded here: an order of several legs has none."""
        return side_of(word or "") if self.trades(symbol) else _SIDES.get(word or "", Side.BUY)

    def text(self, symbol: str, lots: int) -> str:
        """Return lots as the decimal string that is sent."""
        if symbol in self._by_share:
            return str(lots)
        return f"{(self._lot(symbol) * lots).normalize():f}"

    def _lot(self, symbol: str) -> Decimal:
        return self._lots.get(symbol) or (_COIN if "/" in symbol else _SHARE)


def _is_plain(amount: Number) -> TypeGuard[str]:
    """Say whether a number is written in digits alone."""
    return isinstance(amount, str) and amount.isdecimal() and len(amount) <= _DIGITS_MAX


def decimal(amount: Number) -> Decimal:
    """Return a number exactly; VenueError where it is none."""
    try:
        number = Decimal(amount if isinstance(amount, str) else repr(amount))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or number.adjusted() > _DIGITS_MAX:
        raise VenueError(f"the venue tells of {str(amount)[:_SHOWN]!r}, expected a number")
    return number


def is_nothing(amount: Number) -> bool:
    """Say whether an amount is told, and is zero: venues tell executions that moved nothing. VenueError where it is no number."""
    return amount is not None and decimal(amount) == 0


def without_sign(amount: Number) -> Number:
    """Return an amount as one above zero: what is taken back may be told as so many fewer."""
    if isinstance(amount, str):
        return amount.removeprefix("-")
    return None if amount is None else abs(amount)


def price_of(amount: Number) -> float:
    """Return a price; 0 where there is none, VenueError where it can be no price."""
    if amount is None:
        return 0.0
    try:
        price = float(amount)
    except (ValueError, OverflowError):
        price = -1.0
    if not 0.0 <= price < _PRICE_MAX:
        raise VenueError(f"the venue tells of {str(amount)[:_SHOWN]!r}, expected a price")
    return price


def price_text(price: float) -> str:
    """Return a price as the decimal string that is sent: nine decimals at most, without what counting in binary adds behind them."""
    text = repr(round(price, 9))
    return f"{Decimal(text):f}" if "e" in text else text


def money_units(amount: Number, currency: str) -> int:
    """Return an amount of money as whole units, rounded to the nearest; VenueError where it is beyond exact money."""
    units = round(decimal(amount).scaleb(money_scale(currency)))
    if abs(units) >= MONEY_LIMIT:
        raise VenueError(
            f"the venue tells of {str(amount)[:_SHOWN]} {currency}, which is beyond the range of exact money"
        )
    return units


def side_of(word: str) -> Side:
    """Return the side; VenueError for a word that says neither."""
    side = _SIDES.get(word)
    if side is None:
        raise VenueError(f"the venue tells of side {word!r}, expected buy or sell")
    return side
