"""Read a CSV or Parquet file whatever its dialect: columns by meaning, then bars or ticks by symbol."""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.adapters.files.bars import BarColumns, build_series, file_stamp
from tenfold.adapters.files.columns import (
    QUOTE_BARS,
    kind_of,
    panel_columns,
    roles_by_content,
    roles_by_name,
    unread,
)
from tenfold.adapters.files.content import FileContent
from tenfold.adapters.files.numbers import decimal_comma, read_numbers
from tenfold.adapters.files.text import read_text
from tenfold.adapters.files.times import Times, known_zone, read_times, to_utc
from tenfold.domain.errors import DataError, StorageError, UnknownNameError, did_you_mean
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.series import ADJUSTMENTS
from tenfold.market.ticks import KINDS, Ticks

SessionSource = Callable[[str, int, int], Sequence[Session]]
_PRICE_ROLES: Final = ("open", "high", "low", "close", "adjusted_close", "price", "bid", "ask", *QUOTE_BARS)
_NUMBER_ROLES: Final = (
    *_PRICE_ROLES, "volume", "factor", "dividend", "split", "size", "bid_size", "ask_size", "suspicious", "first_id",
    "last_id",
)  # fmt: skip
_STAMPS: Final = ("auto", "open", "close", "date")
_DATES: Final = ("auto", "dmy", "mdy", "ymd")


@dataclass(frozen=True, eq=False)
class Columns:
    """Hold the columns of a file by meaning: times, symbols, numbers."""

    kind: str
    times: Times
    symbols: NDArray[np.str_] | None
    numbers: dict[str, NDArray[np.float64]]
    dialect: dict[str, str]
    receipt_ns: NDArray[np.int64] | None = None
    panel: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def read_file(
    path: Path,
    *,
    symbol: str | None = None,
    tz: str | None = None,
    stamp: str = "auto",
    calendar: str | None = None,
    period: str | None = None,
    adjustment: str | None = None,
    dates: str = "auto",
    sessions: SessionSource | None = None,
) -> FileContent:
    """Return the bars or ticks of a file; see `app.data.import_file` for the options.

    `sessions` gives the sessions of a calendar between two days. Raises DataError, UnknownNameError or
    StorageError, in one line each.
    """
    if stamp not in _STAMPS:
        raise DataError(f"stamp is {stamp!r}, expected one of {', '.join(_STAMPS)}")
    if dates not in _DATES:
        raise DataError(f"dates is {dates!r}, expected one of {', '.join(_DATES)}")
    if adjustment is not None and adjustment not in ADJUSTMENTS:
        raise DataError(f"adjustment is {adjustment!r}, expected one of {', '.join(ADJUSTMENTS)}")
    if tz is not None:
        known_zone(tz)
    columns = _read_columns(path, tz=tz, dates=dates)
    assumed = list(columns.times.assumed)
    if tz is None and not columns.times.dates_only and columns.times.layout.endswith(("day", "year", "yyyymmdd")):
        assumed.append("times are UTC; say otherwise with --tz, e.g. --tz America/New_York")
    dialect = columns.dialect | {"times": columns.times.layout}
    parts = _by_symbol(columns, symbol, path)
    if columns.kind in KINDS:
        ticks = tuple(_ticks(name, columns, rows) for name, rows in parts)
        return FileContent(series=(), ticks=ticks, dialect=dialect, assumed=tuple(assumed))
    series = []
    grouped = [_bar_columns(name, columns, rows) for name, rows in parts]
    if stamp == "auto":
        stamp, evidence = file_stamp(grouped, calendar or "", period, sessions)
        if evidence:
            dialect["stamp"] = evidence
    for bars in grouped:
        built, told, guessed = build_series(
            bars,
            stamp=stamp,
            calendar=calendar or "",
            period=period,
            adjustment=adjustment,
            timezone=tz or "UTC",
            label=path.name,
        )
        series.append(built)
        dialect = told | dialect
        assumed += [line for line in guessed if line not in assumed]
    return FileContent(series=tuple(series), ticks=(), dialect=dialect, assumed=tuple(assumed))


