"""Name the market data: quotes, trades, bars, and the bar set that is the unit of decision."""

from enum import IntFlag
from typing import Annotated

import msgspec
from msgspec import Meta

from tenfold.domain.instrument import Symbol

FinitePrice = Annotated[float, Meta(gt=0, lt=1e300)]


class Flag(IntFlag):
    """Mark what is known to be wrong with a row; 0 is a clean row.

    A row with any flag of `UNUSABLE` is shown to nobody: the symbol counts as missing at that moment.
    """

    CLEAN = 0
    MISSING = 1 << 0  # no bar for this symbol at this moment
    NAN_PRICE = 1 << 1  # open, high, low or close is absent
    NONPOSITIVE = 1 << 2  # a price is zero or negative
    OHLC = 1 << 3  # open or close outside [low, high]
    DUPLICATE = 1 << 4  # time stamp seen before
    DISORDER = 1 << 5  # the source had this row out of order
    GAP = 1 << 6  # the calendar expected bars between the previous row and this one
    OUTLIER = 1 << 7  # a move that later bars take back
    SPLIT = 1 << 8  # the jump of an unadjusted split
    MIXED = 1 << 9  # adjusted beside unadjusted values
    CROSSED = 1 << 10  # ask below bid
    ONE_SIDED = 1 << 11  # bid or ask absent
    STALE = 1 << 12  # price unchanged for suspiciously long
    ZERO_VOLUME = 1 << 13  # volume zero or absent where the set has volume
    DIVIDEND = 1 << 14  # a dividend that the price does not show
    OFF_SESSION = 1 << 15  # outside the sessions of the calendar


UNUSABLE = Flag.MISSING | Flag.NAN_PRICE | Flag.NONPOSITIVE


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold the best bid and offer at one moment."""

    ts_ns: int
    symbol: Symbol
    bid: FinitePrice
    ask: FinitePrice
    bid_size: Annotated[float, Meta(ge=0)] = 0.0
    ask_size: Annotated[float, Meta(ge=0)] = 0.0
    venue: str = ""
    flags: int = 0


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold one print."""

    ts_ns: int
    symbol: Symbol
    price: FinitePrice
    size: Annotated[float, Meta(gt=0)]
    venue: str = ""
    flags: int = 0


class Bar(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """Hold one bar of one symbol, stamped at its close.

    The fields are those of `domain.bars.BAR` in their order, then the symbol and the user's further columns: alone among the domain's types it may be made
    by position, which takes a tenth of the time.

    Prices in the instrument's currency, volume in shares or coins (NaN where the source has none),
    `bid`/`ask` at the close and `bid_open`/`ask_open` at the open (NaN without quotes), `dividend` in
    cash a share that goes ex before this bar opens. `session` counts days since 1970-01-01,
    `session_bar` from 0, `elapsed_s` since the session's open, `remaining_s` to its scheduled close.
    """

    flags: int
    session: int
    ts_ns: int
    close: FinitePrice
    open: FinitePrice
    high: FinitePrice
    low: FinitePrice
    volume: float
    open_ns: int
    bid: float
    ask: float
    bid_open: float
    ask_open: float
    dividend: float
    session_bar: int
    elapsed_s: int
    remaining_s: int
    year: int
    month: int
    day: int
    weekday: int
    symbol: Symbol
    extra: tuple[float, ...] = ()


class BarSet(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, tag="bar_set"):
    """Hold all bars that closed at one moment, and the symbols that have none: the unit of decision.

    `session` counts days since 1970-01-01.
    """

    ts_ns: int
    session: int
    bars: tuple[Bar, ...]
    missing: tuple[str, ...] = ()
