"""Count what feeds tell, and say how it went."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tenfold.domain.events import Alerted, Fitness, Revised
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND, format_ns
from tenfold.market.back_fills import BackFill
from tenfold.market.feeds import Feeds

_SHOWN_MAX: Final = 5


class FeedReport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what live feeds made of what they heard.

    `fit_frac` is the share of the symbols' open seconds in which their data could be traded on; `score` the worst of the sources, 0 to
    100, and `counts` what was found by kind; `revised` bars that changed after they were told; `asked` minutes that
    were not heard whole; `alerts` moments at which a score fell below what raises an alert, and the score.
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
            f"{', '.join(self.symbols)}: {self.values:,} values make {self.sets:,} bar sets with {self.bars:,} bars, "
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


class FeedTally:
    """Count what feeds tell from one moment on."""

    def __init__(self, feeds: Feeds, symbols: Sequence[str], first_ns: int) -> None:
        self._feeds = feeds
        self._symbols = tuple(symbols)
        self._first_ns = first_ns
        self._sets: list[int] = []
        self._revised = 0
        self._asked: set[tuple[str, int]] = set()
        self._alerts: list[tuple[int, float]] = []
        self._unfit_since: dict[str, int] = {}
        self._unfit_ns = 0
        self._score = 100.0

    def take(self, told: Sequence[Any]) -> None:
        """Take what was told at once."""
        self._score = min(self._score, *(source.score for source in self._feeds.sources.values()))
        for one in told:
            match one:
                case BarSet():
                    self._sets.append(len(one.bars))
                case Revised():
                    self._revised += 1
                case BackFill():
                    minutes = range(one.start_ns, one.stop_ns, NS_PER_MINUTE)
                    self._asked |= {(symbol, open_ns) for symbol in one.symbols for open_ns in minutes}
                case Alerted():
                    self._alerts.append((one.ts_ns, one.score))
                case Fitness(fit=True):
                    self._fit(one.symbol, one.ts_ns)
                case Fitness():
                    self._unfit_since.setdefault(one.symbol, one.ts_ns)

    def report(self, last_ns: int) -> FeedReport:
        """Return what was counted up to a moment."""
        for symbol in list(self._unfit_since):
            self._fit(symbol, last_ns)
        open_ns = self._feeds.hours.open_between(self._first_ns, last_ns) * len(self._symbols)
        totals: dict[str, float] = {}
        for source in self._feeds.sources.values():
            for name, times in source.quality.total.items():
                totals[name] = totals.get(name, 0.0) + times
        return FeedReport(
            symbols=self._symbols,
            values=round(totals.pop("", 0.0)),
            sets=len(self._sets),
            bars=sum(self._sets),
            revised=self._revised,
            asked=len(self._asked),
            open_s=open_ns / NS_PER_SECOND,
            fit_frac=1.0 - self._unfit_ns / open_ns if open_ns else 0.0,
            score=self._score,
            counts={name: round(times) for name, times in totals.items()},
            alerts=tuple(self._alerts),
        )

    def _fit(self, symbol: str, ts_ns: int) -> None:
        since_ns = self._unfit_since.pop(symbol, ts_ns)
        self._unfit_ns += self._feeds.hours.open_between(since_ns, ts_ns)
