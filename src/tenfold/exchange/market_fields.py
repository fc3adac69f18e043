"""Give market data the fields that Alpaca shows and the data do not hold, the same in REST and in the streams."""

import zlib
from struct import Struct
from typing import Final

from tenfold.domain.market import Trade
from tenfold.exchange.matching.venues import STOCK_VENUES

TAPE: Final = "C"
"""Tape of every stock: the consolidated tape of the data is not known."""
CONDITIONS: Final = ("@",)
"""Condition of every print: a regular sale."""
QUOTE_CONDITIONS: Final = ("R",)
"""Condition of every quote: regular, two-sided."""

_VENUES: Final = {venue.name: venue.codes[0] for venue in STOCK_VENUES} | {"": "V", "AMEX": "A", "BATS": "Z"}
_PRINT: Final = Struct("<qdd").pack
_WHOLE_MAX: Final = 2.0**53


def print_id(trade: Trade) -> int:
    """Return the id of a print, 32 bits that depend on its time, price and size alone: REST and streams agree on it."""
    return zlib.crc32(_PRINT(trade.ts_ns, trade.price, trade.size))


def venue_code(venue: str) -> str:
    """Return the letter of a venue; what is no known name counts as a letter already."""
    return _VENUES.get(venue, venue)


def whole(value: float) -> int | float:
    """Return a number without decimals as an integer, as Go writes it; NaN, which is an absent volume, as 0."""
    if value != value:  # noqa: PLR0124 -- NaN
        return 0
    return int(value) if value == int(value) and abs(value) < _WHOLE_MAX else value
