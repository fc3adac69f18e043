"""Hold what bars do not say and live trading has to know: quotes, halts, the clock, what is not known."""

import msgspec


class _Known(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """Be immutable and strict; a journal names what is not the default."""


class SymbolCondition(_Known, frozen=True):
    """Hold what is known of one symbol; the defaults are those of a backtest, which knows nothing against it.

    Parameters
    ----------
    bid, ask, quote_ns : latest quote and when it was received; 0 is none
    halted : trading is halted or paused
    band_low, band_high : limit up-limit down bands; 0 is none
    fit : its data can be traded on
    borrowable : shares can be had for short sales
    open : its session is open, or its orders may wait for it
    """

    symbol: str
    bid: float = 0.0
    ask: float = 0.0
    quote_ns: int = 0
    halted: bool = False
    band_low: float = 0.0
    band_high: float = 0.0
    fit: bool = True
    borrowable: bool = True
    open: bool = True

    @property
    def mid(self) -> float:
        """Middle of the quote, 0 where there is none or it is crossed."""
        return (self.bid + self.ask) / 2.0 if 0.0 < self.bid <= self.ask else 0.0


class Conditions(_Known, frozen=True, tag="conditions"):
    """Tell the engine what holds from now on; symbols that are not named keep what was told of them.

    Parameters
    ----------
    unknown_orders : orders of which nobody knows whether the venue has them
    clock_offset_ns : this machine's clock less the venue's
    quality : score of the worst source in use, 0 to 100
    buying_power_units : what the venue lets be opened now, money units; None is not told, and leaves what was told
    reconciling : the venue's orders are being compared with ours, and nothing new is entered
    closes_ns : from when on what is open is so no more, 0 where orders may wait for the next session or that is not known
    """

    ts_ns: int
    unknown_orders: int = 0
    clock_offset_ns: int = 0
    quality: float = 100.0
    buying_power_units: int | None = None
    reconciling: bool = False
    closes_ns: int = 0
    symbols: tuple[SymbolCondition, ...] = ()
