"""Turn the bytes of one table into columns by meaning: text, Parquet, zip archives, LEAN's layouts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.adapters.files.archive import unpack
from tenfold.adapters.files.columns import (
    QUOTE_BARS,
    TEXT_ROLES,
    kept_roles,
    kind_of,
    named_columns,
    panel_columns,
    plain,
    roles_by_content,
    roles_by_name,
    unread,
)
from tenfold.adapters.files.content import Columns
from tenfold.adapters.files.lean import is_lean, lean_columns
from tenfold.adapters.files.numbers import decimal_comma, read_numbers
from tenfold.adapters.files.text import read_text
from tenfold.adapters.files.times import read_times
from tenfold.adapters.files.typed import floats_of, typed_frame, typed_times
from tenfold.domain.errors import DataError, StorageError

_PRICE_ROLES: Final = ("open", "high", "low", "close", "adjusted_close", "price", "bid", "ask", *QUOTE_BARS)
_NUMBER_ROLES: Final = (
    *_PRICE_ROLES, "volume", "factor", "dividend", "split", "size", "bid_size", "ask_size", "suspicious", "first_id",
    "last_id", "trade_id", "update_id", "seq", "funding_rate",
)  # fmt: skip
_SIDES: Final = {"buy": 1.0, "b": 1.0, "bid": 1.0, "sell": -1.0, "s": -1.0, "ask": -1.0, "a": -1.0, "offer": -1.0}
_SIDE_ROLES: Final = ("side", "aggressor")


@dataclass(frozen=True)
class Asked:
    """Hold what was asked of a file: time zone, order of day and month, kind, names of further columns."""

    tz: str | None = None
    dates: str = "auto"
    kind: str | None = None
    columns: Sequence[str] = ()


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


def read_columns(content: bytes, where: str, asked: Asked) -> Columns:
    """Return the columns of a table by meaning; `where` is its file's name. Raises DataError in one line."""
    if content[:4] == b"PAR1":
        return _parquet_columns(content, where, asked)
    if content[:2] == b"PK":
        members = unpack(content, where)
        if is_lean(members, zipped=True):
            return lean_columns(members, asked.tz)
        if len(members) != 1:
            names = ", ".join(name for name, _ in members)[:120]
            raise DataError(f"{where} is an archive of {len(members)} files ({names}), expected one; unpack it first")
        name, inner = members[0]
        found = read_columns(inner, f"{where} ({name})", asked)
        return replace(found, dialect={"packing": "zip"} | found.dialect)
    if is_lean([(where, content)], zipped=False):
        return lean_columns([(where, content)], asked.tz)
    return _text_columns(content, where, asked)


def _text_columns(content: bytes, where: str, asked: Asked) -> Columns:
    table = read_text(content, where)
    dialect = dict(table.dialect)
    if table.names is None:
        cells = [str(cell) for cell in table.frame.row(0)]
        roles, dialect["columns"] = roles_by_content(cells, where)
        names = [""] * len(cells)
    else:
        names = table.names
        roles = roles_by_name(names, where)
    kind, roles, panel, extra = _meaning(names, roles, asked, where, dialect)
    get = table.frame.get_columns()
    moments = get[roles["moment"]]
    if "clock" in roles:
        moments = moments + " " + get[roles["clock"]]
    times = read_times(moments, table.lines, tz=asked.tz, dates=asked.dates, where=where)
    if kind == "values":
        extra |= {names[i]: i for i in _free(names, roles) if _numeric(get[i])}
    priced = [get[roles[role]] for role in _PRICE_ROLES if role in roles] + [get[index] for index in panel]
    comma = decimal_comma(priced) if priced else False
    if comma:
        dialect["decimals"] = "comma"

    def numbers_of(index: int, name: str) -> NDArray[np.float64]:
        return read_numbers(get[index], table.lines, comma=comma, where=where, name=name)

    numbers = {role: numbers_of(roles[role], role) for role in _NUMBER_ROLES if role in roles}
    numbers |= {role: _sides(get[roles[role]], where) for role in _SIDE_ROLES if role in roles}
    if kind == "depth" and "event" in roles:
        numbers["snapshot"] = _snapshots(get[roles["event"]])
    return Columns(
        kind=kind,
        times=times,
        symbols=get[roles["symbol"]].to_numpy().astype(np.str_) if "symbol" in roles else None,
        numbers=numbers,
        dialect=dialect,
        panel={names[index]: numbers_of(index, names[index]) for index in panel},
        texts={role: _texts(get[roles[role]]) for role in TEXT_ROLES if role in roles},
        extra={name: numbers_of(index, name) for name, index in extra.items()},
    )


