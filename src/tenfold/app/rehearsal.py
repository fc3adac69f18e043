"""Play recorded quotes and prints through the feeds that live trading runs, and tell what it would have seen."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from tenfold.app import wiring
from tenfold.app.feed_report import FeedReport, FeedTally
from tenfold.app.moments import live_length_ns
from tenfold.app.sessions import SessionSource
from tenfold.app.settings import load_settings
from tenfold.app.symbol_names import symbol_names
from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.live_market import Print
from tenfold.domain.market import Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.gathered import tick_sources
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds
from tenfold.market.ticks import Ticks

_SOURCE: Final = "recorded"
_KINDS: Final = ("quotes", "trades")
_AFTER_NS: Final = 5 * NS_PER_SECOND
"""Time behind the last tick, for the minute that it ends; shorter than what counts as silence."""


def rehearse(
    symbols: str | Sequence[str],
    *,
    every: str = "1m",
    calendar: str | None = None,
    catalogue: Path | str | None = None,
) -> FeedReport:
    """Play the stored quotes and prints of symbols through live feeds, each received when it happened.

    Parameters
    ----------
    every : period of the bar sets, made of minutes: "1m", "15m", "1h", "1d"
    calendar : exchange whose sessions are expected, e.g. "XNYS"; without one the market never closes

    Nothing answers requests for what was missed. Raises UnknownNameError where there are no ticks.
    """
    names = symbol_names(symbols)
    store = wiring.bar_store(catalogue)
    kinds = {name: [kind for kind in _KINDS if kind in store.ticks.kinds(name)] for name in names}
    for name, have in kinds.items():
        if not have:
            known = sorted({report.symbol for report in store.ticks.reports() if report.kind in _KINDS})
            raise UnknownNameError(f"{name} has no quotes or trades in the catalogue; {did_you_mean(name, known)}")
    reports = [store.ticks.report(name, kind) for name, have in kinds.items() for kind in have]
    first_ns, last_ns = min(one.first_ns for one in reports), max(one.last_ns for one in reports)
    sessions = None
    if calendar:
        sessions = SessionSource(store)(calendar, first_ns // NS_PER_DAY, last_ns // NS_PER_DAY)
        if not any(one.open_ns <= last_ns and first_ns < one.close_ns for one in sessions):
            raise DataError(f"no session of {calendar} overlaps the ticks of {', '.join(names)}: leave out --calendar")
    period_ns = live_length_ns(every)
    settings = replace(load_settings().feeds, ahead_s=0.0)  # nothing is ordered: a day is told as it closes
    feeds = Feeds(names, [SourceTerms(name=_SOURCE, bars=False)], sessions, period_ns=period_ns, settings=settings)
    tally = FeedTally(feeds, names, first_ns)

    def until(ts_ns: int) -> None:
        while (due_ns := feeds.next_due_ns()) <= ts_ns:
            tally.take(feeds.advance(due_ns))

    tally.take(feeds.linked(_SOURCE, first_ns, True))
    for event in heapq.merge(*(_told(store, name, have, last_ns) for name, have in kinds.items()), key=order_of):
        value = event
        if isinstance(event, Trade):
            value = Print(ts_ns=event.ts_ns, symbol=event.symbol, price=event.price, size=event.size, venue=event.venue)
        if isinstance(value, Quote | Print):
            until(value.ts_ns)
            tally.take(feeds.take(_SOURCE, value.ts_ns, (value,)))
    until(last_ns + _AFTER_NS)
    return tally.report(last_ns)


def _told(store: Any, symbol: str, kinds: Sequence[str], last_ns: int) -> Iterator[Any]:
    """Yield the best quotes and the prints of a symbol in the order of their time."""

    def read(kind: str) -> Callable[[], Iterator[Ticks]]:
        return lambda: iter(store.ticks.parts(symbol, kind))

    ticks = {(symbol, kind): read(kind) for kind in kinds}
    sources = tick_sources(symbol, ticks, None, -(1 << 62), last_ns + 1, bars=False)
    return heapq.merge(*(chain.from_iterable(one) for one in sources), key=order_of)
