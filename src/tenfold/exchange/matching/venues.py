"""Describe the venues where stocks and coins trade: what they charge, how far away they are, what they do not display."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.pairs import is_pair

_MICROSECOND: Final = 1000


class Venue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold the terms of one venue.

    Parameters
    ----------
    taker_fee, maker_fee : billionths of a dollar a share; below zero a rebate
    taker_frac, maker_frac : the same as a fraction of the notional
    latency_ns : from the router to the venue
    share : of a quote or print that names no venue, this part is here; those of all venues of a symbol make 1
    hidden_frac : what rests undisplayed beside each displayed share
    always_open : trades around the clock, whatever the sessions
    codes : by which quotes and prints may name it or others of its group of exchanges; the first is the letter that clients see
    """

    name: str
    taker_fee: int = 0
    maker_fee: int = 0
    taker_frac: float = 0.0
    maker_frac: float = 0.0
    latency_ns: int = 0
    share: float = 0.0
    hidden_frac: float = 0.0
    always_open: bool = False
    codes: tuple[str, ...] = ()

    def fee(self, qty: int, price: int, *, maker: bool) -> int:
        """Return what an execution costs here, in billionths of a dollar."""
        a_share, frac = (self.maker_fee, self.maker_frac) if maker else (self.taker_fee, self.taker_frac)
        return a_share * qty // NANO + round(qty * price / NANO * frac)


STOCK_VENUES: Final = (
    Venue(
        name="NASDAQ", taker_fee=3_000_000, maker_fee=-2_000_000, latency_ns=180 * _MICROSECOND, share=0.35, hidden_frac=0.25,
        codes=("Q", "T", "B", "X", "XNAS"),
    ),
    Venue(
        name="NYSE", taker_fee=3_000_000, maker_fee=-1_800_000, latency_ns=210 * _MICROSECOND, share=0.25, hidden_frac=0.15,
        codes=("N", "A", "XNYS"),
    ),
    Venue(
        name="ARCA", taker_fee=3_000_000, maker_fee=-2_200_000, latency_ns=200 * _MICROSECOND, share=0.20, hidden_frac=0.20,
        codes=("P", "ARCX", "NYSEARCA"),
    ),
    Venue(
        name="MEMX", taker_fee=2_800_000, maker_fee=-2_500_000, latency_ns=190 * _MICROSECOND, share=0.12, hidden_frac=0.10,
        codes=("U",),
    ),
    Venue(
        name="IEX", taker_fee=900_000, maker_fee=0, latency_ns=550 * _MICROSECOND, share=0.08, hidden_frac=1.0,
        codes=("V", "IEXG"),
    ),
)  # fmt: skip
"""Where Alpaca's router sends orders. Fees follow the order of size of published schedules (a taker pays at most 0.30 cents a
share under Rule 610 of Regulation NMS); IEX has a speed bump of 350 microseconds, and most of its volume is not displayed."""

COIN_VENUES: Final = (Venue(name="CRYPTO", taker_frac=0.0025, maker_frac=0.0015, share=1.0, always_open=True),)
"""Alpaca's own book for coins, with the fees of its first tier."""

CODES: Final[Mapping[str, str]] = {code: venue.name for venue in STOCK_VENUES for code in venue.codes}
"""Which venue stands for the codes that quotes and prints carry; those of one group of exchanges stand together."""


def venues_of(symbol: str) -> tuple[Venue, ...]:
    """Return where a symbol trades."""
    return COIN_VENUES if is_pair(symbol) else STOCK_VENUES


def split(qty: int, venues: tuple[Venue, ...]) -> list[int]:
    """Divide a quantity by the venues' shares, whole shares into whole shares; what rounding leaves goes to the first."""
    unit = unit_of(qty)
    parts = [int(qty * venue.share) // unit * unit for venue in venues]
    parts[0] += qty - sum(parts)
    return parts


def unit_of(*quantities: int) -> int:
    """Return the least part of quantities that trades: a share where all are whole, so that none trades in fractions, else a billionth."""
    for qty in quantities:
        if qty % NANO:
            return 1
    return NANO
