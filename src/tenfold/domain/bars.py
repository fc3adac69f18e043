"""Hold the bars of several symbols on one time axis, as rows that folds and kernels read."""

import keyword
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import UNUSABLE, Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND, format_ns

BAR: Final = np.dtype(
    [
        ("flags", "u4"),
        ("session", "i4"),
        ("ts_ns", "i8"),
        ("close", "f8"),
        ("open", "f8"),
        ("high", "f8"),
        ("low", "f8"),
        ("volume", "f8"),
        ("open_ns", "i8"),
        ("bid", "f8"),
        ("ask", "f8"),
        ("bid_open", "f8"),
        ("ask_open", "f8"),
        ("dividend", "f8"),
        ("session_bar", "i4"),
        ("elapsed_s", "i4"),
        ("remaining_s", "i4"),
        ("year", "i2"),
        ("month", "i1"),
        ("day", "i1"),
        ("weekday", "i1"),
    ],
    align=True,
)
"""One bar as a record of 128 bytes; the fields are those of `domain.market.Bar`, the symbol apart.

What most strategies read stands in the first 64 bytes, one line of the cache: a sweep is bound by how fast bars arrive.
"""

PACKED: Final = struct.Struct("=Iiq5dq5d3ih3b7x")
"""`BAR` for plain Python, which reads a row of numbers in a fifth of the time that NumPy takes to make them."""

COLUMNS_MAX: Final = 32


def bar_dtype(columns: Sequence[str] = ()) -> np.dtype[np.void]:
    """Return the record of a bar with further columns of the user's, each a float64 behind the fields of `BAR`.

    Raises `DataError` where a name is no identifier, stands twice, or is that of a field.
    """
    for place, name in enumerate(columns):
        if not name.isidentifier() or keyword.iskeyword(name) or name in (BAR.names or ()) or name in columns[:place]:
            raise DataError(f"a column cannot be called {name!r}: expected a word of its own, e.g. sentiment")
    if len(columns) > COLUMNS_MAX:
        raise DataError(f"{len(columns)} further columns, expected at most {COLUMNS_MAX}")
    if not columns:
        return BAR
    fields = [(name, BAR[name]) for name in BAR.names or ()]
    return np.dtype([*fields, *((name, "f8") for name in columns)], align=True)


def packed(columns: int) -> struct.Struct:
    """Return `PACKED` for bars with so many further columns."""
    return struct.Struct(f"{PACKED.format}{columns}d")


_PRICES: Final = ("open", "high", "low", "close")
_ABSENT: Final = (*_PRICES, "volume", "bid", "ask", "bid_open", "ask_open")


