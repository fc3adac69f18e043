"""Read and judge market data: what `load_bars` and most of `tenfold data` do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tenfold.app import wiring
from tenfold.app.importing import import_file as import_file  # noqa: PLC0414 - the name that scripts import
from tenfold.app.moments import Moment, length_ns, start_ns, stop_ns
from tenfold.app.sessions import SessionSource, sessions_for
from tenfold.app.set_reports import SetSummary, SetView, shown_row, shown_ticks, summary_of
from tenfold.app.symbol_names import symbol_names
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, ParameterError, UnknownNameError, did_you_mean
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.market.adjustment import adjust as adjust_series
from tenfold.market.align import align
from tenfold.market.quality_bars import check
from tenfold.market.quality_report import QualityReport


def sample_bars(
    name: str = "us-large-caps",
    symbols: str | Sequence[str] | None = None,
    *,
    start: Moment = None,
    end: Moment = None,
    adjust: str = "total",
    as_of: Moment = None,
    calendar: str | None = None,
) -> Bars:
    """Return a set of real bars that an installed package ships, checked; `list_samples` names them.

    The options are those of `load_bars`. Raises UnknownNameError for an unknown name or symbol, DataError
    where the package is not installed.
    """
    chosen = wiring.samples().sample_series(name)
    if symbols is not None:
        have = {one.symbol: one for one in chosen}
        for symbol in symbol_names(symbols):
            if symbol not in have:
                raise UnknownNameError(f"sample {name} has no symbol {symbol}; {did_you_mean(symbol, have)}")
        chosen = [have[symbol] for symbol in symbol_names(symbols)]
    pairs = [check(series) for series in chosen]
    sessions = None
    if calendar:
        days = [one.rows["open_ns"] // NS_PER_DAY for one in chosen]
        sessions = SessionSource(None)(calendar, min(int(d.min()) for d in days), max(int(d.max()) for d in days))
    first_ns, last_ns, as_of_day = _span(start, end, as_of)
    return align(
        pairs,
        mode=adjust,
        sessions=sessions,
        span_ns=(first_ns, last_ns),
        as_of_day=as_of_day,
        label=f"sample: {name}",
    )


def list_samples() -> list[SetSummary]:
    """Return the samples, without reading them."""
    samples = wiring.samples().SAMPLES
    return [SetSummary(symbol=one.name, kind="sample", period="1d", label=one.text) for one in samples.values()]


def load_bars(
    symbols: str | Sequence[str],
    *,
    start: Moment = None,
    end: Moment = None,
    period: str | None = None,
    catalogue: Path | str | None = None,
    adjust: str = "total",
    as_of: Moment = None,
    calendar: str | None = None,
    currency: str | None = None,
) -> Bars:
    """Return bars of the catalogue on one axis of time, prices adjusted, quality in `Bars.sources`.

    Parameters
    ----------
    symbols : one or several ("AAPL", "AAPL,MSFT" or a list); a sample's name where the catalogue has no such symbol
    start, end : dates, included ("2010-01-04"); moments and UTC nanoseconds are [start, end)
    period : "1d", "1m", ...; needed where a symbol has several
    catalogue : folder; by default the one of the settings
    adjust : "raw", "split" or "total" (splits and dividends)
    as_of : use only bars and corporate actions known by this date
    calendar : exchange whose sessions the bars follow; by default UTC days for daily bars, and the
        calendar of the set for others
    currency : express all prices in this currency, by the last rate known at each bar; the catalogue needs bars of the pair

    Raises UnknownNameError, DataError or StorageError in one line.
    """
    names = symbol_names(symbols)
    if period is not None:
        length_ns(period)  # refuses what is none
    store = wiring.bar_store(catalogue)
    first_ns, last_ns, as_of_day = _span(start, end, as_of)
    if len(names) == 1 and names[0] in wiring.samples().SAMPLES and names[0] not in store.symbols():
        if period not in (None, "1d"):
            raise DataError(f"sample {names[0]} has daily bars, not {period}")
        return sample_bars(names[0], start=start, end=end, adjust=adjust, as_of=as_of, calendar=calendar)
    sessions = sessions_for(store, names, period, calendar)
    bars: Bars = store.load(
        names,
        first_ns,
        last_ns,
        period=period,
        adjust=adjust,
        as_of_day=as_of_day,
        sessions=sessions,
        currency=None if currency is None else currency.strip().upper(),
    )
    return bars


def list_sets(catalogue: Path | str | None = None) -> list[SetSummary]:
    """Return what the catalogue holds: bars by symbol and period, then ticks."""
    store = wiring.bar_store(catalogue)
    found = [(info.quality, info) for info in store.sets()] + [(report, None) for report in store.ticks.reports()]
    return [summary_of(report, info, _kept_terms(store, report.symbol)) for report, info in found]


def list_damaged(catalogue: Path | str | None = None) -> list[str]:
    """Return a line for each file of the catalogue that cannot be read."""
    return wiring.bar_store(catalogue).damaged()


def check_set(
    symbol: str, *, period: str | None = None, catalogue: Path | str | None = None, calendar: str | None = None
) -> QualityReport:
    """Validate a set again, against a calendar where one is named here or by the set."""
    store = wiring.bar_store(catalogue)
    if symbol not in store.symbols():
        ticks = [report for report in store.ticks.reports() if report.symbol == symbol]
        if ticks:
            return ticks[0]
    series, _ = store.load_series(symbol, period)
    name = calendar if calendar is not None else series.calendar
    return check(series, SessionSource(store).around(series, name))[1]


def check_sample(name: str, *, calendar: bool = True) -> list[QualityReport]:
    """Validate a sample set, symbol by symbol, against the exchange's calendar unless told not to."""
    source = SessionSource(None)
    series = wiring.samples().sample_series(name)
    return [check(one, source.around(one) if calendar else None)[1] for one in series]


