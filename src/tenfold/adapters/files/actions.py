"""Read splits and dividends from a file of their own: a table of actions, or a table of adjustment factors."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.adapters.files.columns import plain
from tenfold.adapters.files.numbers import read_numbers
from tenfold.adapters.files.tables import read_content
from tenfold.adapters.files.text import read_text
from tenfold.adapters.files.times import read_times
from tenfold.adapters.files.typed import floats_of, typed_frame, typed_times
from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.series import ACTION

_ROLES: Final = {
    "day": ("date", "exdate", "day", "ts", "timestamp", "exdividenddate"),
    "known": ("known", "knowndate", "announced", "announcementdate", "declared", "declarationdate"),
    "symbol": ("symbol", "ticker"),
    "split": ("split", "splitratio", "stocksplits", "splits", "ratio"),
    "dividend": ("dividend", "dividends", "cash", "amount", "exdividend"),
    "price_factor": ("pricefactor",),
    "split_factor": ("splitfactor",),
    "close": ("refclose", "referenceclose", "close"),
}
_NUMBERS: Final = ("split", "dividend", "price_factor", "split_factor", "close")
_NOISE: Final = 1e-6


def read_actions(path: Path, symbol: str | None = None) -> dict[str, NDArray[np.void]]:
    """Return the actions of a file by symbol, records of `ACTION` by day.

    Columns: date (the ex-date), split (new shares for one old), dividend (cash a share as held before), known
    (date from which it was known; the ex-date by default), symbol. Or LEAN's factors: date, price_factor,
    split_factor, ref_close, each row holding for days up to its date. Raises DataError in one line.
    """
    where = path.name
    days, symbols, numbers, known = _columns(path, where)
    names = sorted(set(symbols.tolist())) if symbols is not None else [symbol or where.split(".")[0]]
    found = {}
    for name in names:
        if symbol is not None and name != symbol:
            continue
        rows = np.arange(len(days)) if symbols is None else np.flatnonzero(symbols == name)
        rows = rows[np.argsort(days[rows], kind="stable")]
        part = {role: values[rows] for role, values in numbers.items()}
        if "price_factor" in part:
            found[name] = _from_factors(days[rows], part)
        else:
            found[name] = _stated(days[rows], part, days[rows] if known is None else known[rows], where)
    if not found:
        raise DataError(f"{where} has no actions of {symbol}, expected one of {', '.join(names)}")
    return found


def _columns(
    path: Path, where: str
) -> tuple[NDArray[np.int64], NDArray[np.str_] | None, dict[str, NDArray[np.float64]], NDArray[np.int64] | None]:
    """Return days, symbols, numbers by role, and days of knowledge."""
    content = read_content(path)
    lines: list[int] = []
    if content[:4] == b"PAR1":
        frame = typed_frame(content, where)
        names = frame.columns
    else:
        table = read_text(content, where)
        if table.names is None:
            raise DataError(f"{where} has no header, expected date, split, dividend")
        frame, names, lines = table.frame, table.names, table.lines
    plains = [plain(name) for name in names]
    at = {role: next((plains.index(a) for a in aliases if a in plains), -1) for role, aliases in _ROLES.items()}
    columns = frame.get_columns()
    factors = at["price_factor"] >= 0 and at["split_factor"] >= 0 and at["close"] >= 0
    if at["day"] < 0 or not (factors or at["split"] >= 0 or at["dividend"] >= 0):
        raise DataError(
            f"{where} has columns {', '.join(names)[:120]}, expected date, split, dividend (and known, symbol)"
        )
    wanted = ("price_factor", "split_factor", "close") if factors else ("split", "dividend")

    def days(role: str) -> NDArray[np.int64]:
        column = columns[at[role]]
        if lines:
            times = read_times(column, lines, tz=None, dates="auto", where=where)
        else:
            times = typed_times(column, tz=None, dates="auto", where=where)
        return times.local_ns // NS_PER_DAY

    def floats(role: str) -> NDArray[np.float64]:
        column = columns[at[role]]
        return read_numbers(column, lines, comma=False, where=where, name=role) if lines else floats_of(column, where)

    numbers = {role: floats(role) for role in wanted if at[role] >= 0}
    symbols = columns[at["symbol"]].cast(pl.String).to_numpy().astype(np.str_) if at["symbol"] >= 0 else None
    return days("day"), symbols, numbers, days("known") if at["known"] >= 0 else None


def _stated(
    days: NDArray[np.int64], numbers: dict[str, NDArray[np.float64]], known: NDArray[np.int64], where: str
) -> NDArray[np.void]:
    split = np.nan_to_num(numbers.get("split", np.ones(len(days))), nan=1.0)
    split = np.where(split == 0.0, 1.0, split)
    dividend = np.nan_to_num(numbers.get("dividend", np.zeros(len(days))))
    bad = ~(np.isfinite(split) & (split > 0.0) & np.isfinite(dividend) & (dividend >= 0.0))
    if bad.any():
        raise DataError(f"{where} row {int(np.flatnonzero(bad)[0]) + 1}: a split or dividend is negative or infinite")
    actions = np.zeros(len(days), ACTION)
    actions["day"], actions["split"], actions["dividend"] = days, split, dividend
    actions["known_day"] = known
    real: NDArray[np.bool_] = (split != 1.0) | (dividend != 0.0)
    return actions[real]


def _from_factors(days: NDArray[np.int64], numbers: dict[str, NDArray[np.float64]]) -> NDArray[np.void]:
    """Return the step from each row to the next, which takes place on the day after the row's date."""
    price, split = numbers["price_factor"], numbers["split_factor"]
    with np.errstate(all="ignore"):
        paid = price[:-1] / price[1:]
        ratio = split[1:] / split[:-1]
    real = np.isfinite(paid) & np.isfinite(ratio) & (ratio > 0.0)
    actions = np.zeros(max(0, len(days) - 1), ACTION)
    actions["day"] = actions["known_day"] = days[:-1] + 1
    actions["split"] = np.where(real, ratio, 1.0)
    actions["dividend"] = np.where(real, np.maximum(numbers["close"][:-1] * (1.0 - paid), 0.0), 0.0)
    actions["dividend"][actions["dividend"] < _NOISE] = 0.0
    actions["split"][np.abs(actions["split"] - 1.0) < _NOISE] = 1.0
    moved: NDArray[np.bool_] = (actions["split"] != 1.0) | (actions["dividend"] != 0.0)
    return actions[moved]
