"""Name what happens on the market, in the order in which the exchange lives through it."""

from typing import Literal

import msgspec

from tenfold.domain.instrument import Symbol
from tenfold.domain.market import Bar, Quote, Trade

Kind = Literal["bars", "quotes", "trades", "depth"]
"""What is known of a symbol, and so what its orders are matched by."""


class _Happening(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Carry the moment of it, UTC nanoseconds of the replayed time."""

    ts_ns: int


class Edge(_Happening, frozen=True, tag="edge"):
    """Say that a part of the trading day begins; `day` counts days since 1970-01-01.

    "pre" 04:00 New York, "open" and "close" of the session, "post" 20:00, when the day is over.
    """

    kind: Literal["pre", "open", "close", "post"]
    day: int


class Auction(_Happening, frozen=True, tag="auction"):
    """Hold the official price at which the opening or closing auction of a symbol crossed; `size` in shares."""

    symbol: Symbol
    kind: Literal["open", "close"]
    price: float
    size: float = 0.0


class Depth(_Happening, frozen=True, tag="depth"):
    """Hold changes of price levels: (side +1 bid -1 ask, price, quantity; 0 removes). A snapshot replaces the whole book."""

    symbol: Symbol
    levels: tuple[tuple[int, float, float], ...]
    snapshot: bool = False
    last_id: int = 0


class Status(_Happening, frozen=True, tag="status"):
    """Halt or resume a symbol, with Alpaca's codes: status "H" or "T", reason such as "LUDP"."""

    symbol: Symbol
    code: str
    message: str
    reason_code: str = ""
    reason_message: str = ""

    @property
    def halted(self) -> bool:
        """Whether nothing trades from here on."""
        return self.code in {"H", "P", "2"}


class PriceBands(_Happening, frozen=True, tag="luld"):
    """Hold the limit-up and limit-down prices of a symbol."""

    symbol: Symbol
    up: float
    down: float


class Correction(_Happening, frozen=True, tag="correction"):
    """Correct a print: the original and what stands in its place."""

    symbol: Symbol
    original: Trade
    corrected: Trade


class Bust(_Happening, frozen=True, tag="bust"):
    """Cancel a print."""

    symbol: Symbol
    original: Trade


class LateBar(_Happening, frozen=True, tag="late_bar"):
    """Send a minute bar again that a late print changed."""

    bar: Bar


class Corporate(_Happening, frozen=True, tag="corporate"):
    """Split a symbol by `ratio` new shares for one, and pay `cash` a share, before trading of the day."""

    symbol: Symbol
    ratio: float = 1.0
    cash: float = 0.0


MarketEvent = (
    Bar | Quote | Trade | Depth | Edge | Auction | Status | PriceBands | Correction | Bust | LateBar | Corporate
)