def show_set(
    symbol: str,
    *,
    period: str | None = None,
    kind: str | None = None,
    catalogue: Path | str | None = None,
    adjust: str | None = None,
    rows: int = 5,
) -> SetView:
    """Return a set's description with its first and last rows, bars as stored or adjusted.

    `kind` picks "bars", "quotes", "trades", "depth", "funding" or "values" of a symbol that has several; by default bars,
    else the first that there are.
    """
    if rows < 0:
        raise ParameterError(f"rows is {rows}, expected 0 or more")
    store = wiring.bar_store(catalogue)
    if kind is None and symbol not in store.symbols() and store.ticks.kinds(symbol):
        kind = store.ticks.kinds(symbol)[0]
    if kind not in (None, "bars"):
        return _tick_view(store, symbol, str(kind), rows)
    series, report = store.follow(symbol, period)
    shown = series if adjust is None else adjust_series(series, adjust)
    table = [shown_row(row, shown.period_ns) for row in shown.rows[:rows]]
    tail = [shown_row(row, shown.period_ns) for row in shown.rows[max(rows, len(shown) - rows) :]]
    info = store.describe(symbol, period)
    instrument = store.instrument(symbol) or Instrument(symbol=symbol)
    actions = [
        {
            "day": format_ns(int(action["day"]) * NS_PER_DAY),
            "split": float(action["split"]),
            "dividend": float(action["dividend"]),
        }
        for action in series.actions
    ]
    return SetView(
        summary=summary_of(report, info, instrument),
        notes=report.notes,
        head=tuple(table),
        tail=tuple(tail),
        actions=tuple(actions),
        instrument=instrument,
        quality=report,
    )


def _tick_view(store: Any, symbol: str, kind: str, rows: int) -> SetView:
    """Return the description of a set of ticks with its first and last rows."""
    report = store.ticks.report(symbol, kind)
    head, tail = store.ticks.ends(symbol, kind, rows)
    instrument = _kept_terms(store, symbol) or Instrument(symbol=symbol)
    return SetView(
        summary=summary_of(report, None, instrument),
        notes=report.notes,
        head=shown_ticks(head),
        tail=shown_ticks(tail),
        actions=(),
        instrument=instrument,
        quality=report,
    )


def _kept_terms(store: Any, symbol: str) -> Instrument | None:
    """Return the terms of a symbol, None where there are none to be read: `list_damaged` tells of those."""
    try:
        found: Instrument | None = store.instrument(symbol)
    except DataError:
        return None
    return found


def _span(start: Moment, end: Moment, as_of: Moment) -> tuple[int | None, int | None, int | None]:
    """Return the first nanosecond, the one after the last, and the day whose knowledge is used."""
    first_ns, last_ns, known_ns = start_ns(start), stop_ns(end), stop_ns(as_of)
    if first_ns is not None and last_ns is not None and first_ns >= last_ns:
        whole = NS_PER_DAY if last_ns % NS_PER_DAY == 0 else 0
        raise ParameterError(f"the start {format_ns(first_ns)} is not before the end {format_ns(last_ns, whole)}")
    if known_ns is None:
        return first_ns, last_ns, None
    last_ns = known_ns if last_ns is None else min(last_ns, known_ns)
    return first_ns, last_ns, (known_ns - 1) // NS_PER_DAY