def _parquet_columns(content: bytes, where: str, asked: Asked) -> Columns:
    frame = typed_frame(content, where)
    return frame_columns(frame, where, asked)


def frame_columns(frame: pl.DataFrame, where: str, asked: Asked) -> Columns:
    """Return the columns of a frame of Parquet by meaning."""
    names = frame.columns
    dialect = {"format": "Parquet"}
    kind, roles, panel, extra = _meaning(names, roles_by_name(names, where), asked, where, dialect)
    get = frame.get_columns()
    times = typed_times(get[roles["moment"]], tz=asked.tz, dates=asked.dates, where=where)
    if kind == "values":
        extra |= {names[i]: i for i in _free(names, roles) if get[i].dtype.is_numeric()}
    numbers = {role: floats_of(get[roles[role]], where) for role in _NUMBER_ROLES if role in roles}
    numbers |= {role: _sides(get[roles[role]], where) for role in _SIDE_ROLES if role in roles}
    if kind == "depth" and "event" in roles:
        numbers["snapshot"] = _snapshots(get[roles["event"]])
    symbols = receipt = None
    if "symbol" in roles:
        symbols = get[roles["symbol"]].cast(pl.String).fill_null("").to_numpy().astype(np.str_)
    if "receipt" in roles and roles["receipt"] != roles["moment"]:
        receipt = typed_times(get[roles["receipt"]], tz=asked.tz, dates=asked.dates, where=where).utc_ns
    return Columns(
        kind=kind,
        times=times,
        symbols=symbols,
        numbers=numbers,
        dialect=dialect,
        receipt_ns=receipt,
        panel={names[index]: floats_of(get[index], where) for index in panel},
        texts={role: _texts(get[roles[role]]) for role in TEXT_ROLES if role in roles},
        extra={name: floats_of(get[index], where) for name, index in extra.items()},
    )


def _meaning(
    names: list[str], roles: dict[str, int], asked: Asked, where: str, dialect: dict[str, str]
) -> tuple[str, dict[str, int], list[int], dict[str, int]]:
    """Return (kind, roles that it keeps, columns of a panel, further columns asked for); tell which are not read."""
    extra = named_columns(names, asked.columns, where)
    kind = asked.kind
    if kind == "funding" and "funding_rate" not in roles:
        roles = roles | {"funding_rate": _rate(names, roles, where)}
    panel = [] if kind not in (None, "bars") or extra else panel_columns(names, roles)
    if kind is None or kind == "bars":
        kind = "bars" if panel else kind_of(roles, where, names)
        if asked.kind == "bars" and kind not in ("bars", "quote bars"):
            raise DataError(f"{where} holds {kind}, expected bars: columns open, high, low, close")
    roles = kept_roles(kind, roles)
    if not panel and kind != "values":
        ignored = unread(names, roles | extra)
        if ignored:
            dialect["columns not read"] = ", ".join(ignored)
    return kind, roles, panel, extra


def _rate(names: list[str], roles: dict[str, int], where: str) -> int:
    """Return the column of the rates of funding of a file that does not name it so."""
    free = _free(names, {role: roles[role] for role in ("moment", "clock", "symbol") if role in roles})
    rates = [index for index in free if "rate" in plain(names[index])] or free
    if len(rates) != 1:
        raise DataError(f"{where} has no column funding_rate, expected one beside the time")
    return rates[0]


def _free(names: list[str], roles: dict[str, int]) -> list[int]:
    taken = set(roles.values())
    return [index for index, name in enumerate(names) if name and index not in taken]


def _numeric(column: pl.Series) -> bool:
    """Say whether the cells of a column of text that are filled are numbers for the most part."""
    filled = column.filter(column != "")
    return filled.cast(pl.Float64, strict=False).null_count() < 0.5 * len(filled)


def _texts(column: pl.Series) -> NDArray[np.str_]:
    return column.cast(pl.String).fill_null("").to_numpy().astype(np.str_)


def _snapshots(column: pl.Series) -> NDArray[np.float64]:
    """Return 1 for the rows of a snapshot of the book, 0 for changes."""
    return column.cast(pl.String).fill_null("").str.to_lowercase().str.starts_with("s").to_numpy().astype(np.float64)


def _sides(column: pl.Series, where: str) -> NDArray[np.float64]:
    """Return 1 for buyers and bids, -1 for sellers and offers, 0 where it is not said."""
    if column.dtype.is_numeric():
        return floats_of(column, where)
    text = column.cast(pl.String).fill_null("").str.strip_chars().str.to_lowercase()
    direct = text.cast(pl.Float64, strict=False)
    worded = text.replace_strict(_SIDES, default=0.0, return_dtype=pl.Float64)
    return direct.fill_null(worded).to_numpy().astype(np.float64)
