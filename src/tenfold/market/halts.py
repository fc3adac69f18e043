"""Know which symbols are halted, and between which prices they may trade."""

from tenfold.domain.live_market import PriceBands, TradingStatus


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
        before = symbol not in self.halted
        if status.trades:
            self.halted.pop(symbol, None)
        elif status.trades is False or not before:
            self.halted[symbol] = status.reason_code or status.code
        return (symbol not in self.halted) != before

    def price_bands(self, bands: PriceBands) -> None:
        """Take limit up and limit down; those that are older than the last are left out."""
        known = self.bands.get(bands.symbol)
        if known is None or bands.ts_ns >= known.ts_ns:
            self.bands[bands.symbol] = bands

    def beyond(self, symbol: str, price: float) -> bool:
        """Say whether a price lies outside the bands, where nothing may trade."""
        bands = self.bands.get(symbol)
        return bands is not None and not bands.down <= price <= bands.up
