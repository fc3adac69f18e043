"""Name what a venue tells of the market while it happens, beside quotes: prints with their ids, bars, halts, and what is taken back."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from tenfold.domain.instrument import Symbol
from tenfold.domain.market import Quote, Trade

_TRADES: Final[Mapping[str, bool]] = {
    "H": False,  # UTP: halted
    "P": False,  # UTP: volatility trading pause
    "Q": False,  # UTP: quotes resume, trading does not yet
    "T": True,  # UTP: trading resumes
    "2": False,  # CTA: halted
    "3": True,  # CTA: resumes
}
"""What a letter of the tapes means for trading."""


class Print(Trade, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold a trade with the id by which it may be corrected or cancelled; `conditions` are the tape's letters, in their order."""

    trade_id: str = ""
    conditions: str = ""


class _Told(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Carry the venue's own moment, UTC nanoseconds."""

    ts_ns: int
    symbol: Symbol


class PrintCorrected(_Told, frozen=True, tag="print_corrected"):
    """Hold what stands in the place of an earlier print: the first three fields are of that one."""

    original_id: str
    original_price: float
    original_size: float
    trade_id: str
    price: float
    size: float
    venue: str = ""


class PrintCanceled(_Told, frozen=True, tag="print_canceled"):
    """Hold an earlier print that is taken back."""

    trade_id: str
    price: float
    size: float
    venue: str = ""


class VenueBar(_Told, frozen=True, tag="venue_bar"):
    """Hold a bar that the venue itself built; `ts_ns` is its close, for the day so far ("daily") the moment that it reaches to.

    "updated" stands in the place of the minute that was told before.
    """

    kind: Literal["minute", "updated", "daily"]
    open_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int = 0
    vwap: float = 0.0


class TradingStatus(_Told, frozen=True, tag="trading_status"):
    """Hold that a symbol halts or resumes, in the tape's letters: UTP "H", "P", "Q", "T"; CTA "2", "3"; reasons such as "LUDP"."""

    code: str
    message: str = ""
    reason_code: str = ""
    reason_message: str = ""

    @property
    def trades(self) -> bool | None:
        """Whether trading goes on from here; None where the letter leaves what was, e.g. an indication before the open."""
        return _TRADES.get(self.code)


class PriceBands(_Told, frozen=True, tag="price_bands"):
    """Hold the limit-up and limit-down prices of a symbol."""

    up: float
    down: float


LiveValue = Print | Quote | VenueBar | TradingStatus | PriceBands | PrintCorrected | PrintCanceled