@dataclass(frozen=True, eq=False)
class Bars:
    """Hold bars of shape (bars, symbols) on one strictly increasing time axis.

    Attributes
    ----------
    rows : (T, S) records of `BAR`, or of `bar_dtype` with further columns
        A symbol without a usable bar at a moment has `Flag.MISSING` there.
    instruments : S instruments, in the order of the columns
    period_ns : nominal length of a bar; a day for daily bars
    label : where the bars came from; synthetic markets say so here
    adjustment : "raw", "split" or "total" (splits and dividends)
    sources : what the result must state about the data, e.g. quality score by symbol
    """

    rows: NDArray[np.void]
    instruments: tuple[Instrument, ...]
    period_ns: int
    label: str = ""
    adjustment: str = "total"
    sources: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = self.rows.dtype.names or ()
        if (
            self.rows.ndim != 2
            or self.rows.shape[1] != len(self.instruments)
            or self.rows.dtype != bar_dtype(named[len(BAR.names or ()) :])
        ):
            raise DataError(
                f"bars have shape {self.rows.shape}, expected (bars, {len(self.instruments)}) records of BAR"
            )
        if self.rows.shape[0] == 0 or self.rows.shape[1] == 0:
            raise DataError("no bars: the selection is empty; widen the dates or check the symbol")
        if len(set(self.symbols)) != len(self.instruments):
            raise DataError(f"a symbol occurs twice among {', '.join(self.symbols)}")
        if len({instrument.currency for instrument in self.instruments}) != 1:
            raise DataError("the symbols are quoted in several currencies, expected one")
        ts_ns = self.rows["ts_ns"]
        late = np.flatnonzero(np.diff(ts_ns[:, 0]) <= 0)
        if late.size or (ts_ns != ts_ns[:, :1]).any():
            where = format_ns(int(ts_ns[late[0] + 1, 0])) if late.size else "some rows"
            raise DataError(f"the time stamps do not increase at {where}; sort them and remove duplicates")
        bad = np.zeros(self.rows.shape, bool)
        for name in _PRICES:
            bad |= ~(np.isfinite(self.rows[name]) & (self.rows[name] > 0.0))
        if (bad & ((self.rows["flags"] & int(UNUSABLE)) == 0)).any():
            raise DataError(
                "a price is missing, zero or negative in a row without a flag; import it with `tenfold data import`"
            )
        self.rows.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what was pickled; rows stay read-only, which an array does not remember."""
        self.__dict__.update(state)
        self.rows.flags.writeable = False

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in the order of the columns."""
        return tuple(instrument.symbol for instrument in self.instruments)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the user's further columns."""
        return (self.rows.dtype.names or ())[len(BAR.names or ()) :]

    def with_columns(self, **columns: ArrayLike) -> "Bars":
        """Return bars that carry further columns, each (T, S), or (T,) for all symbols alike; NaN where unknown.

        A value belongs to its bar: it must have been known when the bar closed. A fold names what it reads:
        `@fold(columns=("sentiment",))`.
        """
        rows = np.zeros(self.rows.shape, bar_dtype((*self.columns, *columns)))
        for name in self.rows.dtype.names or ():
            rows[name] = self.rows[name]
        for name, given in columns.items():
            values = _numbers(name, given)
            if values.shape not in {self.rows.shape, self.rows.shape[:1]}:
                raise DataError(
                    f"column {name} has shape {values.shape}, expected {self.rows.shape}: one row a bar, one column a symbol"
                )
            rows[name] = values if values.ndim == 2 else values[:, None]
        return replace(self, rows=rows)

    @property
    def currency(self) -> str:
        """Currency in which all symbols are quoted."""
        return self.instruments[0].currency

    @property
    def ts_ns(self) -> NDArray[np.int64]:
        """Close of each bar, shape (T,), UTC nanoseconds."""
        return self.rows["ts_ns"][:, 0]

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """True where a symbol has a bar that may be traded on, shape (T, S)."""
        return (self.rows["flags"] & int(UNUSABLE)) == 0  # type: ignore[no-any-return]

    @cached_property
    def complete(self) -> bool:
        """Whether every symbol has a usable bar at every moment."""
        return bool(self.usable.all())

    @cached_property
    def pays_dividends(self) -> bool:
        """Whether a row carries cash a share: a dividend, or the funding of a perpetual, which longs may owe."""
        return bool((self.rows["dividend"] != 0.0).any())

    @property
    def periods_per_year(self) -> float:
        """Bars a year as observed: bars over the span in years of 365.25 days (252 for daily sessions)."""
        return periods_per_year(self.ts_ns, self.period_ns)

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def __iter__(self) -> Iterator[NDArray[np.void]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        first, last = (format_ns(int(self.ts_ns[at]), self.period_ns) for at in (0, -1))
        return f"Bars({len(self)} bars of {', '.join(self.symbols[:6])}{' ...' if len(self.symbols) > 6 else ''}, {first} to {last})"

    def select(self, symbols: str | Sequence[str]) -> "Bars":
        """Return the bars of some symbols, in the order given."""
        symbols = [symbols] if isinstance(symbols, str) else symbols
        have = {symbol: index for index, symbol in enumerate(self.symbols)}
        for symbol in symbols:
            if symbol not in have:
                raise UnknownNameError(f"symbol {symbol} is not here, expected one of {', '.join(self.symbols)}")
        columns = [have[symbol] for symbol in symbols]
        return replace(
            self,
            sources={key: told for key, told in self.sources.items() if key not in have or key in symbols},
            rows=np.ascontiguousarray(self.rows[:, columns]),
            instruments=tuple(self.instruments[i] for i in columns),
        )

    def slice(self, start: int | None = None, stop: int | None = None) -> "Bars":
        """Return bars start (included) to stop (excluded), by position."""
        return replace(self, rows=self.rows[start:stop].copy())

    def between(self, start_ns: int, stop_ns: int) -> "Bars":
        """Return bars that closed in [start_ns, stop_ns)."""
        first, last = np.searchsorted(self.ts_ns, [start_ns, stop_ns])
        return self.slice(int(first), int(last))


def blank_bar(columns: Sequence[str] = ()) -> NDArray[np.void]:
    """Return what is shown of a symbol without a usable bar, shape (1,).

    It has `Flag.MISSING`; prices, volume and further columns are NaN, all else is 0.
    """
    blank = np.zeros(1, bar_dtype(columns))
    blank["flags"] = int(Flag.MISSING)
    for name in (*_ABSENT, *columns):
        blank[name] = np.nan
    return blank


def periods_per_year(ts_ns: NDArray[np.int64], period_ns: int) -> float:
    """Return bars a year: 252 for daily bars of business days, 365 for daily bars of all days, else as observed."""
    if len(ts_ns) < 3:
        return 252.0 if period_ns >= NS_PER_DAY else 365.25 * NS_PER_DAY / period_ns
    years = float(ts_ns[-1] - ts_ns[0]) / (365.25 * NS_PER_DAY)
    observed = (len(ts_ns) - 1) / years if years > 0 else 252.0
    for typical in (252.0, 365.25, 52.18, 12.0):
        if period_ns >= NS_PER_DAY and abs(observed / typical - 1.0) < 0.06:
            return 365.0 if typical == 365.25 else (52.0 if typical == 52.18 else typical)
    return observed


def stamp_calendar(rows: NDArray[np.void], session_ns: NDArray[np.int64] | None = None) -> None:
    """Fill session, session_bar, year, month, day and weekday of rows (T, S) in place.

    `session_ns` (T,) is midnight UTC of the session's date; without it the UTC date of the bar's open is
    the session. `elapsed_s` counts from the first bar's open of the session, `remaining_s` to the last bar's close, unless
    a calendar has set them already.
    """
    ts_ns = rows["ts_ns"][:, 0]
    day_ns = (rows["open_ns"][:, 0] // NS_PER_DAY) * NS_PER_DAY if session_ns is None else session_ns
    days = (day_ns // NS_PER_DAY).astype(np.int64)
    changed = np.ones(len(days), bool)
    changed[1:] = days[1:] != days[:-1]
    starts = np.flatnonzero(changed)
    first = np.repeat(starts, np.diff(np.append(starts, len(days))))
    date64 = days.astype("datetime64[D]")
    months = date64.astype("datetime64[M]")
    rows["session"] = days.astype(np.int32)[:, None]
    rows["session_bar"] = (np.arange(len(days)) - first).astype(np.int32)[:, None]
    if not rows["elapsed_s"].any():
        rows["elapsed_s"] = ((ts_ns - rows["open_ns"][first, 0]) // NS_PER_SECOND).astype(np.int32)[:, None]
    if len(days) and not rows["remaining_s"].any():
        lasts = np.append(starts[1:], len(days)) - 1
        last = np.repeat(lasts, np.diff(np.append(starts, len(days))))
        rows["remaining_s"] = ((ts_ns[last] - ts_ns) // NS_PER_SECOND).astype(np.int32)[:, None]
    rows["year"] = (date64.astype("datetime64[Y]").astype(np.int64) + 1970).astype(np.int16)[:, None]
    rows["month"] = (months.astype(np.int64) % 12 + 1).astype(np.int8)[:, None]
    rows["day"] = ((date64 - months).astype(np.int64) + 1).astype(np.int8)[:, None]
    rows["weekday"] = ((days + 3) % 7).astype(np.int8)[:, None]


def bars_from_arrays(
    symbols: Sequence[str],
    ts_ns: NDArray[np.int64],
    open: NDArray[np.float64],
    high: NDArray[np.float64],
    low: NDArray[np.float64],
    close: NDArray[np.float64],
    volume: NDArray[np.float64] | None = None,
    *,
    period_ns: int,
    instruments: Sequence[Instrument] | None = None,
    label: str = "",
) -> Bars:
    """Build bars from arrays of shape (T,) or (T, S); NaN or non-positive prices become missing bars.

    `ts_ns` (T,) is the close of each bar in UTC nanoseconds. A missing volume is NaN.
    """
    symbols = [symbols] if isinstance(symbols, str) else list(symbols)
    shape = (len(ts_ns), len(symbols))
    rows = np.zeros(shape, BAR)
    rows["ts_ns"] = _moments(ts_ns)[:, None]
    rows["open_ns"] = rows["ts_ns"] - period_ns
    columns = {"open": open, "high": high, "low": low, "close": close}
    for name, values in columns.items():
        rows[name] = _priced(name, values, shape)
    rows["volume"] = np.nan if volume is None else _priced("volume", volume, shape)
    for name in ("bid", "ask", "bid_open", "ask_open"):
        rows[name] = np.nan
    bad = np.zeros(shape, bool)
    for name in _PRICES:
        bad |= ~(np.isfinite(rows[name]) & (rows[name] > 0.0))
    rows["flags"] = np.where(bad, int(Flag.MISSING), 0)
    stamp_calendar(rows)
    chosen = tuple(instruments) if instruments is not None else tuple(Instrument(symbol=symbol) for symbol in symbols)
    return Bars(rows=rows, instruments=chosen, period_ns=period_ns, label=label)


def _moments(given: ArrayLike) -> NDArray[np.int64]:
    """Return moments as nanoseconds; dates of NumPy and pandas count in whatever unit they have."""
    found = np.asarray(given)
    if found.dtype.kind == "M":
        return found.astype("datetime64[ns]").astype(np.int64)
    if found.dtype.kind not in "iu":
        raise DataError(
            f"ts_ns are {found.dtype}, expected nanoseconds since 1970 (UTC) or datetime64, e.g. "
            'np.array(dates, "datetime64[ns]")'
        )
    return found.astype(np.int64)


def _numbers(name: str, given: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is no array of numbers: {' '.join(str(error).split())}") from None


def _priced(name: str, given: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float64]:
    values = _numbers(name, given)
    if values.shape != shape and values.shape != (shape[0],) * (shape[1] == 1):
        raise DataError(f"{name} has shape {values.shape}, expected {shape}: one row a bar, one column a symbol")
    return values.reshape(shape)
