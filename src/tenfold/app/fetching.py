"""Fetch bars from a source into the catalogue: only what is missing, and going on where it was cut off.

How it works
------------
A set that was fetched knows the spans that were asked for; what is missing of the wanted span is cut into pages of as many
bars as the source gives at once. Each page is kept in a file of its own as it comes. Once all are there they are joined to
the set, checked like an import, stored whole, and forgotten. So a run that was killed loses no more than one page, and
nothing is there twice: a bar of a later page takes the place of one with the same time.

A source whose prices are adjusted changes history with each split (or dividend, where they are adjusted for those too): then
everything is fetched again. The last span is recorded up to its last bar alone, since what a source does not have yet
today it may have tomorrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.app import wiring
from tenfold.app.moments import Moment, length_ns, start_ns, stop_ns
from tenfold.app.sessions import SessionSource
from tenfold.app.terms import import_terms
from tenfold.domain.errors import DataError, ParameterError, SourceError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND, format_ns
from tenfold.market.merging import Spans, absent, merged, united
from tenfold.market.quality_bars import check
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import Series, encode_period
from tenfold.ports import BarSource, Clock

_TRIES: Final = 6
_WAIT_MAX_S: Final = 60.0
_LATE_NS: Final = 7 * NS_PER_DAY

Told = Callable[[str], None]


class FetchReport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what was fetched of which symbols, and what is in the catalogue now."""

    source: str
    requests: int
    rows: int
    symbols: tuple[str, ...]
    stored: tuple[str, ...]
    quality: tuple[QualityReport, ...]
    remarks: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the report as text."""
        lines = [f"{self.rows:,} bars of {', '.join(self.symbols)} from {self.source} in {self.requests} requests"]
        lines += [f"  note: {text}" for text in self.remarks]
        for report in self.quality:
            lines += report.lines()
        return lines


@dataclass
class Pace:
    """Ask a source no faster than it allows, and again where it does not answer."""

    source: BarSource
    clock: Clock
    pause: Callable[[float], None]
    requests: int = 0
    last_ns: int | None = None

    def ask(self, symbol: str, period_ns: int, span: tuple[int, int]) -> tuple[Any, Any]:
        """Return bars and actions of a span; SourceError after the last try."""
        for tried in range(1, _TRIES + 1):
            self._wait()
            self.requests += 1
            try:
                return self.source.fetch(symbol, period_ns, *span)
            except SourceError as error:
                if tried == _TRIES:
                    raise SourceError(
                        f"{error} after {_TRIES} tries; what was fetched is kept, the same command goes on from there"
                    ) from error
                wait_s = 2.0 ** (tried - 1) if error.wait_s is None else error.wait_s
                self.pause(min(wait_s, _WAIT_MAX_S))
        raise SourceError(f"{self.source.name()} was not asked")

    def _wait(self) -> None:
        now_ns = self.clock.monotonic_ns()
        if self.last_ns is not None:
            gap_ns = int(NS_PER_SECOND / self.source.pace()[0])
            if now_ns - self.last_ns < gap_ns:
                self.pause((gap_ns - now_ns + self.last_ns) / NS_PER_SECOND)
        self.last_ns = self.clock.monotonic_ns()


def fetch_bars(
    source: str | BarSource,
    symbols: str | Sequence[str],
    *,
    start: Moment,
    end: Moment = None,
    every: str = "1d",
    calendar: str | None = None,
    tz: str | None = None,
    stamp: str = "open",
    adjustment: str = "raw",
    catalogue: Path | str | None = None,
    clock: Clock | None = None,
    pause: Callable[[float], None] = wiring.pause,
    told: Told = lambda text: None,
) -> FetchReport:
    """Fetch bars into the catalogue, as far as they are not there.

    Parameters
    ----------
    source : "yahoo", "ccxt:EXCHANGE", an address with `{symbol}`, or an object with the methods of `ports.BarSource`
    symbols : one or several, as the source names them
    start, end : first and last date, both included; the end is now by default, and never later: bars still open are left out
    every : period of the bars
    calendar : exchange whose sessions the bars follow, e.g. "XNYS"
    tz, stamp, adjustment : of the files of an address: zone of their times, what the times mean, what prices are adjusted for
    told : takes a line of progress for each page

    A symbol is stored when all its pages are there; what was fetched before an error is kept for the next run. Raises
    SourceError where the source does not answer, UserError where it cannot.
    """
    asked = wiring.bar_source(source, tz=tz, stamp=stamp, adjustment=adjustment) if isinstance(source, str) else source
    clock = wiring.clock() if clock is None else clock
    names = [name.strip() for name in symbols.split(",")] if isinstance(symbols, str) else list(symbols)
    names = list(dict.fromkeys(name for name in names if name))
    first_ns, last_ns, now_ns = start_ns(start), stop_ns(end), clock.now_ns()
    last_ns = now_ns if last_ns is None else min(last_ns, now_ns)
    if first_ns is None or not names:
        raise ParameterError("a fetch needs at least one symbol and a start, e.g. --from 2020-01-01")
    if first_ns >= last_ns:
        raise ParameterError(f"the start {format_ns(first_ns)} is not before the end {format_ns(last_ns)}")
    work = _Fetch(
        wiring.bar_store(catalogue), wiring.page_store(catalogue), Pace(asked, clock, pause), calendar or "", told
    )
    found = [work.symbol(name, length_ns(every), (first_ns, last_ns), now_ns) for name in names]
    return FetchReport(
        source=asked.name(),
        requests=work.pace.requests,
        rows=work.rows,
        symbols=tuple(names),
        stored=tuple(str(path) for path, _ in found if path is not None),
        quality=tuple(report for _, report in found),
        remarks=tuple(work.remarks),
    )


class _Fetch:
    """Bring one symbol after the other up to date."""

    def __init__(self, store: Any, pages: Any, pace: Pace, calendar: str, told: Told) -> None:
        self.store = store
        self.pages = pages
        self.pace = pace
        self.calendar = calendar
        self.told = told
        self.rows = 0
        self.remarks: list[str] = []

    def symbol(
        self, symbol: str, period_ns: int, wanted: tuple[int, int], now_ns: int
    ) -> tuple[Path | None, QualityReport]:
        """Fetch what is missing of a symbol and store it; return the path, None where nothing was missing, and the report."""
        source, kept = self.pace.source, self._kept(symbol, period_ns)
        if kept is not None and source.adjustment() == "total":
            wanted = (min(wanted[0], kept.fetched[0][0]), wanted[1])
            kept = None
        missing = absent(wanted, kept.fetched if kept is not None else ())
        if kept is not None and not missing:
            return None, self.store.describe(symbol, encode_period(period_ns)).quality
        new, split_days = self._fetched(symbol, period_ns, missing, now_ns)
        if kept is not None and source.adjustment() == "split" and (split_days > int(kept.rows["session"][-1])).any():
            self.remarks.append(
                f"{symbol} was split since its last fetch, which changes earlier prices: all was fetched again"
            )
            wanted = (min(wanted[0], kept.fetched[0][0]), max(wanted[1], kept.fetched[-1][1]))
            new, kept = self._fetched(symbol, period_ns, (wanted,), now_ns)[0], None
        whole = new if kept is None else merged(kept, new)
        if len(whole) == 0:
            self.pages.clear(source.name(), symbol, period_ns)
            raise DataError(
                f"{source.name()} has no {encode_period(period_ns)} bars of {symbol} between the given dates"
            )
        checked, report = check(whole, SessionSource(self.store).around(whole))
        instruments, guessed, remarks = import_terms(self.store, [checked], [], {})
        (path,) = self.store.save_all([(checked, report)], instruments)
        self.pages.clear(source.name(), symbol, period_ns)
        self.remarks += [*guessed, *remarks]
        return path, report

    def _kept(self, symbol: str, period_ns: int) -> Series | None:
        """Return the set that an earlier fetch has stored; refuse one that came from elsewhere."""
        try:
            kept, _ = self.store.load_series(symbol, encode_period(period_ns))
        except (UnknownNameError, DataError):
            if encode_period(period_ns) in {info.period for info in self.store.sets() if info.symbol == symbol}:
                raise
            return None
        if not kept.fetched or kept.label != self.pace.source.name():
            raise DataError(
                f"{symbol} is in the catalogue from {kept.label or 'elsewhere'}; bars of {self.pace.source.name()} would be "
                "mixed with them: fetch into another catalogue"
            )
        return kept  # type: ignore[no-any-return]

    def _fetched(self, symbol: str, period_ns: int, missing: Spans, now_ns: int) -> tuple[Series, NDArray[np.int64]]:
        """Return the bars of the missing spans, pages of an earlier run first, and the days of splits among them."""
        source = self.pace.source
        name, today = source.name(), now_ns // NS_PER_DAY
        fresh = None if source.adjustment() == "raw" else today
        if self.pages.spans(name, symbol, period_ns) != self.pages.spans(name, symbol, period_ns, fresh):
            self.pages.clear(name, symbol, period_ns)  # their prices may be adjusted for less than today's
        length = source.pace()[1] * period_ns
        for start, stop in missing:
            for first, last in absent((start, stop), tuple(self.pages.spans(name, symbol, period_ns))):
                for at in range(first, last, length):
                    self._page(symbol, period_ns, (at, min(at + length, last)), now_ns)
        rows, actions = self.pages.load(name, symbol, period_ns)
        rows = rows[np.argsort(rows["ts_ns"], kind="stable")]
        spans = united((*self.pages.spans(name, symbol, period_ns), *missing))
        self.rows += len(rows)
        series = Series(
            symbol=symbol,
            rows=rows,
            period_ns=period_ns,
            adjustment=source.adjustment(),
            actions=actions if source.adjustment() == "raw" else _cash_alone(actions),
            actions_known=source.adjustment() != "total",
            calendar=self.calendar,
            stamp="open",
            label=name,
            fetched=_certain(spans, rows, now_ns),
        )
        return series, actions["day"][actions["split"] != 1.0]

    def _page(self, symbol: str, period_ns: int, span: tuple[int, int], now_ns: int) -> None:
        source = self.pace.source
        rows, actions = self.pace.ask(symbol, period_ns, span)
        page = Series(symbol=symbol, rows=rows, period_ns=period_ns, adjustment=source.adjustment(), actions=actions)
        self.pages.save(source.name(), page, span, now_ns // NS_PER_DAY)
        self.told(f"{symbol}: {len(rows):,} bars, {format_ns(span[0])} to {format_ns(span[1])}")


def _cash_alone(actions: NDArray[np.void]) -> NDArray[np.void]:
    """Return the dividends: splits are in the prices already."""
    kept: NDArray[np.void] = actions[actions["dividend"] != 0.0].copy()
    kept["split"] = 1.0
    return kept


def _certain(spans: Spans, rows: NDArray[np.void], now_ns: int) -> Spans:
    """Return spans without the part near now that no bar has come for yet: the source may have it tomorrow."""
    found = []
    for start, stop in spans:
        if stop > now_ns - _LATE_NS:
            inside = rows["ts_ns"][(rows["ts_ns"] >= start) & (rows["ts_ns"] < stop)]
            last = int(inside[-1]) + 1 if len(inside) else start
            found.append((start, max(last, min(stop, now_ns - _LATE_NS))))
        else:
            found.append((start, stop))
    return united(tuple(found))
