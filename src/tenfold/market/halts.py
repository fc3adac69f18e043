"""Know which symbols are halted, and between which prices they may trade."""

from typing import Final

from tenfold.domain.live_market import PriceBands, Print, TradingStatus
from tenfold.domain.units import NS_PER_SECOND
from tenfold.market.print_conditions import LATE, counts

_AHEAD_NS: Final = 5 * NS_PER_SECOND
"""A moment further ahead of its receipt is odd, and taken for no later than this."""
_INFINITY: Final = float("inf")
_TRADED_NS: Final = 10 * NS_PER_SECOND
"""Time after a halt from which a print tells that it is over: what was traded before it may be told late."""


class Halts:
    """Follow the trading status and the price bands of symbols; moments of receipt are ours.

    Attributes
    ----------
    halted : by symbol, the reason that was told, e.g. "LUDP"
    bands : by symbol, limit up and limit down as told last
    """

    def __init__(self) -> None:
        self.halted: dict[str, str] = {}
        self.bands: dict[str, PriceBands] = {}
        self._told_ns: dict[str, int] = {}
        self._bands_ns: dict[str, int] = {}

    def status(self, status: TradingStatus, received_ns: int) -> bool:
        """Take a status; return whether it changed if the symbol trades. One that is older than the last is left out."""
        symbol = status.symbol
        if status.ts_ns < self._told_ns.get(symbol, status.ts_ns):
            return False
        self._told_ns[symbol] = min(status.ts_ns, received_ns + _AHEAD_NS)
        before = symbol not in self.halted
        if status.trades:
            self.halted.pop(symbol, None)
        elif status.trades is False or not before:
            self.halted[symbol] = status.reason_code or status.code
        return (symbol not in self.halted) != before

    def traded(self, one: Print, received_ns: int) -> bool:
        """Take that a symbol was traded; return whether that ends its halt: the resumption may have been told while nobody heard."""
        symbol, ts_ns = one.symbol, min(one.ts_ns, received_ns)
        if symbol not in self.halted or ts_ns - self._told_ns[symbol] < _TRADED_NS:
            return False
        if not counts(one.conditions)[0] or not LATE.isdisjoint(one.conditions):
            return False
        del self.halted[symbol]
        self._told_ns[symbol] = ts_ns
        return True

    def price_bands(self, bands: PriceBands, received_ns: int) -> None:
        """Take limit up and limit down; those that are older than the last, or are none, are left out."""
        symbol = bands.symbol
        if is_band(bands) and bands.ts_ns >= self._bands_ns.get(symbol, bands.ts_ns):
            self._bands_ns[symbol] = min(bands.ts_ns, received_ns + _AHEAD_NS)
            self.bands[symbol] = bands

    def beyond(self, symbol: str, price: float) -> bool:
        """Say whether a price lies outside the bands, where nothing may trade."""
        bands = self.bands.get(symbol)
        return bands is not None and not bands.down <= price <= bands.up


def is_band(bands: PriceBands) -> bool:
    """Say whether something may be traded between limits: where one is missing, they are none."""
    return 0.0 < bands.down <= bands.up < _INFINITY
