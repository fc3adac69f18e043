"""Keep bars in a catalogue of Parquet files: prices as they came, actions and names beside them.

How it works
------------
    <root>/bars/<symbol>/<period>.parquet   one set: rows in order of time with their flags; its metadata
                                            hold what the set is, and the report of its validation
    <root>/ticks/<symbol>/<kind>.parquet    quotes, trades, changes of a book, funding or values
    <root>/instruments/<symbol>/terms.parquet  contract terms, one row: currency, lot, tick, multiplier
    <root>/actions/<symbol>/<kind>.parquet  splits and dividends with the day from which each was known, in the
                                            terms of raw or of split-adjusted prices
    <root>/names.parquet                    renames and delistings
    <root>/sessions/<calendar>.parquet      sessions of exchanges, so that reading needs no calendar library

Prices are stored once, unadjusted where the source has them so, and adjusted on reading.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.adapters.parquet.frames import (
    action_frame,
    bar_frame,
    frame_actions,
    frame_bars,
    frame_columns,
    frame_instrument,
    instrument_frame,
)
from tenfold.adapters.parquet.set_info import SetInfo, described, set_info
from tenfold.adapters.parquet.storage import (
    Staging,
    decode_name,
    encode_name,
    read_description,
    read_frame,
    write_frame,
)
from tenfold.adapters.parquet.tick_store import TickStore
from tenfold.adapters.parquet.tick_writer import TickWriter
from tenfold.codec import decode
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, DecodeError, UnknownNameError, did_you_mean
from tenfold.domain.instrument import Instrument
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.market.align import align
from tenfold.market.conversion import Rates, find_pair, rates_of
from tenfold.market.merging import succeeded
from tenfold.market.quality_bars import merge_flags
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import ACTION, Series, decode_period, encode_period
from tenfold.market.ticks import Ticks


class Name(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the end of a symbol: renamed to another from a day on, or delisted (`renamed_to` empty)."""

    symbol: str
    day: int
    renamed_to: str = ""
    reason: str = ""


