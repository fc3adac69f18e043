"""Choose the contract terms of a symbol: as stated, else as kept, else a default that is told."""

import math
import re
from decimal import Decimal
from typing import Any, Final, TypedDict

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import DataError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import UNUSABLE
from tenfold.domain.rules import Account
from tenfold.domain.units import MONEY_LIMIT, money_scale

ACCOUNT_SHARE_MAX: Final = 1.0 / 20.0
"""Share of a default account that one lot may cost before the import says so."""

_ROUNDING_UNITS: Final = 1000.0  # a lot worth fewer units of money is rounded by more than 0.05 %
_TICK_FRAC_MAX: Final = 1e-4  # of the lowest price, where the tick is not stated
_EXPONENT_MAX: Final = 30
_FIAT: Final = ("USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "KRW", "TRY", "BRL")
_STABLE: Final = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI")
_COINS: Final = ("BTC", "XBT", "ETH", "BNB", "LTC", "XRP", "BCH", "ADA", "SOL", "DOGE", "DOT", "TRX", "XLM", "LINK",
                 "AVAX", "XMR", "ZEC", "ETC", "DASH", "EOS")  # fmt: skip
_QUOTES: Final = "|".join((*_STABLE, "BTC", "ETH", "BNB", *_FIAT))
_APART: Final = re.compile(rf"(?P<base>[A-Z0-9]{{2,12}})[/_-](?P<quote>{_QUOTES})(?::[A-Z0-9]+)?")
_JOINED: Final = re.compile(
    rf"(?P<base>[A-Z0-9]{{2,12}})(?P<quote>{'|'.join(_STABLE)})|(?P<coin>{'|'.join(_COINS)})(?P<other>{_QUOTES})"
)
_TWO_CURRENCIES: Final = re.compile(rf"(?P<base>{'|'.join(_FIAT)})[/_-]?(?P<quote>{'|'.join(_FIAT)})")
_LOT_WORTH: Final = {"BTC": 1e-4, "ETH": 1e-3, "BNB": 1e-3, "JPY": 10.0, "KRW": 100.0}
_LOT_WORTH_USUAL: Final = 0.1


class Terms(TypedDict, total=False):
    """Name the terms that may be stated: see `domain.instrument.Instrument`; None states nothing."""

    currency: str | None
    lot_size: float | None
    tick_size: float | None
    multiplier: float | None
    min_notional: float | None


def pair_of(symbol: str) -> tuple[str, str] | None:
    """Return (coin, currency of its price) of a symbol like BTC/USDT, BTC-USD or BTCUSDT, None where it is none."""
    found = _APART.fullmatch(symbol.upper()) or _JOINED.fullmatch(symbol.upper())
    if found is None:
        return None
    base, quote = (part for part in found.groups() if part is not None)
    return None if base in _FIAT or base == quote else (base, quote)


def default_instrument(symbol: str, prices: NDArray[np.float64], currency: str | None = None) -> Instrument:
    """Return the terms of a symbol whose source states none.

    A pair is quoted in its second currency, and its lot is the power of ten that was worth 0.1 to 1 of that at the
    median price (N,), as at most venues; of BTC 0.0001 to 0.001. Anything else has lots of one and is quoted in USD, or in the
    second of two currencies: EURJPY in JPY.
    Prices are rounded to a millionth, a hundred-millionth in BTC and ETH, finer where they are low.
    """
    pair = pair_of(symbol)
    if currency is None:
        currency = _quoted_in(symbol) if pair is None else pair[1]
    lot_size, tick_size = 1.0, default_tick(currency)
    if len(prices):
        tick_size = min(tick_size, _power(math.floor(math.log10(float(prices.min())) + math.log10(_TICK_FRAC_MAX))))
        if pair is not None:
            worth = _LOT_WORTH.get(currency, _LOT_WORTH_USUAL)
            lot_size = _power(math.ceil(math.log10(worth / float(np.median(prices))) - 1e-9))
    return Instrument(symbol=symbol, currency=currency, lot_size=lot_size, tick_size=tick_size)


def _quoted_in(symbol: str) -> str:
    """Return the second of two currencies, EURJPY or EUR/JPY; USD for anything else."""
    found = _TWO_CURRENCIES.fullmatch(symbol.upper())
    return "USD" if found is None or found["base"] == found["quote"] else found["quote"]


def default_tick(currency: str) -> float:
    """Return the step that fills are rounded to, finer than quotes are: of a bitcoin, the satoshi."""
    return 1e-8 if money_scale(currency) > money_scale("USD") else 1e-6


def restate(instrument: Instrument, terms: Terms) -> Instrument:
    """Return an instrument with some terms stated anew; DataError where one is impossible.

    With another currency a tick that was its default becomes that of the new one.
    """
    stated: dict[str, Any] = {name: value for name, value in terms.items() if value is not None}
    for name, value in stated.items():
        if name == "currency":
            stated[name] = _currency(instrument.symbol, value)
            continue
        number = float(value) if isinstance(value, int | float) else math.nan
        if not math.isfinite(number) or number < 0.0 or (number == 0.0 and name != "min_notional"):
            least = "of at least 0" if name == "min_notional" else "above zero"
            raise DataError(f"{name} of {instrument.symbol} is {value}, expected a finite number {least}")
        stated[name] = number
    if "currency" in stated and instrument.tick_size == default_tick(instrument.currency):
        stated.setdefault("tick_size", default_tick(stated["currency"]))
    return msgspec.structs.replace(instrument, **stated)


def usable_prices(rows: NDArray[np.void]) -> NDArray[np.float64]:
    """Return the closes of bars (N,) that may be traded on."""
    close = rows["close"]
    kept: NDArray[np.float64] = close[((rows["flags"] & int(UNUSABLE)) == 0) & np.isfinite(close) & (close > 0.0)]
    return kept


def refuse_impossible(instrument: Instrument, prices: NDArray[np.float64]) -> None:
    """Refuse terms under which exact money cannot hold a lot, or a tick the price; DataError in one line."""
    if not len(prices):
        return
    low, high = float(prices.min()), float(prices.max())
    name, currency = instrument.symbol, instrument.currency
    least = float(10 ** -money_scale(currency))
    if low * instrument.units_per_price < 1.0:
        raise DataError(
            f"lot_size of {name} is {decimal(instrument.lot_size)}: at {low:g} {currency} one lot is worth less than "
            f"{decimal(least)} {currency}, the smallest amount there is; state a larger lot"
        )
    if not high * instrument.units_per_price < MONEY_LIMIT:
        raise DataError(
            f"lot_size of {name} is {decimal(instrument.lot_size)}: at {high:g} {currency} one lot is beyond the range "
            "of exact money; state a smaller lot"
        )
    if instrument.tick_size > low:
        raise DataError(
            f"tick_size of {name} is {decimal(instrument.tick_size)}, expected at most its lowest price {low:g}"
        )


def remarks(instrument: Instrument, prices: NDArray[np.float64]) -> list[str]:
    """Return a line for each term that makes trading coarse: a dear lot, a lot that money rounds."""
    if not len(prices):
        return []
    told = []
    low, high = float(prices.min()), float(prices.max())
    cost, cash = high * instrument.lot_size * instrument.multiplier, Account().cash
    name, currency = instrument.symbol, instrument.currency
    if cost > ACCOUNT_SHARE_MAX * cash and money_scale(currency) == money_scale("USD"):
        told.append(
            f"one lot of {name} costs up to {cost:,.0f} {currency}, more than 1/20 of an account of {cash:,.0f}; "
            f"for fractions: tenfold data set {name} --lot-size 0.001"
        )
    if low * instrument.units_per_price < _ROUNDING_UNITS:
        told.append(
            f"one lot of {name} is worth as little as {low * instrument.lot_size * instrument.multiplier:g} {currency}, "
            f"which exact money rounds by more than 0.05 %; for larger lots: tenfold data set {name} --lot-size 1000"
        )
    return told


def described(instrument: Instrument) -> str:
    """Return the terms as text: lots of 0.001, ticks of 0.01, USDT."""
    parts = [
        f"lots of {decimal(instrument.lot_size)}",
        f"ticks of {decimal(instrument.tick_size)}",
        instrument.currency,
    ]
    if instrument.multiplier != 1.0:
        parts.append(f"multiplier {decimal(instrument.multiplier)}")
    if instrument.min_notional:
        parts.append(f"orders of at least {decimal(instrument.min_notional)} {instrument.currency}")
    return ", ".join(parts)


def decimal(value: float) -> str:
    """Return a number without an exponent: 0.00001."""
    return f"{Decimal(repr(value)).normalize():f}"


def _power(exponent: int) -> float:
    """Return a power of ten, of an exponent that a price can have at all."""
    return float(f"1e{min(max(exponent, -_EXPONENT_MAX), _EXPONENT_MAX)}")


def _currency(symbol: str, value: Any) -> str:
    """Return a currency in capitals, by which the scale of money goes."""
    name = value.strip().upper() if isinstance(value, str) else ""
    if not 2 <= len(name) <= 12 or not name.isascii() or not name.isalnum():
        raise DataError(f"currency of {symbol} is {value!r}, expected letters such as USD or USDT")
    return name
