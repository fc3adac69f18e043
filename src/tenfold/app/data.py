"""Read, import and judge market data: what `tenfold data` and `load_bars` do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tenfold.app import wiring
from tenfold.app.moments import Moment, start_ns, stop_ns
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, ParameterError, UnknownNameError, did_you_mean
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.market.adjustment import adjust as adjust_series
from tenfold.market.align import align
from tenfold.market.quality_bars import check
from tenfold.market.quality_report import QualityReport
from tenfold.market.quality_ticks import check_ticks
from tenfold.market.series import Series

_MARGIN_DAYS: Final = 10


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what an import read, assumed, stored and found.

    `dialect` says how the file was read, `assumed` what could not be known from it.
    """

    path: str
    kind: str
    symbols: tuple[str, ...]
    rows: int
    dialect: dict[str, str]
    assumed: tuple[str, ...]
    stored: tuple[str, ...]
    quality: tuple[QualityReport, ...]

    def lines(self) -> list[str]:
        """Return the report as text."""
        lines = [f"{self.path}: {self.rows:,} rows of {self.kind} of {', '.join(self.symbols)}"]
        lines += [f"  {name}: {value}" for name, value in self.dialect.items()]
        lines += [f"  assumed: {text}" for text in self.assumed]
        for report in self.quality:
            lines += report.lines()
        return lines


class SetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one set that can be read: of the catalogue ("bars", "quotes", "trades") or a sample."""

    symbol: str
    kind: str
    period: str = ""
    rows: int = 0
    start: str = ""
    end: str = ""
    score: float = 100.0
    currency: str = ""
    adjustment: str = ""
    calendar: str = ""
    label: str = ""


class SetView(msgspec.Struct, frozen=True, kw_only=True):
    """Show a set: its description, first and last rows, actions and later names."""

    summary: SetSummary
    notes: tuple[str, ...]
    head: tuple[dict[str, Any], ...]
    tail: tuple[dict[str, Any], ...]
    actions: tuple[dict[str, Any], ...]
    quality: QualityReport

    def lines(self) -> list[str]:
        """Return the view as text."""
        one = self.summary
        lines = [
            f"{one.symbol}: {one.rows:,} {one.period} bars, {one.start} to {one.end}, {one.currency}, "
            f"stored {one.adjustment}{', calendar ' + one.calendar if one.calendar else ''}"
        ]
        lines += [f"  {note}" for note in self.notes]
        shown = [*self.head, *([{"time": "..."}] if self.tail else []), *self.tail]
        for row in shown:
            lines.append(
                "  " + "  ".join(f"{name} {value}" if name != "time" else str(value) for name, value in row.items())
            )
        for action in self.actions:
            lines.append(f"  {action['day']}: split {action['split']:g}, dividend {action['dividend']:g}")
        return lines


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
        for symbol in _names(symbols):
            if symbol not in have:
                raise UnknownNameError(f"sample {name} has no symbol {symbol}; {did_you_mean(symbol, have)}")
        chosen = [have[symbol] for symbol in _names(symbols)]
    pairs = [check(series) for series in chosen]
    sessions = None
    if calendar:
        days = [one.rows["open_ns"] // NS_PER_DAY for one in chosen]
        sessions = _SessionSource(None)(calendar, min(int(d.min()) for d in days), max(int(d.max()) for d in days))
    first_ns, last_ns, as_of_day = _span(start, end, as_of)
    return align(
        [one for one, _ in pairs],
        [report for _, report in pairs],
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

    Raises UnknownNameError, DataError or StorageError in one line.
    """
    names = _names(symbols)
    store = wiring.bar_store(catalogue)
    first_ns, last_ns, as_of_day = _span(start, end, as_of)
    if len(names) == 1 and names[0] in wiring.samples().SAMPLES and names[0] not in store.symbols():
        if period not in (None, "1d"):
            raise DataError(f"sample {names[0]} has daily bars, not {period}")
        return sample_bars(names[0], start=start, end=end, adjust=adjust, as_of=as_of, calendar=calendar)
    sessions = _sessions_for(store, names, period, calendar)
    bars: Bars = store.load(
        names, first_ns, last_ns, period=period, adjust=adjust, as_of_day=as_of_day, sessions=sessions
    )
    return bars