class Catalogue:
    """Keep sets of bars under a folder; implements `ports.BarStore`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ticks = TickStore(root)

    # ---- sets -----------------------------------------------------------------------------------------

    def symbols(self) -> list[str]:
        """Return the symbols that have bars, sorted."""
        folder = self.root / "bars"
        if not folder.is_dir():
            return []
        return sorted(decode_name(path.name) for path in folder.iterdir() if any(path.glob("*.parquet")))

    def sets(self) -> list[SetInfo]:
        """Return what is there, by symbol and period; what is damaged is left to `damaged`."""
        infos = []
        for path in self._files("bars"):
            with suppress(DataError, DecodeError):
                infos.append(decode(SetInfo, read_description(path)))
        return sorted(infos, key=lambda info: (info.symbol, decode_period(info.period)))

    def save(self, series: Series, report: QualityReport) -> Path:
        """Store one checked series; see `save_all`."""
        return self.save_all([(series, report)])[0]

    def save_all(
        self,
        bars: Sequence[tuple[Series, QualityReport]],
        instruments: Sequence[Instrument] = (),
    ) -> list[Path]:
        """Store checked bars and terms, all or none, replacing those of the same symbol; return the sets' paths.

        A set replaces that of its period. Actions that a series states replace those of its own span. Raises StorageError
        where the disk is full; then what was there is unchanged.
        """
        paths = []
        with Staging() as staging:
            for series, report in bars:
                if len(series.actions) or series.actions_known:
                    path = self._actions_path(series.symbol, series.adjustment)
                    staging.add_frame(path, action_frame(self._outside(series), series.actions))
                paths.append(self._path(series.symbol, encode_period(series.period_ns)))
                staging.add_frame(paths[-1], bar_frame(series), msgspec.json.encode(set_info(series, report)).decode())
            for instrument in instruments:
                staging.add_frame(self._instrument_path(instrument.symbol), instrument_frame(instrument))
        return paths

    def save_ticks(
        self, parts: Iterable[Ticks], terms: Callable[[], Sequence[Instrument]]
    ) -> list[tuple[Path, QualityReport]]:
        """Store sets of ticks that come in parts, all or none; return the path and the report of each.

        `terms` gives the contract terms once all parts have come.
        """
        with Staging() as staging:
            writer = TickWriter(self.ticks, staging)
            for part in parts:
                writer.add(part)
            done = writer.finish()
            for instrument in terms():
                staging.add_frame(self._instrument_path(instrument.symbol), instrument_frame(instrument))
        return done

    def describe(self, symbol: str, period: str | None = None) -> SetInfo:
        """Return the description of a set; UnknownNameError where it is not there."""
        return described(self._find(symbol, period))

    def load_series(self, symbol: str, period: str | None = None) -> tuple[Series, QualityReport]:
        """Return a set as it is stored, with its actions and its report.

        Raises UnknownNameError where the symbol or period is not there, DataError where a file is damaged.
        """
        path = self._find(symbol, period)
        info = described(path)
        frame = read_frame(path)
        try:
            rows, columns = frame_bars(frame), frame_columns(frame)
        except (pl.exceptions.PolarsError, ValueError) as error:
            raise DataError(f"{path} lacks a column of bars ({error}); import the set again") from error
        series = Series(
            symbol=info.symbol,
            rows=rows,
            period_ns=decode_period(info.period),
            adjustment=info.adjustment,
            actions=self.actions(symbol, info.adjustment),
            actions_known=info.actions_known,
            calendar=info.calendar,
            timezone=info.timezone,
            stamp=info.stamp,
            label=info.label,
            notes=info.notes,
            columns=columns,
            funding=self.ticks.funding(symbol),
            fetched=info.fetched,
        )
        return series, info.quality

    def load(
        self,
        symbols: Sequence[str],
        start_ns: int | None = None,
        stop_ns: int | None = None,
        *,
        period: str | None = None,
        adjust: str = "total",
        as_of_day: int | None = None,
        sessions: Sequence[Session] | None = None,
        currency: str | None = None,
    ) -> Bars:
        """Return the bars that closed in [start_ns, stop_ns) on one axis, renames followed, prices adjusted.

        With `as_of_day` nothing later is used: neither bars nor actions. With `currency` prices are converted into it, by the
        bars of the pair that the catalogue has.
        """
        if as_of_day is not None:
            until = (as_of_day + 1) * NS_PER_DAY
            stop_ns = until if stop_ns is None else min(stop_ns, until)
        followed = [self.follow(symbol, period) for symbol in symbols]
        instruments = [self.instrument(symbol) or Instrument(symbol=symbol) for symbol in symbols]
        return align(
            followed,
            mode=adjust,
            instruments=instruments,
            rates=[] if currency is None else [self.rates(one, currency) for one in instruments],
            sessions=sessions,
            span_ns=(start_ns, stop_ns),
            as_of_day=as_of_day,
            label=f"catalogue {self.root}",
        )

    def rates(self, instrument: Instrument, currency: str) -> Rates | None:
        """Return the rates from a symbol's currency into another, None where they are the same; DataError where none are kept."""
        source = instrument.currency
        if source == currency:
            return None
        found = find_pair(self.symbols(), source, currency)
        if found is None:
            raise DataError(
                f"{instrument.symbol} is quoted in {source} and the catalogue has no rates of it in {currency}; import bars "
                f"of {source}{currency}"
            )
        pair, inverse = found
        period = min((info.period for info in self.sets() if info.symbol == pair), key=decode_period)
        rows, _ = merge_flags(self.load_series(pair, period)[0].rows)
        return rates_of(rows, currency, source).inverse() if inverse else rates_of(rows, source, currency)

    # ---- contract terms -------------------------------------------------------------------------------

    def instrument(self, symbol: str) -> Instrument | None:
        """Return the contract terms of a symbol, None where none are kept; DataError where they are damaged."""
        path = self._instrument_path(symbol)
        if not path.exists():
            return None
        try:
            return frame_instrument(read_frame(path))
        except (DataError, DecodeError) as error:
            raise DataError(
                f"{path} is damaged; remove it and state the terms again: tenfold data set {symbol} ..."
            ) from error

    def save_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Keep contract terms by symbol, all or none."""
        self.save_all((), instruments)

    # ---- corporate actions ----------------------------------------------------------------------------

    def actions(self, symbol: str, adjustment: str = "raw") -> NDArray[np.void]:
        """Return the actions of a symbol by day, in the terms of raw or of split-adjusted prices."""
        path = self._actions_path(symbol, adjustment)
        if adjustment == "total" or not path.exists():
            return np.zeros(0, ACTION)
        return frame_actions(read_frame(path))

    def save_actions(self, found: Mapping[str, NDArray[np.void]]) -> None:
        """Add actions by symbol to those of raw prices, all or none; of two for one day the new one wins."""
        with Staging() as staging:
            for symbol, actions in found.items():
                frame = action_frame(self.actions(symbol), actions)
                staging.add_frame(self._actions_path(symbol, "raw"), frame)

    def _outside(self, series: Series) -> NDArray[np.void]:
        """Return the actions that are kept from before or after the days of a series."""
        kept = self.actions(series.symbol, series.adjustment)
        if len(series) == 0:
            return kept
        days = series.rows["session"]
        outside: NDArray[np.bool_] = (kept["day"] < days.min()) | (kept["day"] > days.max())
        return kept[outside]

    # ---- names ----------------------------------------------------------------------------------------

    def names(self) -> list[Name]:
        """Return the renames and delistings, by day."""
        path = self.root / "names.parquet"
        if not path.exists():
            return []
        return sorted((Name(**row) for row in read_frame(path).iter_rows(named=True)), key=lambda name: name.day)

    def save_name(self, name: Name) -> None:
        """Record that a symbol was renamed or delisted from a day on; DataError where that leads nowhere."""
        if name.symbol not in self.symbols():
            raise UnknownNameError(
                f"symbol {name.symbol!r} is not in the catalogue; {did_you_mean(name.symbol, self.symbols())}"
            )
        if name.renamed_to == name.symbol:
            raise DataError(f"{name.symbol} cannot be renamed to itself")
        kept = [one for one in self.names() if (one.symbol, one.day) != (name.symbol, name.day)]
        rows = [msgspec.structs.asdict(one) for one in (*kept, name)]
        write_frame(self.root / "names.parquet", pl.DataFrame(rows))

    def follow(self, symbol: str, period: str | None = None) -> tuple[Series, QualityReport]:
        """Return the series of a symbol continued under its later names, and say so in the report.

        A delisted symbol ends on its last day. The series keeps the name that was asked for.
        """
        series, report = self.load_series(symbol, period)
        names = {name.symbol: name for name in self.names()}
        current, told, seen = symbol, [], {symbol}
        while current in names:
            name = names[current]
            day = format_ns(name.day * NS_PER_DAY)
            if not name.renamed_to:
                told.append(f"{current} was delisted on {day}{': ' + name.reason if name.reason else ''}")
                series = series.take(series.rows["session"] < name.day)
                break
            told.append(f"{current} was renamed to {name.renamed_to} on {day}; its bars follow")
            if name.renamed_to in seen:
                raise DataError(f"the renames of {symbol} run in a circle; mend {self.root / 'names.parquet'}")
            seen.add(name.renamed_to)
            later, _ = self.load_series(name.renamed_to, encode_period(series.period_ns))
            series = succeeded(series, later, name.day)
            current = name.renamed_to
        if told:
            report = msgspec.structs.replace(report, notes=(*report.notes, *told))
        return series, report

    # ---- damage and sessions --------------------------------------------------------------------------

    def damaged(self) -> list[str]:
        """Return a line for each file of bars, ticks or contract terms that cannot be read."""
        lines = []
        for folder, kind in (("bars", SetInfo), ("ticks", QualityReport)):
            for path in self._files(folder):
                try:
                    decode(kind, read_description(path))
                except (DataError, DecodeError):
                    lines.append(f"{path} is damaged; import the set again, or remove the file")
        for path in self._files("instruments"):
            try:
                self.instrument(decode_name(path.parent.name))
            except DataError as error:
                lines.append(str(error))
        return lines

    def sessions(self, calendar: str) -> list[Session]:
        """Return the sessions of a calendar that are kept here, in order; empty where none are."""
        path = self._sessions_path(calendar)
        if not path.exists():
            return []
        try:
            rows = list(read_frame(path).iter_rows(named=True))
        except DataError:  # the calendar gives them again
            return []
        return [Session(**row) for row in rows]

    def save_sessions(self, calendar: str, sessions: Sequence[Session]) -> None:
        """Keep the sessions of a calendar, replacing those that were there."""
        rows = [msgspec.structs.asdict(session) for session in sessions]
        write_frame(self._sessions_path(calendar), pl.DataFrame(rows))

    # ---- paths ----------------------------------------------------------------------------------------

    def _files(self, folder: str) -> list[Path]:
        return sorted(path for path in (self.root / folder).glob("*/*.parquet") if not path.name.startswith("."))

    def _path(self, symbol: str, period: str) -> Path:
        return self.root / "bars" / encode_name(symbol) / f"{period}.parquet"

    def _instrument_path(self, symbol: str) -> Path:
        return self.root / "instruments" / encode_name(symbol) / "terms.parquet"

    def _actions_path(self, symbol: str, adjustment: str) -> Path:
        return self.root / "actions" / encode_name(symbol) / f"{adjustment}.parquet"

    def _sessions_path(self, calendar: str) -> Path:
        return self.root / "sessions" / f"{encode_name(calendar)}.parquet"

    def _find(self, symbol: str, period: str | None) -> Path:
        folder = self.root / "bars" / encode_name(symbol)
        found = {path.stem: path for path in folder.glob("*.parquet") if not path.name.startswith(".")}
        if not found and self.ticks.kinds(symbol):
            raise DataError(
                f"{symbol} has {' and '.join(self.ticks.kinds(symbol))} and no bars in the catalogue {self.root}; import "
                f"bars, or build them from trades or quotes: tenfold data build {symbol} --every 1m"
            )
        if not found:
            raise UnknownNameError(
                f"symbol {symbol!r} is not in the catalogue {self.root}; {did_you_mean(symbol, self.symbols())} "
                f"(to add it: tenfold data import FILE --symbol {symbol})"
            )
        if period is not None:
            period = encode_period(decode_period(period))
            if period not in found:
                raise UnknownNameError(f"{symbol} has no {period} bars, expected one of {', '.join(sorted(found))}")
            return found[period]
        if len(found) > 1:
            told = ", ".join(sorted(found, key=decode_period))
            raise DataError(f"{symbol} has bars of several periods ({told}); state one with --period")
        return next(iter(found.values()))