def _read_columns(path: Path, *, tz: str | None, dates: str) -> Columns:
    content = read_content(path)
    where = path.name
    if content[:4] == b"PAR1":
        return _parquet_columns(content, where, tz=tz, dates=dates)
    if content[:2] == b"PK":
        raise DataError(f"{where} is a zip archive, expected CSV or Parquet; unpack it first")
    table = read_text(content, where)
    dialect = dict(table.dialect)
    if table.names is None:
        cells = [str(cell) for cell in table.frame.row(0)]
        roles, dialect["columns"] = roles_by_content(cells, where)
        names = [""] * len(cells)
    else:
        names = table.names
        roles = roles_by_name(names, where)
    panel = panel_columns(names, roles)
    kind = "bars" if panel else kind_of(roles, where)
    ignored = [] if panel else unread(names, roles)
    if ignored:
        dialect["columns not read"] = ", ".join(ignored)
    get = table.frame.get_columns()
    moments = get[roles["moment"]]
    if "clock" in roles:
        moments = moments + " " + get[roles["clock"]]
    times = read_times(moments, table.lines, tz=tz, dates=dates, where=where)
    priced = [get[roles[role]] for role in _PRICE_ROLES if role in roles] + [get[index] for index in panel]
    comma = decimal_comma(priced)
    if comma:
        dialect["decimals"] = "comma"
    numbers = {
        role: read_numbers(get[roles[role]], table.lines, comma=comma, where=where, name=role)
        for role in _NUMBER_ROLES
        if role in roles
    }
    wide = {names[i]: read_numbers(get[i], table.lines, comma=comma, where=where, name=names[i]) for i in panel}
    symbols = get[roles["symbol"]].to_numpy().astype(np.str_) if "symbol" in roles else None
    return Columns(kind=kind, times=times, symbols=symbols, numbers=numbers, dialect=dialect, panel=wide)


def read_content(path: Path) -> bytes:
    """Return the bytes of a file; DataError where it is absent, empty or a folder, StorageError where unreadable."""
    try:
        if path.is_dir():
            raise DataError(f"{path} is a folder, expected a CSV or Parquet file")
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} is not there, expected a CSV or Parquet file") from None
    except (OSError, ValueError) as error:
        raise StorageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if not content:
        raise DataError(f"{path} is empty, expected lines of times and prices")
    return content


def _parquet_columns(content: bytes, where: str, *, tz: str | None, dates: str) -> Columns:
    try:
        with _silent_panics():
            frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(f"{where} is a damaged Parquet file; get it again") from error
    if frame.height == 0:
        raise DataError(f"{where} has no rows")
    roles = roles_by_name(frame.columns, where)
    panel = panel_columns(frame.columns, roles)
    kind = "bars" if panel else kind_of(roles, where)
    get = frame.get_columns()
    times = typed_times(get[roles["moment"]], tz=tz, dates=dates, where=where)
    numbers = {role: floats_of(get[roles[role]], where) for role in _NUMBER_ROLES if role in roles}
    dialect = {"format": "Parquet"}
    ignored = [] if panel else unread(frame.columns, roles)
    if ignored:
        dialect["columns not read"] = ", ".join(ignored)
    symbols = None
    if "symbol" in roles:
        symbols = get[roles["symbol"]].cast(pl.String).fill_null("").to_numpy().astype(np.str_)
    receipt = None
    if "receipt" in roles and roles["receipt"] != roles["moment"]:
        receipt = typed_times(get[roles["receipt"]], tz=tz, dates=dates, where=where).utc_ns
    if kind == "depth" and "event" in roles:
        # A snapshot is no part of the chain of updates.
        snapshot = (get[roles["event"]].cast(pl.String) == "S").fill_null(False).to_numpy()
        for role in ("first_id", "last_id"):
            numbers[role] = np.where(snapshot, 0.0, numbers[role])
    wide = {frame.columns[index]: floats_of(get[index], where) for index in panel}
    return Columns(
        kind=kind, times=times, symbols=symbols, numbers=numbers, dialect=dialect, receipt_ns=receipt, panel=wide
    )


