"""Play recorded quotes and prints through the feeds that live trading runs, and tell what it would have seen."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import msgspec

from tenfold.app import wiring
from tenfold.app.sessions import SessionSource
from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.events import Alerted, Fitness, Revised
from tenfold.domain.live_market import Print
from tenfold.domain.market import BarSet, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND, format_ns
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.gathered import tick_sources
from tenfold.market.back_fills import BackFill
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds
from tenfold.market.series import decode_period
from tenfold.market.ticks import Ticks
from tenfold.market.trading_hours import TradingHours

_SOURCE: Final = "recorded"
_KINDS: Final = ("quotes", "trades")
_SHOWN_MAX: Final = 5
_AFTER_NS: Final = 5 * NS_PER_SECOND
"""Time behind the last tick, for the minute that it ends; shorter than what counts as silence."""


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what live feeds made of recorded ticks.

    `fit_frac` is the share of the symbols' open seconds in which their data could be traded on; `score` the worst of the source, 0 to
    100, and `counts` what was found by kind; `revised` bars that changed after they were told; `asked` minutes that
    were not heard whole; `alerts` moments at which the score fell below what raises an alert, and the score.
    """

    symbols: tuple[str, ...]
    values: int
    sets: int
    bars: int
    revised: int
    asked: int
    open_s: float
    fit_frac: float
    score: float
    counts: dict[str, int]
    alerts: tuple[tuple[int, float], ...]

    def lines(self) -> list[str]:
        """Return the report as text."""
        lines = [
            f"{', '.join(self.symbols)}: {self.values:,} quotes and prints as they came make {self.sets:,} bar sets with {self.bars:,} bars, "
            f"{self.revised:,} changed after they were told",
            f"  fit to be traded on in {100.0 * self.fit_frac:.2f} % of {self.open_s:,.0f} open seconds, quality {self.score:g} of 100 at worst",
        ]
        lines += [f"  {name:<18}{count:>9,}" for name, count in self.counts.items()]
        if self.asked:
            lines.append(
                f"  {self.asked:,} minutes of symbols were not heard whole: live, they are asked for over REST"
            )
        shown = ", ".join(f"{format_ns(ts_ns)} ({score:g})" for ts_ns, score in self.alerts[:_SHOWN_MAX])
        more = ", ..." if len(self.alerts) > _SHOWN_MAX else ""
        return [*lines, f"  alerts: {shown}{more}"] if self.alerts else lines


def rehearse(
    symbols: str | Sequence[str],
    *,
    every: str = "1m",
    calendar: str | None = None,
    catalogue: Path | str | None = None,
) -> Rehearsal:
    """Play the stored quotes and prints of symbols through live feeds, each received when it happened.

    Parameters
    ----------
    every : period of the bar sets, made of minutes: "1m", "15m", "1h", "1d"
    calendar : exchange whose sessions are expected, e.g. "XNYS"; without one the market never closes

    Nothing answers requests for what was missed. Raises UnknownNameError where there are no ticks.
    """
    names = [name.strip() for name in symbols.split(",")] if isinstance(symbols, str) else list(symbols)
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
    period_ns = decode_period(every)
    feeds = Feeds(names, [SourceTerms(name=_SOURCE, bars=False)], sessions, period_ns=period_ns)
    listener = _Listener(feeds, names)
    listener.link(first_ns)
    for event in heapq.merge(*(_told(store, name, have, last_ns) for name, have in kinds.items()), key=order_of):
        if isinstance(event, Trade):
            listener.hear(
                Print(ts_ns=event.ts_ns, symbol=event.symbol, price=event.price, size=event.size, venue=event.venue)
            )
        elif isinstance(event, Quote):
            listener.hear(event)
    listener.until(last_ns + _AFTER_NS)
    return listener.rehearsal(first_ns, last_ns)


def _told(store: Any, symbol: str, kinds: Sequence[str], last_ns: int) -> Iterator[Any]:
    """Yield the best quotes and the prints of a symbol in the order of their time."""

    def read(kind: str) -> Callable[[], Iterator[Ticks]]:
        return lambda: iter(store.ticks.parts(symbol, kind))

    ticks = {(symbol, kind): read(kind) for kind in kinds}
    sources = tick_sources(symbol, ticks, None, -(1 << 62), last_ns + 1, bars=False)
    return heapq.merge(*(chain.from_iterable(one) for one in sources), key=order_of)


class _Listener:
    """Let time pass as the feeds want it, and count what they tell."""

    def __init__(self, feeds: Feeds, symbols: Sequence[str]) -> None:
        self._feeds = feeds
        self._symbols = tuple(symbols)
        self._sets: list[int] = []
        self._changed = self._values = 0
        self._asked: set[tuple[str, int]] = set()
        self._alerts: list[tuple[int, float]] = []
        self._unfit_since: dict[str, int] = {}
        self._unfit_ns = 0
        self._score = 100.0

    def link(self, ts_ns: int) -> None:
        """Begin."""
        self._take(self._feeds.linked(_SOURCE, ts_ns, True))

    def hear(self, value: Quote | Print) -> None:
        """Take a value at its time."""
        self.until(value.ts_ns)
        self._values += 1
        self._take(self._feeds.take(_SOURCE, value.ts_ns, (value,)))

    def until(self, ts_ns: int) -> None:
        """Let time pass up to a moment."""
        while (due_ns := self._feeds.next_due_ns()) <= ts_ns:
            self._take(self._feeds.advance(due_ns))
            self._score = min(self._score, self._feeds.sources[_SOURCE].score)

    def rehearsal(self, first_ns: int, last_ns: int) -> Rehearsal:
        """Return what was counted."""
        hours = self._feeds.hours
        for symbol in list(self._unfit_since):
            self._fit(symbol, last_ns)
        open_ns = hours.open_between(first_ns, last_ns) * len(self._symbols)
        return Rehearsal(
            symbols=self._symbols,
            values=self._values,
            sets=len(self._sets),
            bars=sum(self._sets),
            revised=self._changed,
            asked=len(self._asked),
            open_s=open_ns / NS_PER_SECOND,
            fit_frac=1.0 - self._unfit_ns / open_ns if open_ns else 0.0,
            score=self._score,
            counts={name: round(times) for name, times in self._feeds.sources[_SOURCE].quality.total.items() if name},
            alerts=tuple(self._alerts),
        )

    def _take(self, told: Sequence[Any]) -> None:
        for one in told:
            match one:
                case BarSet():
                    self._sets.append(len(one.bars))
                case Revised():
                    self._changed += 1
                case BackFill():
                    minutes = range(one.start_ns, one.stop_ns, NS_PER_MINUTE)
                    self._asked |= {(symbol, open_ns) for symbol in one.symbols for open_ns in minutes}
                case Alerted():
                    self._alerts.append((one.ts_ns, one.score))
                case Fitness(fit=True):
                    self._fit(one.symbol, one.ts_ns)
                case Fitness():
                    self._unfit_since.setdefault(one.symbol, one.ts_ns)

    def _fit(self, symbol: str, ts_ns: int) -> None:
        since_ns = self._unfit_since.pop(symbol, ts_ns)
        hours: TradingHours = self._feeds.hours
        self._unfit_ns += hours.open_between(since_ns, ts_ns)
