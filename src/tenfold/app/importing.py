"""Import files into the catalogue: bars whole, ticks part by part."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Unpack

import numpy as np

from tenfold.app import wiring
from tenfold.app.sessions import SessionSource
from tenfold.app.set_reports import ImportReport
from tenfold.app.terms import import_terms
from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import format_ns
from tenfold.market.merging import merged
from tenfold.market.quality_bars import check
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import Series, encode_period
from tenfold.market.terms import Terms
from tenfold.market.ticks import Ticks, joined

_PRICED_ROWS: Final = 20_000


def import_file(
    path: Path | str,
    *,
    symbol: str | None = None,
    catalogue: Path | str | None = None,
    tz: str | None = None,
    stamp: str = "auto",
    calendar: str | None = None,
    period: str | None = None,
    adjustment: str | None = None,
    dates: str = "auto",
    kind: str | None = None,
    columns: Sequence[str] = (),
    add: bool = False,
    **terms: Unpack[Terms],
) -> ImportReport:
    """Read a CSV, Parquet or zipped file, check it and store it in the catalogue; nothing is stored unless all is read.

    Parameters
    ----------
    symbol : of a file that names none; picks one from a file that names several
    tz : time zone of times without one, e.g. "America/New_York"; UTC by default
    stamp : "open", "close" or "auto": what the bars' times mean
    calendar : exchange whose sessions the bars follow, e.g. "XNYS"
    period, adjustment : where the file's own are not what it looks like; adjustment is "raw", "split" or "total"
    dates : "dmy", "mdy", "ymd" or "auto": order of day and month where it cannot be told
    kind : "bars", "quotes", "trades", "depth", "funding" or "values" where the columns do not say it
    columns : further columns of bars to keep, as numbers, for strategies to read
    add : join the bars to those of the catalogue, in place of replacing them; where both have one moment the file's stay.
        Ticks are put behind those that are there, and must be later
    terms : currency, lot_size, tick_size, multiplier, min_notional of every symbol of the file, as in `Instrument`;
        what is not stated stays as the catalogue has it, else takes a default that the report tells

    Raises DataError or UnknownNameError where the file cannot be read as it is, StorageError where the
    catalogue cannot be written.
    """
    store = wiring.bar_store(catalogue)
    sessions_of = SessionSource(store)
    reading = wiring.file_reading(
        symbol=symbol,
        tz=tz,
        stamp=stamp,
        calendar=calendar,
        period=period,
        adjustment=adjustment,
        dates=dates,
        kind=kind,
        columns=tuple(columns),
        sessions=sessions_of,
    )
    parts = wiring.part_reader()(Path(path), reading)
    read = wiring.file_reader()(Path(path), reading) if parts is None else None
    if read is None or read.ticks:
        return _import_ticks(store, path, [read] if parts is None else parts, terms, add)
    series = [_with_kept(store, one) if add else one for one in read.series]
    checked = [check(one, sessions_of.around(one)) for one in series]
    instruments, guessed, remarks = import_terms(store, [one for one, _ in checked], [], terms)
    stored = store.save_all(checked, instruments)
    return _reported(
        path, read, [report for _, report in checked], instruments, (*read.assumed, *guessed), remarks, stored
    )


def _with_kept(store: Any, series: Series) -> Series:
    """Return a series joined to what the catalogue has of its symbol and period."""
    try:
        kept, _ = store.load_series(series.symbol, encode_period(series.period_ns))
    except UnknownNameError:
        return series
    return merged(kept, series)


def _import_ticks(store: Any, path: Path | str, parts: Iterable[Any], terms: Terms, add: bool) -> ImportReport:
    """Store ticks as they are read, behind those that are there where they are to be added; no more than one part is in memory."""
    first: list[Any] = []
    assumed: dict[str, None] = {}
    priced: dict[str, list[Ticks]] = {}
    begun: set[tuple[str, str]] = set()
    found: list[tuple[list[Instrument], list[str], list[str]]] = []

    def ticks() -> Iterator[Ticks]:
        for part in parts:
            first.append(part) if not first else None
            assumed.update(dict.fromkeys(part.assumed))
            for one in part.ticks:
                if add and (one.symbol, one.kind) not in begun:
                    yield from _before(store, one)
                begun.add((one.symbol, one.kind))
                priced.setdefault(one.symbol, []).append(_thinned(one))
                yield one

    def instruments() -> list[Instrument]:
        samples = [joined(some) for some in priced.values() if some[0].kind in ("quotes", "trades", "depth")]
        found.append(import_terms(store, [], samples, terms))
        return found[0][0]

    done = store.save_ticks(ticks(), instruments)
    kept, guessed, remarks = found[0]
    reports = [report for _, report in done]
    return _reported(path, first[0], reports, kept, (*assumed, *guessed), remarks, [place for place, _ in done])


def _before(store: Any, new: Ticks) -> Iterator[Ticks]:
    """Yield the ticks that the catalogue has of a symbol and kind; DataError where the new ones do not follow them."""
    if new.kind not in store.ticks.kinds(new.symbol):
        return
    last_ns = store.ticks.report(new.symbol, new.kind).last_ns
    if int(new.ts_ns.min()) < last_ns:
        raise DataError(
            f"{new.symbol} has {new.kind} up to {format_ns(last_ns)}, the new ones begin at {format_ns(int(new.ts_ns.min()))}: "
            "only later ones can be added"
        )
    for part in store.ticks.parts(new.symbol, new.kind):
        if set(part.columns) != set(new.columns):
            raise DataError(
                f"{new.kind} of {new.symbol} are kept with {', '.join(part.columns)}, the new ones have "
                f"{', '.join(new.columns)}: they cannot be joined"
            )
        yield part


def _thinned(ticks: Ticks) -> Ticks:
    """Return some of the ticks, from which the usual price shows."""
    step = max(1, len(ticks) // _PRICED_ROWS)
    at = np.arange(0, len(ticks), step)
    return Ticks(
        symbol=ticks.symbol,
        kind=ticks.kind,
        ts_ns=ticks.ts_ns[at],
        columns={name: values[at] for name, values in ticks.columns.items()},
    )


def _reported(
    path: Path | str,
    read: Any,
    reports: Sequence[QualityReport],
    instruments: Sequence[Instrument],
    assumed: Sequence[str],
    remarks: Sequence[str],
    stored: Sequence[Path],
) -> ImportReport:
    return ImportReport(
        path=str(path),
        kind=reports[0].kind,
        symbols=tuple(report.symbol for report in reports),
        rows=sum(report.rows for report in reports),
        dialect=read.dialect,
        assumed=tuple(assumed),
        instruments=tuple(instruments),
        remarks=tuple(remarks),
        stored=tuple(str(one) for one in stored),
        quality=tuple(reports),
    )
