"""Name the units: integer nanoseconds of UTC and integer money."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from tenfold.domain.errors import MoneyOverflowError

NS_PER_MILLI: Final = 1_000_000
NS_PER_SECOND: Final = 1_000_000_000
NS_PER_MINUTE: Final = 60 * NS_PER_SECOND
NS_PER_HOUR: Final = 60 * NS_PER_MINUTE
NS_PER_DAY: Final = 24 * NS_PER_HOUR

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Nanoseconds = TypeVar("Nanoseconds", int, "NDArray[np.int64]")

MONEY_LIMIT: Final = 1 << 62
"""Largest amount in units; leaves one bit of head-room in 64-bit integers."""

LOTS_LIMIT: Final = 1 << 31
"""Largest position in lots, so that products of lots stay within 64 bits."""

_SCALES: Final = {"BTC": 12, "ETH": 12, "JPY": 4}
_DEFAULT_SCALE: Final = 6
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def money_scale(currency: str) -> int:
    """Return the decimal places of one unit: USD 6, so that 1 USD is 1,000,000 units."""
    return _SCALES.get(currency, _DEFAULT_SCALE)


def to_units(amount: float, currency: str) -> int:
    """Return an amount of currency as whole units, rounded to the nearest."""
    units = round(amount * float(10 ** money_scale(currency)))
    if abs(units) >= MONEY_LIMIT:
        raise MoneyOverflowError(f"{amount:g} {currency} is beyond the range of exact money")
    return units


def from_units(units: int, currency: str) -> float:
    """Return whole units as an amount of currency."""
    return float(units) / float(10 ** money_scale(currency))


def shown_ns(ts_ns: Nanoseconds, period_ns: int) -> Nanoseconds:
    """Return the time by which people know a bar that closed at `ts_ns`.

    A bar of a day or more goes by the day that it closes, whether with the day's last nanosecond, at the midnight after
    it, or with the session of an exchange; a shorter one by the moment of its close.
    """
    return ts_ns if period_ns < NS_PER_DAY else (ts_ns - 1) // NS_PER_DAY * NS_PER_DAY


def format_ns(ts_ns: int, period_ns: int = 0) -> str:
    """Return a UTC time as text, date alone at midnight; with a period, that of a bar which closed then."""
    ts_ns = shown_ns(ts_ns, period_ns)
    moment = _EPOCH + timedelta(microseconds=ts_ns // 1000)
    if ts_ns % NS_PER_DAY == 0:
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def date_ns(day: date) -> int:
    """Return midnight UTC of a date in nanoseconds."""
    return (day - _EPOCH.date()).days * NS_PER_DAY
