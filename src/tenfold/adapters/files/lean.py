"""Read LEAN's own layout: columns without a header, times since midnight, prices of shares times 10,000.

How it works
------------
An entry of a LEAN archive says by its name what it holds: `20131007_ibm_minute_trade.csv` one day of minutes,
`20131007_ibm_Trade_Tick.csv` one day of ticks, `ibm.csv` all hours or days. Times are milliseconds since midnight of
that day, or `YYYYMMDD HH:MM`, by the clock of the exchange, at the open of a bar. Prices of shares are whole numbers of
1/10,000; those of currencies and coins have decimals and stand as they are.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.adapters.files.columns import QUOTE_BARS
from tenfold.adapters.files.content import Columns
from tenfold.adapters.files.numbers import read_numbers
from tenfold.adapters.files.text import TextTable, read_text
from tenfold.adapters.files.times import Times, read_times, to_utc
from tenfold.domain.errors import DataError
from tenfold.domain.session import NEW_YORK
from tenfold.domain.units import NS_PER_DAY

_ENTRY: Final = re.compile(
    r"(?P<day>\d{8})_(?P<symbol>[a-z0-9.\-]+)_"
    r"(?:(?P<resolution>minute|second|tick)_(?P<type>trade|quote)|(?P<tick_type>trade|quote)_tick)\.csv",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(r"(?P<symbol>[a-z0-9.\-]+)\.csv", re.IGNORECASE)
_FIRST_LINE: Final = re.compile(rb"\d{8} \d{2}:\d{2}(,[\d.]*){5,10}")
_SCALE: Final = 10_000.0
_QUOTES: Final = (*QUOTE_BARS[:4], "bid_size", *QUOTE_BARS[4:], "ask_size")
_LAYOUTS: Final = {
    ("trade", False, 6): ("open", "high", "low", "close", "volume"),
    ("quote", False, 11): _QUOTES,
    ("trade", True, 3): ("price", "size"),
    ("trade", True, 6): ("price", "size", "exchange", "conditions", "suspicious"),
    ("quote", True, 3): ("bid", "ask"),
    ("quote", True, 5): ("bid", "bid_size", "ask", "ask_size"),
    ("quote", True, 8): ("bid", "bid_size", "ask", "ask_size", "exchange", "conditions", "suspicious"),
}
"""Columns after the time, by type, whether they are ticks, and how many columns there are."""

_TEXTS: Final = ("exchange", "conditions")
_UNSCALED: Final = (*_TEXTS, "volume", "size", "bid_size", "ask_size", "suspicious")


def is_lean(members: Sequence[tuple[str, bytes]], *, zipped: bool) -> bool:
    """Say whether the entries of an archive, or one file that is not zipped, are LEAN's."""
    if all(_ENTRY.fullmatch(name) for name, _ in members):
        return True
    if not zipped or len(members) != 1 or _WHOLE.fullmatch(members[0][0]) is None:
        return False
    return _FIRST_LINE.fullmatch(members[0][1].split(b"\n", 1)[0].strip()) is not None


def lean_columns(members: Sequence[tuple[str, bytes]], tz: str | None) -> Columns:
    """Return the columns of LEAN's entries, day after day; DataError where they are not of one symbol and kind."""
    parts = [_entry(name, content, tz) for name, content in members]
    first = parts[0]
    if any((part.symbol, part.kind) != (first.symbol, first.kind) for part in parts):
        raise DataError(
            f"{members[0][0]} stands beside entries of other symbols or kinds, expected one symbol and kind an archive"
        )
    shared = [name for name in first.numbers if all(name in part.numbers for part in parts)]
    times = Times(
        local_ns=np.concatenate([part.times.local_ns for part in parts]),
        utc_ns=np.concatenate([part.times.utc_ns for part in parts]),
        dates_only=first.times.dates_only,
        layout=first.times.layout,
        assumed=tuple(dict.fromkeys(line for part in parts for line in part.times.assumed)),
    )
    return Columns(
        kind=first.kind,
        times=times,
        symbols=None,
        numbers={name: np.concatenate([part.numbers[name] for part in parts]) for name in shared},
        dialect=first.dialect | ({"entries": str(len(parts))} if len(parts) > 1 else {}),
        texts={name: np.concatenate([part.texts[name] for part in parts]) for name in first.texts},
        symbol=first.symbol,
        stamp="open",
    )