@contextmanager
def _silent_panics() -> Iterator[None]:
    """Keep what Polars writes on a damaged file's panic from the terminal: the error that follows tells it in one line."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def typed_times(column: pl.Series, *, tz: str | None, dates: str, where: str) -> Times:
    """Return the times of a Parquet column of any type that can hold one."""
    if column.null_count():
        raise DataError(f"{where} has {column.null_count()} rows without a time in column {column.name}")
    if isinstance(column.dtype, pl.Datetime):
        moments = column.dt.cast_time_unit("ns")
        local = moments if column.dtype.time_zone is None else moments.dt.replace_time_zone(None)
        if column.dtype.time_zone is not None:
            moments = moments.dt.convert_time_zone("UTC")
        utc_ns = moments.to_physical().to_numpy().astype(np.int64)
        local_ns = local.to_physical().to_numpy().astype(np.int64)
        assumed: list[str] = []
        if column.dtype.time_zone is None and tz is not None and (local_ns % NS_PER_DAY).any():
            utc_ns, assumed = to_utc(local_ns, tz, where)
        layout = f"moments in {column.dtype.time_zone or tz or 'UTC'}"
        return Times(local_ns=local_ns, utc_ns=utc_ns, dates_only=False, layout=layout, assumed=tuple(assumed))
    if column.dtype == pl.Date:
        days = column.to_physical().to_numpy().astype(np.int64) * NS_PER_DAY
        return Times(local_ns=days, utc_ns=days, dates_only=True, layout="dates")
    lines = list(range(1, len(column) + 1))
    if column.dtype.is_integer() or column.dtype == pl.String:
        return read_times(column.cast(pl.String), lines, tz=tz, dates=dates, where=where)
    raise DataError(f"{where}: column {column.name} is {column.dtype}, expected dates, times or integers")


def floats_of(column: pl.Series, where: str) -> NDArray[np.float64]:
    """Return the numbers of a Parquet column of any type that can hold them, NaN where absent."""
    if column.dtype == pl.String:
        return read_numbers(
            column.fill_null(""), list(range(1, len(column) + 1)), comma=False, where=where, name=column.name
        )
    try:
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{where}: column {column.name} is {column.dtype}, expected numbers") from error


def _by_symbol(columns: Columns, symbol: str | None, path: Path) -> list[tuple[str, NDArray[np.int64]]]:
    """Return the rows of each symbol; `symbol` names a file that has none, or picks one of several."""
    every = np.arange(len(columns.times.utc_ns))
    if columns.panel:
        names = list(columns.panel)
        if symbol is not None and len(names) > 1 and symbol not in names:
            raise UnknownNameError(f"{path.name} has no symbol {symbol}; {did_you_mean(symbol, names)}")
        chosen = [symbol] if symbol in names else names
        return [(_valid(name or ""), every) for name in chosen]
    if columns.symbols is None:
        stem = path.name.split(".")[0]
        return [(_valid(symbol if symbol is not None else stem), every)]
    names = sorted(set(columns.symbols.tolist()))
    if any(not name.strip() for name in names):
        raise DataError(f"{path.name} has rows without a symbol in its column of symbols; mend them")
    if symbol is not None:
        if symbol not in names:
            if len(names) == 1:
                return [(_valid(symbol), every)]
            raise UnknownNameError(f"{path.name} has no symbol {symbol}; {did_you_mean(symbol, names)}")
        names = [symbol]
    return [(_valid(name), np.flatnonzero(columns.symbols == name)) for name in names]


def _valid(symbol: str) -> str:
    symbol = symbol.strip()
    if not 1 <= len(symbol) <= 32 or not symbol.isprintable():
        raise DataError(f"symbol is {symbol[:40]!r}, expected 1 to 32 characters; name it with --symbol")
    return symbol


def _bar_columns(name: str, columns: Columns, rows: NDArray[np.int64]) -> BarColumns:
    numbers = {role: values[rows] for role, values in columns.numbers.items()}
    if columns.panel:
        source = name if name in columns.panel else next(iter(columns.panel))
        numbers["close"] = columns.panel[source][rows]
    return BarColumns(
        symbol=name,
        local_ns=columns.times.local_ns[rows],
        utc_ns=columns.times.utc_ns[rows],
        dates_only=columns.times.dates_only,
        numbers=numbers,
        semicolons=columns.dialect.get("separator") == "semicolon" and columns.dialect.get("header") == "none",
    )


def _ticks(name: str, columns: Columns, rows: NDArray[np.int64]) -> Ticks:
    wanted = ("bid", "ask", "bid_size", "ask_size", "price", "size", "suspicious", "first_id", "last_id")
    held: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {
        role: columns.numbers[role][rows] for role in wanted if role in columns.numbers
    }
    if columns.receipt_ns is not None:
        held["receipt_ns"] = columns.receipt_ns[rows]
    return Ticks(symbol=name, kind=columns.kind, ts_ns=columns.times.utc_ns[rows], columns=held)
