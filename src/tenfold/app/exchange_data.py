"""Gather what the simulated exchange trades: the catalogue, a user's own files, a sample; or nothing, for a made-up market."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tenfold.app import wiring
from tenfold.app.importing import import_file
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, SettingsError, UnknownNameError, did_you_mean
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY
from tenfold.exchange.opening import MarketData, Reading
from tenfold.exchange.pairs import is_pair
from tenfold.market.align import align
from tenfold.market.quality_bars import check
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import Series, encode_period

CALENDAR: Final = "XNYS"
TICKS: Final = ("quotes", "trades", "depth")
_FILES: Final = (".parquet", ".csv", ".csv.gz", ".zip", ".txt")
_MARGIN_DAYS: Final = 10

Checked = tuple[Series, QualityReport]


def traded_data(
    symbols: Sequence[str] = (),
    *,
    data: Path | str | Bars | None = None,
    sample: str | None = None,
    period: str | None = None,
) -> MarketData | None:
    """Return what is to be traded, None where the catalogue is empty and nothing else is named.

    Parameters
    ----------
    symbols : all that there are where none is given
    data : a catalogue, a folder of Parquet or CSV files, one such file, or bars
    sample : a set that an installed package ships
    period : of the bars; the shortest that a symbol has by default

    Raises SettingsError, UnknownNameError, DataError or StorageError in one line.
    """
    if data is not None and sample is not None:
        raise SettingsError("data and a sample are both given; name one of the two")
    if sample is not None:
        if period not in {None, "1d"}:
            raise DataError(f"sample {sample} has daily bars, not {period}")
        return _of_sample(sample, symbols)
    if data is None:
        store = wiring.bar_store()
        return _of_store(store, symbols, period, f"catalogue {store.root}") if _holds(store) else None
    if isinstance(data, Bars):
        return _of_bars(data, symbols)
    path = Path(data).expanduser()
    if not path.exists():
        raise DataError(f"there is no file or folder {path}")
    store = wiring.bar_store(path)
    if path.is_dir() and _holds(store):
        return _of_store(store, symbols, period, f"catalogue {path}")
    with TemporaryDirectory(prefix="tenfold-exchange-") as folder:
        for one in _files(path):
            import_file(one, catalogue=folder, period=period)
        return _of_store(wiring.bar_store(folder), symbols, period, str(path), keep=True)


def sessions_around(first_ns: int, last_ns: int) -> list[Session]:
    """Return the sessions of New York around a span of time."""
    first, last = first_ns // NS_PER_DAY - _MARGIN_DAYS, last_ns // NS_PER_DAY + _MARGIN_DAYS
    return wiring.calendar_sessions(CALENDAR, first, last)


def _holds(store: Any) -> bool:
    """Say whether a catalogue holds anything that can be traded."""
    return bool(store.symbols() or store.ticks.paths())


def _files(path: Path) -> list[Path]:
    """Return the files of a path that hold prices."""
    found = [path] if path.is_file() else sorted(one for one in path.iterdir() if one.name.lower().endswith(_FILES))
    if not found:
        raise DataError(f"{path} holds neither a catalogue nor files of prices ({', '.join(_FILES)})")
    return found


def _of_bars(bars: Bars, symbols: Sequence[str]) -> MarketData:
    label = bars.label or "the bars given"
    chosen = _chosen(symbols, bars.symbols, label)
    columns = [bars.symbols.index(symbol) for symbol in chosen]
    kept = replace(bars, rows=bars.rows[:, columns].copy(), instruments=tuple(bars.instruments[i] for i in columns))
    return MarketData(symbols=tuple(chosen), span_ns=_span([kept], []), bars=(kept,), label=label)


def _span(bars: Sequence[Bars], reports: Sequence[QualityReport]) -> tuple[int, int]:
    """Return the first and the last moment of bars and of ticks."""
    spans = [(int(one.rows["open_ns"].min()), int(one.ts_ns[-1])) for one in bars]
    spans += [(report.first_ns, report.last_ns) for report in reports]
    return min(first for first, _ in spans), max(last for _, last in spans)


def _of_sample(name: str, symbols: Sequence[str]) -> MarketData:
    series = {one.symbol: one for one in wiring.samples().sample_series(name)}
    chosen = [series[symbol] for symbol in _chosen(symbols, list(series), f"sample {name}")]
    return _joined([check(one) for one in chosen], {}, [], f"sample {name}")


def _of_store(store: Any, symbols: Sequence[str], period: str | None, label: str, keep: bool = False) -> MarketData:
    """Return what a catalogue has of some symbols; `keep` reads ticks at once, since its folder is about to go."""
    periods: dict[str, list[str]] = {}
    for info in store.sets():
        periods.setdefault(info.symbol, []).append(info.period)
    reports = [report for report in store.ticks.reports() if report.kind in TICKS]
    kinds: dict[str, list[str]] = {}
    for report in reports:
        kinds.setdefault(report.symbol, []).append(report.kind)
    checked: list[Checked] = []
    ticks: dict[tuple[str, str], Reading] = {}
    for symbol in _chosen(symbols, sorted({*periods, *kinds}), label):
        for one in periods.get(symbol, []):
            if period is None or one == period:
                checked.append(store.follow(symbol, one))
        for kind in kinds.get(symbol, []):
            ticks[symbol, kind] = _reader(store, symbol, kind, keep)
        if symbol in periods and period is not None and period not in periods[symbol] and symbol not in kinds:
            raise UnknownNameError(f"{symbol} has bars of {', '.join(periods[symbol])} in {label}, none of {period}")
    return _joined(checked, ticks, [report for report in reports if (report.symbol, report.kind) in ticks], label)


def _reader(store: Any, symbol: str, kind: str, keep: bool) -> Reading:
    if not keep:
        return lambda: iter(store.ticks.parts(symbol, kind))
    parts = list(store.ticks.parts(symbol, kind))
    return lambda: iter(parts)


def _chosen(symbols: Sequence[str], have: Sequence[str], label: str) -> list[str]:
    """Return the symbols that are asked for, in upper case or as they are, all that there are where none is."""
    names = {name.upper(): name for name in have} | {name: name for name in have}
    for symbol in symbols:
        if symbol not in names and symbol.upper() not in names:
            raise UnknownNameError(f"{label} has no symbol {symbol}; {did_you_mean(symbol, have)}")
    return list(dict.fromkeys(names.get(symbol) or names[symbol.upper()] for symbol in symbols) or have)


def _joined(
    checked: Sequence[Checked],
    ticks: Mapping[tuple[str, str], Reading],
    reports: Sequence[QualityReport],
    label: str,
) -> MarketData:
    """Return checked series on one axis of time for each period, prices as they were traded where that is known."""
    groups: dict[tuple[int, str], list[Checked]] = {}
    for series, report in checked:
        if len(series):
            groups.setdefault((series.period_ns, series.adjustment), []).append((series, report))
    bars = []
    for (period_ns, adjustment), group in sorted(groups.items()):
        days = [series.rows["session"] for series, _ in group]
        span = (min(int(one.min()) for one in days) * NS_PER_DAY, max(int(one.max()) for one in days) * NS_PER_DAY)
        around_the_clock = any(is_pair(series.symbol) for series, _ in group)
        sessions = sessions_around(*span) if period_ns == NS_PER_DAY and not around_the_clock else None
        bars.append(align(group, mode=adjustment, sessions=sessions, label=f"{label}, {encode_period(period_ns)}"))
    symbols = dict.fromkeys([*(series.symbol for series, _ in checked), *(symbol for symbol, _ in ticks)])
    if not bars and not ticks:
        raise DataError(f"{label} holds no row that can be traded")
    actions = {series.symbol: series.actions for series, _ in checked if series.adjustment == "raw"}
    return MarketData(
        symbols=tuple(symbols),
        span_ns=_span(bars, reports),
        bars=tuple(bars),
        ticks=dict(ticks),
        actions=actions,
        label=label,
    )
