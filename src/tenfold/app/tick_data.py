"""Take recorded quotes, trades and levels of the catalogue for a backtest whose orders work in their book."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from tenfold.app import wiring
from tenfold.app.building import built_series
from tenfold.app.moments import Moment, start_ns, stop_ns
from tenfold.app.sessions import SessionSource
from tenfold.app.symbol_names import symbol_names
from tenfold.app.tick_market import TickMarket
from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.market import Quote, Trade
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.exchange.events import Depth
from tenfold.exchange.market.bare_prints import with_quotes
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.gathered import tick_sources
from tenfold.market.align import align
from tenfold.market.depth_book import DepthBook, rebuild
from tenfold.market.quality_bars import check
from tenfold.market.terms import default_instrument, usable_prices
from tenfold.market.ticks import Ticks
from tenfold.simulation.book_desk import Tick

KINDS: Final = ("depth", "quotes", "trades")
"""What fills a book, the best first."""

_SIZES: Final = ("bid_size", "ask_size")


def load_ticks(
    symbols: str | Sequence[str],
    *,
    period: str = "1m",
    start: Moment = None,
    end: Moment = None,
    catalogue: Path | str | None = None,
    calendar: str | None = None,
) -> TickMarket:
    """Return ticks of the catalogue with the bars that they make, for `backtest`.

    Parameters
    ----------
    period : of the bars at which the strategy decides: "1s", "1m", "15m"
    start, end, calendar : as for `load_bars`

    A book is filled by recorded levels where there are some, else by quotes, else by prints; prints take from it. Bars are built from
    trades where there are some. Raises UnknownNameError where there are no ticks, DataError where they can fill no book: without sizes,
    without levels, or with a change of levels that was lost.
    """
    names = symbol_names(symbols)
    store = wiring.bar_store(catalogue)
    span = start_ns(start), stop_ns(end)
    low, high = -(1 << 62) if span[0] is None else span[0], 1 << 62 if span[1] is None else span[1]
    kinds = {name: _kind(store, name) for name in names}
    for name, kind in kinds.items():
        _check(store, name, kind, low, high)
    series = [built_series(store, name, period, None, calendar)[0] for name in names]
    sessions = None
    if calendar:
        days = np.concatenate([one.rows["open_ns"] // NS_PER_DAY for one in series])
        sessions = SessionSource(store)(calendar, int(days.min()), int(days.max()))
    bars = align(
        [check(one, sessions) for one in series],
        mode="raw",
        instruments=[
            store.instrument(one.symbol) or default_instrument(one.symbol, usable_prices(one.rows)) for one in series
        ],
        sessions=sessions,
        span_ns=span,
        label=f"ticks of catalogue {store.root}",
    )
    first_ns, last_ns = int(bars.rows["open_ns"][0].min()), int(bars.ts_ns[-1]) + 1
    played = {name: _player(store, name, kind, first_ns, last_ns) for name, kind in kinds.items()}
    return TickMarket(bars, played, kinds)


def _kind(store: Any, symbol: str) -> str:
    """Return what fills the book of a symbol."""
    have = store.ticks.kinds(symbol)
    for kind in KINDS:
        if kind in have:
            return kind
    known = sorted({report.symbol for report in store.ticks.reports() if report.kind in KINDS})
    if not known:
        raise UnknownNameError(
            f"{symbol} has no ticks, and the catalogue has none of any symbol: import quotes, trades or L2 with "
            "`tenfold data import FILE`"
        )
    bars = " (it has bars: leave out --ticks)" if symbol in store.symbols() else ""
    raise UnknownNameError(
        f"{symbol} has no quotes, trades or depth in the catalogue{bars}; {did_you_mean(symbol, known)}"
    )


def _check(store: Any, symbol: str, kind: str, low: int, high: int) -> None:
    """Refuse ticks that can fill no book."""
    if kind == "depth":
        _check_levels(symbol, store.ticks.parts(symbol, kind), low, high)
    elif kind == "quotes":
        parts = store.ticks.parts(symbol, kind)
        if not any(_has_sizes(part) for part in parts):
            raise DataError(
                f"the quotes of {symbol} have no sizes, and a book fills by what is offered: import them with bid_size and "
                f"ask_size, or trade bars of them (`tenfold data build {symbol} --from quotes`, then without --ticks)"
            )


def _has_sizes(part: Ticks) -> bool:
    return all(name in part.columns and bool((part.numbers(name) > 0.0).any()) for name in _SIZES)


def _check_levels(symbol: str, parts: Iterable[Ticks], low: int, high: int) -> None:
    book = DepthBook()
    for ts_ns, last_id in rebuild(parts, book):
        if book.broken and low <= ts_ns < high:
            raise DataError(
                f"the depth of {symbol} breaks at {format_ns(ts_ns)}: changes before update {last_id} are missing, and a book "
                f"cannot go on without them; end before with --end {_moment(ts_ns)}, or begin at a snapshot behind it with --start"
            )
    if book.last_id == 0:
        raise DataError(f"the depth of {symbol} has no snapshot, and changes alone make no book: import one with it")


def _moment(ts_ns: int) -> str:
    return str(np.datetime64(ts_ns, "ns").astype("datetime64[ms]"))


def _player(store: Any, symbol: str, kind: str, first_ns: int, last_ns: int) -> Callable[[], Iterator[Tick]]:
    """Return what plays the ticks of a symbol in [first, last), each time from the start."""
    chosen = [name for name in dict.fromkeys((kind, "trades")) if name in store.ticks.kinds(symbol)]
    told = (Depth, Trade) if kind == "depth" else (Quote, Trade)

    def read(name: str) -> Callable[[], Iterator[Ticks]]:
        return lambda: iter(store.ticks.parts(symbol, name))

    def play() -> Iterator[Tick]:
        parts = tick_sources(
            symbol, {(symbol, name): read(name) for name in chosen}, None, first_ns, last_ns, bars=False
        )
        merged = heapq.merge(*(chain.from_iterable(one) for one in parts), key=order_of)
        if kind == "trades":
            return with_quotes(event for event in merged if isinstance(event, Trade))
        return (event for event in merged if isinstance(event, told))

    return play
