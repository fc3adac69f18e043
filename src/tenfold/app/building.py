"""Build bars from the ticks of the catalogue and store them there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from tenfold.app import wiring
from tenfold.app.moments import length_ns
from tenfold.app.sessions import SessionSource
from tenfold.app.terms import import_terms
from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.market import Bar
from tenfold.market.best_quote import BestQuote
from tenfold.market.builder import BarBuilder, as_marks
from tenfold.market.depth_book import DepthBook, rebuild
from tenfold.market.quality_bars import check
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import Series
from tenfold.market.ticks import Ticks

_SOURCES: Final = ("trades", "quotes", "depth")
_LABEL: Final = "built from "
_FIELDS: Final = BAR.names or ()


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what bars were built from how many ticks, and which ticks were left out."""

    symbol: str
    source: str
    ticks: int
    unusable: int
    late: int
    stored: str
    quality: QualityReport

    def lines(self) -> list[str]:
        """Return the report as text."""
        lines = [f"{self.symbol}: {self.quality.rows:,} {self.quality.period} bars from {self.ticks:,} {self.source}"]
        if self.unusable:
            lines.append(
                f"  {self.unusable:,} left out: no price, no size, crossed, one side alone, or marked by the source"
            )
        if self.late:
            lines.append(f"  {self.late:,} left out: they came after their bar had closed")
        return lines + self.quality.lines()


def build_bars(
    symbol: str,
    *,
    every: str = "1m",
    source: str | None = None,
    calendar: str | None = None,
    catalogue: Path | str | None = None,
) -> BuildReport:
    """Build the bars of a symbol from its stored trades or quotes, and store them in place of those of that period.

    Parameters
    ----------
    every : period, a divisor of a day: "1s", "1m", "1h", "1d"
    source : "trades", "quotes" or "depth"; by default the first of them that there is. Quotes of several exchanges, one
        side a row, are first joined to the best bid and offer; from changes of levels the book is rebuilt
    calendar : exchange whose sessions the bars follow, e.g. "XNYS"

    Ticks are read part by part, in the order of their source. Raises UnknownNameError where there are none, DataError where
    none can be used.
    """
    store = wiring.bar_store(catalogue)
    series, builder = built_series(store, symbol, every, source, calendar)
    chosen = series.label.removeprefix(_LABEL)
    checked, report = check(series, SessionSource(store).around(series))
    instruments, _, _ = import_terms(store, [checked], [], {})
    (path,) = store.save_all([(checked, report)], instruments)
    return BuildReport(
        symbol=symbol,
        source=chosen,
        ticks=store.ticks.report(symbol, chosen).rows,
        unusable=builder.unusable,
        late=builder.late,
        stored=str(path),
        quality=report,
    )


def built_series(
    store: Any, symbol: str, every: str = "1m", source: str | None = None, calendar: str | None = None
) -> tuple[Series, BarBuilder]:
    """Return the bars that ticks of a catalogue make, and their builder, which counted what it left out.

    The arguments and what is raised are those of `build_bars`.
    """
    have = [kind for kind in _SOURCES if kind in store.ticks.kinds(symbol)]
    if not have:
        known = sorted({report.symbol for report in store.ticks.reports() if report.kind in _SOURCES})
        raise UnknownNameError(
            f"{symbol} has no trades, quotes or depth in the catalogue; {did_you_mean(symbol, known)}"
        )
    chosen = source if source is not None else have[0]
    if chosen not in have:
        raise UnknownNameError(f"{symbol} has no {chosen} in the catalogue, expected {' or '.join(have)}")
    period_ns = length_ns(every)
    builder = BarBuilder(symbol, period_ns, "trades" if chosen == "trades" else "quotes")
    parts = store.ticks.parts(symbol, chosen)
    bars = list(_of_book(builder, parts) if chosen == "depth" else _built(builder, parts))
    if not bars:
        raise DataError(f"none of the {chosen} of {symbol} can be used: {builder.unusable:,} have no price or no size")
    series = Series(
        symbol=symbol,
        rows=bar_rows(bars),
        period_ns=period_ns,
        calendar=calendar or "",
        stamp="open",
        label=f"{_LABEL}{chosen}",
    )
    return series, builder


def bar_rows(bars: list[Bar]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """Return bars of one symbol as records of `BAR`, (N,)."""
    return np.array([msgspec.structs.astuple(bar)[: len(_FIELDS)] for bar in bars], BAR)


def _built(builder: BarBuilder, parts: Iterator[Ticks]) -> Iterator[Bar]:
    """Yield the bars of all parts, the one in progress at the end included."""
    best = BestQuote()
    last_ns = 0
    for part in parts:
        marks = as_marks(part.columns.get("suspicious"), len(part))
        moments = part.ts_ns.tolist()
        last_ns = max(last_ns, int(part.ts_ns.max()))
        if part.kind == "trades":
            ticks = zip(moments, part.numbers("price").tolist(), part.numbers("size").tolist(), marks, strict=True)
            found = (builder.trade(ts, price, size, suspicious=mark) for ts, price, size, mark in ticks)
        else:
            ticks = zip(moments, *_sides(part, best, marks), marks, strict=True)
            found = (builder.quote(ts, bid, ask, suspicious=mark) for ts, bid, ask, mark in ticks)
        yield from (bar for bar in found if bar is not None)
    closed = builder.advance(last_ns + builder.period_ns)
    if closed is not None:
        yield closed


def _of_book(builder: BarBuilder, parts: Iterator[Ticks]) -> Iterator[Bar]:
    """Yield the bars of the best bid and offer of a book that is rebuilt; what a lost change makes wrong is left out."""
    book, last_ns = DepthBook(), 0
    for ts_ns, _ in rebuild(parts, book):
        bid, _, ask, _ = book.best()
        last_ns = max(last_ns, ts_ns)
        bar = builder.quote(ts_ns, bid, ask, suspicious=book.broken)
        if bar is not None:
            yield bar
    closed = builder.advance(last_ns + builder.period_ns)
    if closed is not None:
        yield closed


def _sides(part: Ticks, best: BestQuote, marks: list[bool]) -> tuple[list[float], list[float]]:
    """Return bids and asks; of several exchanges the best as of each row, to which marked rows add nothing."""
    bids, asks = part.numbers("bid").tolist(), part.numbers("ask").tolist()
    if "exchange" not in part.columns:
        return bids, asks
    exchanges = np.asarray(part.columns["exchange"]).tolist()
    rows = zip(exchanges, bids, asks, marks, strict=True)
    joined = [best.update(name, 0.0 if mark else bid, 0.0 if mark else ask) for name, bid, ask, mark in rows]
    return [bid for bid, _ in joined], [ask for _, ask in joined]