def import_file(
    path: Path | str,
    *,
    symbol: str | None = None,
    catalogue: Path | str | None = None,
    tz: str | None = None,
    stamp: str = "auto",
    calendar: str | None = None,
    currency: str = "USD",
    period: str | None = None,
    adjustment: str | None = None,
    dates: str = "auto",
) -> ImportReport:
    """Read a CSV or Parquet file, check it and store it in the catalogue; nothing is stored unless all is read.

    Parameters
    ----------
    symbol : of a file that names none; picks one from a file that names several
    tz : time zone of times without one, e.g. "America/New_York"; UTC by default
    stamp : "open", "close" or "auto": what the bars' times mean
    calendar : exchange whose sessions the bars follow, e.g. "XNYS"
    period, adjustment : where the file's own are not what it looks like; adjustment is "raw", "split" or "total"
    dates : "dmy", "mdy", "ymd" or "auto": order of day and month where it cannot be told

    Raises DataError or UnknownNameError where the file cannot be read as it is, StorageError where the
    catalogue cannot be written.
    """
    store = wiring.bar_store(catalogue)
    sessions_of = _SessionSource(store)
    read = wiring.file_reader()(
        Path(path),
        symbol=symbol,
        tz=tz,
        stamp=stamp,
        calendar=calendar,
        currency=currency,
        period=period,
        adjustment=adjustment,
        dates=dates,
        sessions=sessions_of,
    )
    checked = [check(series, sessions_of.around(series)) for series in read.series]
    judged = [(ticks, check_ticks(ticks)[1]) for ticks in read.ticks]
    stored = store.save_all(checked, judged)
    reports = (*(report for _, report in checked), *(report for _, report in judged))
    return ImportReport(
        path=str(path),
        kind=reports[0].kind,
        symbols=tuple(report.symbol for report in reports),
        rows=sum(report.rows for report in reports),
        dialect=read.dialect,
        assumed=read.assumed,
        stored=tuple(str(path) for path in stored),
        quality=reports,
    )


def list_sets(catalogue: Path | str | None = None) -> list[SetSummary]:
    """Return what the catalogue holds: bars by symbol and period, then ticks."""
    store = wiring.bar_store(catalogue)
    bars = [_summary(info.quality, info) for info in store.sets()]
    return bars + [_summary(report, None) for report in store.ticks()]


def list_damaged(catalogue: Path | str | None = None) -> list[str]:
    """Return a line for each file of the catalogue that cannot be read."""
    return wiring.bar_store(catalogue).damaged()


def check_set(
    symbol: str, *, period: str | None = None, catalogue: Path | str | None = None, calendar: str | None = None
) -> QualityReport:
    """Validate a set again, against a calendar where one is named here or by the set."""
    store = wiring.bar_store(catalogue)
    if symbol not in store.symbols():
        ticks = [report for report in store.ticks() if report.symbol == symbol]
        if ticks:
            return ticks[0]
    series, _ = store.load_series(symbol, period)
    name = calendar if calendar is not None else series.calendar
    return check(series, _SessionSource(store).around(series, name))[1]


def check_sample(name: str, *, calendar: bool = True) -> list[QualityReport]:
    """Validate a sample set, symbol by symbol, against the exchange's calendar unless told not to."""
    source = _SessionSource(None)
    series = wiring.samples().sample_series(name)
    return [check(one, source.around(one) if calendar else None)[1] for one in series]


def show_set(
    symbol: str,
    *,
    period: str | None = None,
    catalogue: Path | str | None = None,
    adjust: str | None = None,
    rows: int = 5,
) -> SetView:
    """Return a set's description with its first and last rows, as stored or adjusted."""
    if rows < 0:
        raise ParameterError(f"rows is {rows}, expected 0 or more")
    store = wiring.bar_store(catalogue)
    series, report = store.follow(symbol, period)
    shown = series if adjust is None else adjust_series(series, adjust)
    table = [_row(row, shown.period_ns) for row in shown.rows[:rows]]
    tail = [_row(row, shown.period_ns) for row in shown.rows[max(rows, len(shown) - rows) :]]
    info = store.describe(symbol, period)
    actions = [
        {
            "day": format_ns(int(action["day"]) * NS_PER_DAY),
            "split": float(action["split"]),
            "dividend": float(action["dividend"]),
        }
        for action in series.actions
    ]
    return SetView(
        summary=_summary(report, info),
        notes=report.notes,
        head=tuple(table),
        tail=tuple(tail),
        actions=tuple(actions),
        quality=report,
    )


