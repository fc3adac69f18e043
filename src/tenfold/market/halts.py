"""Know which symbols are halted, and between which prices they may trade."""

from typing import Final

from tenfold.domain.live_market import PriceBands, TradingStatus

TRADES: Final[dict[str, bool]] = {
    "H": False,  # UTP: halted
    "P": False,  # UTP: volatility trading pause
    "Q": False,  # UTP: quotes resume, trading does not yet
    "T": True,  # UTP: trading resumes
    "2": False,  # CTA: halted
    "3": True,  # CTA: resumes
}
"""What a status of the tape means for trading; any other, e.g. an indication before the open, leaves what was."""


class Halts:
    """Follow the trading status and the price bands of symbols.

    Attributes
    ----------
    halted : by symbol, the reason that was told, e.g. "LUDP"
    bands : by symbol, limit up and limit down as told last
    """

    def __init__(self) -> None:
        self.halted: dict[str, str] = {}
        self.bands: dict[str, PriceBands] = {}
        self._told_ns: dict[str, int] = {}

    def status(self, status: TradingStatus) -> bool:
        """Take a status; return whether it changed if the symbol trades. One that is older than the last is left out."""
        symbol = status.symbol
        if status.ts_ns < self._told_ns.get(symbol, status.ts_ns):
            return False
        self._told_ns[symbol] = status.ts_ns
        trades = TRADES.get(status.code, symbol not in self.halted)
        before = symbol not in self.halted
        if trades:
            self.halted.pop(symbol, None)
        else:
            self.halted[symbol] = status.reason_code or status.code
        return trades != before

    def price_bands(self, bands: PriceBands) -> None:
        """Take limit up and limit down; those that are older than the last are left out."""
        known = self.bands.get(bands.symbol)
        if known is None or bands.ts_ns >= known.ts_ns:
            self.bands[bands.symbol] = bands

    def beyond(self, symbol: str, price: float) -> bool:
        """Say whether a price lies outside the bands, where nothing may trade."""
        bands = self.bands.get(symbol)
        return bands is not None and not bands.down <= price <= bands.up
