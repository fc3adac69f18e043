"""Make quotes where prints alone are recorded: each stands for one a tick to either side, of its own size."""

from collections.abc import Iterable, Iterator
from typing import Final

from tenfold.domain.market import Quote, Trade

_TICK: Final = 0.01
_SMALL_TICK: Final = 0.0001  # below a dollar


def quote_around(trade: Trade) -> Quote:
    """Return the quote that a bare print stands for, which names no venue."""
    tick = min(_TICK if trade.price >= 1.0 else _SMALL_TICK, trade.price / 2.0)
    return Quote(
        ts_ns=trade.ts_ns, symbol=trade.symbol, bid=trade.price - tick, ask=trade.price + tick,
        bid_size=trade.size, ask_size=trade.size,
    )  # fmt: skip


def with_quotes(prints: Iterable[Trade]) -> Iterator[Trade | Quote]:
    """Yield each print, then the quote that it stands for."""
    for trade in prints:
        yield trade
        yield quote_around(trade)