class _SessionSource:
    """Give the sessions of an exchange around some days, from the catalogue where it has them."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def __call__(self, calendar: str, first_day: int, last_day: int) -> list[Session]:
        kept = self.store.sessions(calendar) if self.store is not None else []
        first, last = first_day - _MARGIN_DAYS, last_day + _MARGIN_DAYS
        if not kept or kept[0].day > first + _MARGIN_DAYS or kept[-1].day < last - _MARGIN_DAYS:
            low = min(first, kept[0].day) if kept else first
            high = max(last, kept[-1].day) if kept else last
            kept = wiring.calendar_sessions(calendar, low, high)
            if self.store is not None:
                self.store.save_sessions(calendar, kept)
        return [session for session in kept if first <= session.day <= last]

    def around(self, series: Series, calendar: str | None = None) -> list[Session] | None:
        """Return the sessions around a series, None where it follows no calendar."""
        name = series.calendar if calendar is None else calendar
        if not name or len(series) == 0:
            return None
        days = series.rows["open_ns"] // NS_PER_DAY
        return self(name, int(days.min()), int(days.max()))


def _sessions_for(store: Any, names: Sequence[str], period: str | None, calendar: str | None) -> list[Session] | None:
    """Return the sessions that the bars follow: UTC days serve daily bars unless a calendar is asked for."""
    infos = [store.describe(name, period) for name in names]
    named = {info.calendar for info in infos if info.calendar and info.period[-1] in "smh"}
    if calendar is None and len(named) != 1:
        return None
    name = calendar if calendar is not None else named.pop()
    first = min(info.quality.first_ns for info in infos) // NS_PER_DAY
    last = max(info.quality.last_ns for info in infos) // NS_PER_DAY
    return _SessionSource(store)(name, first, last) if name else None


def _summary(report: QualityReport, info: Any) -> SetSummary:
    return SetSummary(
        symbol=report.symbol,
        kind=report.kind,
        period=report.period,
        rows=report.rows,
        start=format_ns(report.first_ns),
        end=format_ns(report.last_ns),
        score=report.score,
        currency=info.currency if info is not None else "",
        adjustment=info.adjustment if info is not None else "",
        calendar=info.calendar if info is not None else "",
        label=info.label if info is not None else "",
    )


def _row(row: Any, period_ns: int) -> dict[str, Any]:
    daily = period_ns >= NS_PER_DAY
    shown: dict[str, Any] = {"time": format_ns(int(row["session"]) * NS_PER_DAY if daily else int(row["ts_ns"]))}
    for name in ("open", "high", "low", "close", "volume", "dividend", "flags"):
        value = row[name].item()
        if name not in ("dividend", "flags") or value:
            shown[name] = value
    return shown


def _names(symbols: str | Sequence[str]) -> list[str]:
    if not isinstance(symbols, str | Sequence) or not all(isinstance(name, str) for name in symbols):
        raise DataError(f"symbols are {symbols!r}, expected texts such as 'AAPL' or ['AAPL', 'MSFT']")
    names = [name.strip() for name in symbols.split(",")] if isinstance(symbols, str) else list(symbols)
    names = [name for name in names if name]
    if not names:
        raise DataError("no symbol is given, expected at least one such as AAPL")
    if len(set(names)) != len(names):
        raise DataError(f"a symbol occurs twice among {', '.join(names)}")
    return names


def _span(start: Moment, end: Moment, as_of: Moment) -> tuple[int | None, int | None, int | None]:
    """Return the first nanosecond, the one after the last, and the day whose knowledge is used."""
    first_ns, last_ns, known_ns = start_ns(start), stop_ns(end), stop_ns(as_of)
    if first_ns is not None and last_ns is not None and first_ns >= last_ns:
        raise DataError(f"the start {format_ns(first_ns)} is not before the end {format_ns(last_ns - 1)}")
    if known_ns is None:
        return first_ns, last_ns, None
    last_ns = known_ns if last_ns is None else min(last_ns, known_ns)
    return first_ns, last_ns, (known_ns - 1) // NS_PER_DAY
