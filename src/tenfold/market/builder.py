"""Build bars from ticks, and bar sets from bars, one tick at a time.

How it works
------------
Time is cut into intervals of the period since midnight UTC; a tick at a boundary belongs to the interval that begins there.
A bar closes when time has passed its end: with the first tick of a later interval, or when `advance` says so, as a live
feed does when nothing is traded. An interval without a tick has no bar: nothing is filled in. The same class builds
bars from a file and from a feed, so it uses nothing that is known later only: a tick is left out where
its own values or its source's own mark say so, and one that comes after its bar has closed is counted as late.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import DataError
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND

_NAN: Final = float("nan")
_EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday


class BarBuilder:
    """Build the bars of one symbol, from its trades or from its quotes.

    Of trades, prices and volume are those of the prints, and bid and ask those of the quotes beside them, where there are
    some. Of quotes, prices are the middle of bid and ask, and there is no volume.

    Attributes
    ----------
    late : ticks that came after their bar had closed, and were left out
    unusable : ticks left out for their values: no price, no size, crossed, one side alone, marked by the source
    """

    def __init__(self, symbol: str, period_ns: int, source: str = "trades") -> None:
        if not 0 < period_ns <= NS_PER_DAY or NS_PER_DAY % period_ns:
            raise DataError(
                f"bars of {period_ns / NS_PER_SECOND:g} s do not divide a day, expected e.g. 1s, 1m, 15m, 1h, 1d"
            )
        if source not in ("trades", "quotes"):
            raise DataError(f"bars are built from trades or quotes, not from {source!r}")
        self.symbol = symbol
        self.period_ns = period_ns
        self.source = source
        self.late = 0
        self.unusable = 0
        self._open_ns = -(1 << 62)  # of the interval in progress
        self._built = False  # whether it has a price yet
        self._open = self._high = self._low = self._close = _NAN
        self._volume = 0.0
        self._bid = self._ask = self._bid_open = self._ask_open = _NAN
        self._session = -1
        self._session_bar = 0

    def trade(self, ts_ns: int, price: float, size: float, *, suspicious: bool = False) -> Bar | None:
        """Take a print; return the bar that it shows to have closed, None while one is in progress."""
        if suspicious or not (price > 0.0 and size > 0.0):
            self.unusable += 1
            return None
        if ts_ns < self._open_ns:
            self.late += 1
            return None
        closed = self.advance(ts_ns)
        if self.source == "trades":
            self._price(price)
            self._volume += size
        return closed

    def quote(self, ts_ns: int, bid: float, ask: float, *, suspicious: bool = False) -> Bar | None:
        """Take the best bid and offer; return the bar that it shows to have closed, None while one is in progress."""
        if suspicious or not 0.0 < bid <= ask:
            self.unusable += 1
            return None
        if ts_ns < self._open_ns:
            self.late += 1
            return None
        closed = self.advance(ts_ns)
        self._bid, self._ask = bid, ask
        if self.source == "quotes":
            self._price(0.5 * (bid + ask))
        return closed

    def advance(self, ts_ns: int) -> Bar | None:
        """Let time pass; return the bar that has closed by then, None where none has."""
        if ts_ns < self._open_ns + self.period_ns:
            return None
        closed = self._bar() if self._built else None
        self._open_ns = ts_ns // self.period_ns * self.period_ns
        self._built = False
        self._volume = 0.0
        return closed

    def _price(self, price: float) -> None:
        if not self._built:
            self._built = True
            self._open = self._high = self._low = price
            self._bid_open, self._ask_open = self._bid, self._ask
        self._high = price if price > self._high else self._high
        self._low = price if price < self._low else self._low
        self._close = price

    def _bar(self) -> Bar:
        day = self._open_ns // NS_PER_DAY
        self._session_bar = self._session_bar + 1 if day == self._session else 0
        self._session = day
        # A day closes with its last nanosecond, as the catalogue keeps days.
        ts_ns = self._open_ns + self.period_ns - (1 if self.period_ns == NS_PER_DAY else 0)
        year, month, day_of_month = calendar_date(day)
        return Bar(
            0, day, ts_ns, self._close, self._open, self._high, self._low,
            self._volume if self.source == "trades" else _NAN, self._open_ns,
            self._bid, self._ask, self._bid_open, self._ask_open, 0.0, self._session_bar,
            (ts_ns - day * NS_PER_DAY) // NS_PER_SECOND, ((day + 1) * NS_PER_DAY - ts_ns) // NS_PER_SECOND,
            year, month, day_of_month, (day + _EPOCH_WEEKDAY) % 7, self.symbol,
        )  # fmt: skip


class BarSetBuilder:
    """Gather the bars of several symbols that closed at one moment into bar sets.

    A set is complete when every symbol's bar has come, or when time has passed its close by the grace; what has not come
    by then is named as missing. Sets come in order of time.
    """

    def __init__(self, symbols: Sequence[str], period_ns: int, *, grace_ns: int = 0, source: str = "trades") -> None:
        self.builders = {symbol: BarBuilder(symbol, period_ns, source) for symbol in symbols}
        self.grace_ns = grace_ns
        self._waiting: dict[int, dict[str, Bar]] = {}

    def trade(self, symbol: str, ts_ns: int, price: float, size: float, *, suspicious: bool = False) -> list[BarSet]:
        """Take a print; return the sets that are complete."""
        return self._take(self.builders[symbol].trade(ts_ns, price, size, suspicious=suspicious))

    def quote(self, symbol: str, ts_ns: int, bid: float, ask: float, *, suspicious: bool = False) -> list[BarSet]:
        """Take the best bid and offer; return the sets that are complete."""
        return self._take(self.builders[symbol].quote(ts_ns, bid, ask, suspicious=suspicious))

    def advance(self, ts_ns: int) -> list[BarSet]:
        """Let time pass; return the sets that are complete, or whose grace has ended."""
        for builder in self.builders.values():
            bar = builder.advance(ts_ns - self.grace_ns)
            if bar is not None:
                self._keep(bar)
        return self._complete(ts_ns - self.grace_ns)

    def _take(self, bar: Bar | None) -> list[BarSet]:
        if bar is None:
            return []
        self._keep(bar)
        return self._complete(-(1 << 62))

    def _keep(self, bar: Bar) -> None:
        self._waiting.setdefault(bar.ts_ns, {})[bar.symbol] = bar

    def _complete(self, until_ns: int) -> list[BarSet]:
        """Return the sets that stand before any that still waits, and all that closed by a moment."""
        done = []
        for ts_ns in sorted(self._waiting):
            bars = self._waiting[ts_ns]
            if ts_ns > until_ns and len(bars) < len(self.builders):
                break
            ordered = tuple(bars[symbol] for symbol in self.builders if symbol in bars)
            missing = tuple(symbol for symbol in self.builders if symbol not in bars)
            done.append(BarSet(ts_ns=ts_ns, session=ordered[0].session, bars=ordered, missing=missing))
            del self._waiting[ts_ns]
        return done


def calendar_date(day: int) -> tuple[int, int, int]:
    """Return year, month and day of the month of a day since 1970-01-01 (Hinnant, "chrono-compatible date algorithms")."""
    shifted = day + 719_468
    era, rest = divmod(shifted, 146_097)
    year = (rest - rest // 1460 + rest // 36_524 - rest // 146_096) // 365
    in_year = rest - (365 * year + year // 4 - year // 100)
    quarter = (5 * in_year + 2) // 153
    month = quarter + 3 if quarter < 10 else quarter - 9
    return year + 400 * era + (1 if month <= 2 else 0), month, in_year - (153 * quarter + 2) // 5 + 1


def as_marks(values: NDArray[Any] | None, count: int) -> list[bool]:
    """Return a source's own marks as a list of N truths; none is marked where it has no marks."""
    return [False] * count if values is None else (np.asarray(values, np.float64) != 0.0).tolist()
