"""Tell the engine what bars do not: quotes, halts, price bands, what is fit to be traded on, the clock."""

from collections.abc import Collection, Sequence

from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.market.feeds import Feeds


def conditions_of(
    feeds: Feeds, symbols: Sequence[str], now_ns: int, offset_ns: int, power_units: int, *, waits: bool,
    borrowable: Collection[str] | None = None,
) -> Conditions:  # fmt: skip
    """Return what holds at a moment; what is known of orders is for the loop to fill in.

    `offset_ns` is our clock less the venue's, `power_units` what may still be opened; `waits` says that orders may wait for the next
    session, `borrowable` which symbols may be sold short, None where the venue has not told.
    """
    shut = not feeds.hours.is_open(now_ns)
    session = None if waits else feeds.hours.session(now_ns)
    return Conditions(
        ts_ns=now_ns,
        clock_offset_ns=offset_ns,
        buying_power_units=max(power_units, 0),
        quality=feeds.score(),
        closes_ns=0 if session is None else session.close_ns,
        symbols=tuple(
            _condition(feeds, symbol, now_ns, shut=shut, waits=waits, lent=borrowable is None or symbol in borrowable)
            for symbol in symbols
        ),
    )


def _condition(feeds: Feeds, symbol: str, now_ns: int, *, shut: bool, waits: bool, lent: bool) -> SymbolCondition:
    told, bands = feeds.quote(symbol), feeds.halts.bands.get(symbol)
    if told is not None and shut and waits and feeds.hours.closing(told[1], now_ns) is not None:
        told = None  # nobody has quoted since the close
    # Bars are all that it tells, or nobody quotes while it is decided for the next open: that there is no quote is not that it is old.
    bare = (shut and waits) or not feeds.sources[feeds.active(symbol)].terms.prints
    bid, ask, quote_ns = (0.0, 0.0, now_ns if bare else 0) if told is None else (told[0].bid, told[0].ask, told[1])
    return SymbolCondition(
        symbol=symbol,
        bid=bid,
        ask=ask,
        quote_ns=quote_ns,
        halted=symbol in feeds.halts.halted,
        band_low=0.0 if bands is None else bands.down,
        band_high=0.0 if bands is None else bands.up,
        fit=symbol not in feeds.unfit,
        borrowable=lent,
        open=waits or not shut,
    )