def _entry(name: str, content: bytes, tz: str | None) -> Columns:
    """Return the columns of one entry."""
    told = _ENTRY.fullmatch(name)
    kind, ticks, symbol = _named(name)
    table = read_text(content, name)
    width = table.frame.width
    if table.names is not None:
        raise DataError(f"{name} has a header, LEAN's files have none; give it another name to import it as it is")
    if told is None:
        kind = "quote" if width == 11 else "trade"
    if (kind, ticks, width) not in _LAYOUTS:
        raise DataError(f"{name} has {width} columns, which is no layout of LEAN's {kind}s")
    get = table.frame.get_columns()
    roles = {role: get[1 + index] for index, role in enumerate(_LAYOUTS[(kind, ticks, width)])}
    priced = [column for role, column in roles.items() if role not in _UNSCALED]
    scaled = all(column.str.contains(r"^\d*$").all() for column in priced)
    numbers = {
        role: read_numbers(column, table.lines, comma=False, where=name, name=role)
        for role, column in roles.items()
        if role not in _TEXTS
    }
    if scaled:
        numbers = {role: values if role in _UNSCALED else values / _SCALE for role, values in numbers.items()}
    zone = tz if tz is not None else (NEW_YORK if scaled else "UTC")
    days = told["day"] if told is not None else ""
    times = _since_midnight(get[0], table, days, zone, name) if days else _moments(get[0], table, zone, name)
    layout = "bars" if kind == "trade" else "quote bars"
    return Columns(
        kind=kind + "s" if ticks else layout,
        times=times,
        symbols=None,
        numbers=numbers,
        dialect={
            "layout": "LEAN",
            "prices": "times 10,000, as LEAN keeps those of shares" if scaled else "as they stand",
        },
        texts={role: column.to_numpy().astype(np.str_) for role, column in roles.items() if role in _TEXTS},
        symbol=symbol,
    )


def _named(name: str) -> tuple[str, bool, str]:
    """Return (trade or quote, whether ticks, symbol) that the name of an entry states."""
    told = _ENTRY.fullmatch(name)
    if told is None:
        return "", False, name.split(".csv", maxsplit=1)[0].upper()
    ticks = told["tick_type"] is not None or (told["resolution"] or "").lower() == "tick"
    return (told["type"] or told["tick_type"]).lower(), ticks, told["symbol"].upper()


def _since_midnight(column: pl.Series, table: TextTable, day: str, zone: str, name: str) -> Times:
    """Return times of milliseconds since midnight of a day, fractions allowed."""
    since = read_numbers(column, table.lines, comma=False, where=name, name="milliseconds since midnight")
    bad = ~(np.isfinite(since) & (since >= 0.0) & (since < 86_400_000.0))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"{name} line {table.lines[at]} has time {str(column[at])[:40]!r}, expected milliseconds since midnight"
        )
    midnight = read_times(pl.Series([day]), [1], tz=None, dates="ymd", where=name).local_ns[0]
    local_ns = midnight + np.round(since * 1e6).astype(np.int64)
    utc_ns, assumed = _to_utc(local_ns, zone, name)
    return Times(
        local_ns=local_ns,
        utc_ns=utc_ns,
        dates_only=False,
        layout=f"milliseconds since midnight in {zone}",
        assumed=tuple(assumed),
    )


def _moments(column: pl.Series, table: TextTable, zone: str, name: str) -> Times:
    """Return times like 19980102 09:00; days of daily bars are dates."""
    times = read_times(column, table.lines, tz=None, dates="ymd", where=name)
    daily = not (times.local_ns % NS_PER_DAY).any()
    utc_ns, assumed = (times.local_ns, []) if daily else _to_utc(times.local_ns, zone, name)
    return Times(
        local_ns=times.local_ns,
        utc_ns=utc_ns,
        dates_only=daily,
        layout="dates" if daily else f"{times.layout} in {zone}",
        assumed=tuple(assumed),
    )


def _to_utc(local_ns: NDArray[np.int64], zone: str, name: str) -> tuple[NDArray[np.int64], list[str]]:
    return (local_ns, []) if zone == "UTC" else to_utc(local_ns, zone, name)
