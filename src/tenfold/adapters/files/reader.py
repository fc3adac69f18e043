"""Read a CSV, Parquet or zipped file whatever its dialect: columns by meaning, then bars or ticks by symbol."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.adapters.files.bars import BarColumns, build_series, file_stamp
from tenfold.adapters.files.content import Columns, FileContent
from tenfold.adapters.files.tables import Asked, read_columns, read_content
from tenfold.adapters.files.times import known_zone
from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.session import Session
from tenfold.market.series import ADJUSTMENTS
from tenfold.market.ticks import KINDS, Column, Ticks

SessionSource = Callable[[str, int, int], Sequence[Session]]
_STAMPS: Final = ("auto", "open", "close", "date")
_DATES: Final = ("auto", "dmy", "mdy", "ymd")
_AS: Final = ("bars", *KINDS)
_TICKER: Final = re.compile(r"[A-Z][A-Z0-9.\-]{0,9}")


@dataclass(frozen=True)
class Reading:
    """Hold how a file is to be read; see `app.data.import_file` for the options.

    `sessions` gives the sessions of a calendar between two days.
    """

    symbol: str | None = None
    tz: str | None = None
    stamp: str = "auto"
    calendar: str | None = None
    period: str | None = None
    adjustment: str | None = None
    dates: str = "auto"
    kind: str | None = None
    columns: Sequence[str] = ()
    sessions: SessionSource | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("stamp", self.stamp, _STAMPS),
            ("dates", self.dates, _DATES),
            ("adjustment", self.adjustment, (None, *ADJUSTMENTS)),
            ("kind", self.kind, (None, *_AS)),
        ):
            if value not in known:
                raise DataError(f"{name} is {value!r}, expected one of {', '.join(one for one in known if one)}")
        if self.tz is not None:
            known_zone(self.tz)

    @property
    def asked(self) -> Asked:
        """What the reader of tables needs to know."""
        return Asked(tz=self.tz, dates=self.dates, kind=self.kind, columns=tuple(self.columns))


def read_file(path: Path, reading: Reading) -> FileContent:
    """Return the bars or ticks of a file. Raises DataError, UnknownNameError or StorageError, in one line each."""
    return understood(read_columns(read_content(path), path.name, reading.asked), path.name, reading)


def understood(columns: Columns, where: str, reading: Reading) -> FileContent:
    """Return the bars or ticks that columns hold; `where` is the name of their file."""
    assumed = list(columns.times.assumed)
    if (
        reading.tz is None
        and not columns.times.dates_only
        and columns.times.layout.endswith(("day", "year", "yyyymmdd"))
    ):
        assumed.append("times are UTC; say otherwise with --tz, e.g. --tz America/New_York")
    dialect = columns.dialect | {"times": columns.times.layout}
    parts = _by_symbol(columns, reading.symbol, where, assumed)
    if columns.kind in KINDS:
        ticks = tuple(_ticks(name, columns, rows) for name, rows in parts)
        return FileContent(series=(), ticks=ticks, dialect=dialect, assumed=tuple(assumed))
    series = []
    grouped = [_bar_columns(name, columns, rows) for name, rows in parts]
    stamp = reading.stamp
    if stamp == "auto" and columns.stamp:
        stamp = columns.stamp
        dialect["stamp"] = f"at the {stamp}: {columns.dialect.get('layout', 'its')}'s layout"
    elif stamp == "auto":
        stamp, evidence = file_stamp(grouped, reading.calendar or "", reading.period, reading.sessions)
        if evidence:
            dialect["stamp"] = evidence
    for bars in grouped:
        built, told, guessed = build_series(
            bars,
            stamp=stamp,
            calendar=reading.calendar or "",
            period=reading.period,
            adjustment=reading.adjustment,
            timezone=reading.tz or "UTC",
            label=where,
        )
        series.append(built)
        dialect = told | dialect
        assumed += [line for line in guessed if line not in assumed]
    return FileContent(series=tuple(series), ticks=(), dialect=dialect, assumed=tuple(assumed))


def _by_symbol(
    columns: Columns, symbol: str | None, where: str, assumed: list[str]
) -> list[tuple[str, NDArray[np.int64]]]:
    """Return the rows of each symbol; `symbol` names a file that has none, or picks one of several."""
    every = np.arange(len(columns.times.utc_ns))
    if columns.panel:
        names = list(columns.panel)
        if symbol is not None and len(names) > 1 and symbol not in names:
            raise UnknownNameError(f"{where} has no symbol {symbol}; {did_you_mean(symbol, names)}")
        chosen = [symbol] if symbol in names else names
        return [(_valid(name or ""), every) for name in chosen]
    if columns.symbols is None:
        return [(_valid(symbol or columns.symbol or _named_after(where, assumed)), every)]
    names = sorted(set(columns.symbols.tolist()))
    if any(not name.strip() for name in names):
        raise DataError(f"{where} has rows without a symbol in its column of symbols; mend them")
    if symbol is not None:
        if symbol not in names:
            if len(names) == 1:
                return [(_valid(symbol), every)]
            raise UnknownNameError(f"{where} has no symbol {symbol}; {did_you_mean(symbol, names)}")
        names = [symbol]
    return [(_valid(name), np.flatnonzero(columns.symbols == name)) for name in names]


def _named_after(where: str, assumed: list[str]) -> str:
    """Return the symbol that the name of a file tells: its only part that is written like a ticker, else all of it."""
    stem = where.split(".", maxsplit=1)[0]
    words = [word for word in re.split(r"[_ ]+", stem) if word]
    tickers = [word for word in words if _TICKER.fullmatch(word)]
    if len(words) > 1 and len(tickers) == 1:
        assumed.append(f"the symbol is {tickers[0]}, from the file's name; say otherwise with --symbol")
        return tickers[0]
    return stem


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
        extra={name: values[rows] for name, values in columns.extra.items()},
        semicolons=columns.dialect.get("separator") == "semicolon" and columns.dialect.get("header") == "none",
    )


def _ticks(name: str, columns: Columns, rows: NDArray[np.int64]) -> Ticks:
    held: dict[str, Column] = {role: values[rows] for role, values in columns.numbers.items()}
    held |= {role: values[rows] for role, values in columns.texts.items()}
    held |= {role: values[rows] for role, values in columns.extra.items()}
    if columns.kind == "depth" and "size" in held:
        held["qty"] = held.pop("size")
    if columns.receipt_ns is not None:
        held["receipt_ns"] = columns.receipt_ns[rows]
    return Ticks(symbol=name, kind=columns.kind, ts_ns=columns.times.utc_ns[rows], columns=held)
