"""Join the minute bars of several symbols into bar sets of any period, each bar with its place in session and calendar.

How it works
------------
Minutes come in their order, each with all symbols that have a bar. What a period holds is gathered symbol by symbol: the first open,
the highest high, the lowest low, the last close, all volume. A symbol without a minute in it is named as missing; nothing is filled in,
and a moment at which no symbol has a bar is no set. Periods up to hours count from midnight UTC, as stored bars do; a day is a
session, from its open to its close. A day may be decided on before it closes: then it comes as two sets, the day so far and the
rest. The last sets are kept with their minutes, so that a minute that changes afterwards changes the bar that holds it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec.structs import replace

from tenfold.domain.errors import DataError
from tenfold.domain.events import Revised
from tenfold.domain.live_market import VenueBar
from tenfold.domain.market import Bar, BarSet, Flag
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.builder import calendar_date
from tenfold.market.series import encode_period
from tenfold.market.trading_hours import TradingHours

Cause = Literal["late_print", "corrected", "canceled", "venue", "back_fill", "official"]
_EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday
_MINUTE_S: Final = NS_PER_MINUTE // NS_PER_SECOND
_KEPT_NS: Final = 2 * NS_PER_DAY


class _Span:
    """Hold the minutes of one period by symbol, and the bars that were told of it."""

    __slots__ = ("after_close", "close_ns", "day", "done", "minutes", "number", "open_ns", "place", "told")

    def __init__(self, open_ns: int, close_ns: int, day: int) -> None:
        self.open_ns = open_ns
        self.close_ns = close_ns
        self.day = day
        self.done = False
        self.after_close = False  # whether it ends only when the market is closed
        self.number = 0  # place in the session
        self.place: dict[str, Any] = {}  # in session and calendar, the same for every symbol
        self.minutes: dict[str, dict[int, Bar]] = {}
        self.told: dict[str, Bar] = {}


class BarSets:
    """Gather minutes into the bar sets of one period; `before_close_s` cuts a day in two.

    Attributes
    ----------
    daily : whether sets are those of days
    whole_days : whether they are those of days that are not cut, so that the venue's bars of days tell as much as minutes do
    """

    def __init__(
        self, symbols: Sequence[str], period_ns: int, hours: TradingHours, *, before_close_s: float | None = None
    ) -> None:
        if period_ns % NS_PER_MINUTE or not 0 < period_ns <= NS_PER_DAY or NS_PER_DAY % period_ns:
            raise DataError(
                f"bars of {encode_period(period_ns)} are not made of minutes that divide a day, expected e.g. 1m, 15m, 1h, 1d"
            )
        if before_close_s is not None and (period_ns != NS_PER_DAY or hours.sessions is None):
            raise DataError("decide_before_close_s is for daily bars of a market that closes: leave it out")
        if before_close_s is not None and before_close_s % _MINUTE_S:
            raise DataError(
                f"decide_before_close_s is {before_close_s:g}, expected whole minutes, of which days are made: steps of {_MINUTE_S}"
            )
        self.daily = period_ns == NS_PER_DAY
        self.whole_days = self.daily and before_close_s is None
        self._symbols = tuple(symbols)
        self._period_ns = period_ns
        self._hours = hours
        self._before_ns = 0 if before_close_s is None else round(before_close_s * NS_PER_SECOND)
        self._spans: dict[int, _Span] = {}  # by their beginning, the one in progress last
        self._day = -1
        self._number = 0  # sets of the session so far
        self._last_ns: dict[str, int] = {}

    def begin(self, ts_ns: int) -> int:
        """Return the beginning of the period that a moment lies in: from there on minutes are needed."""
        session, minute_ns = self._hours.session(ts_ns), ts_ns // NS_PER_MINUTE * NS_PER_MINUTE
        if session is None and self.daily and self._hours.sessions is not None:
            return minute_ns
        return max(self._edges(minute_ns, session)[0], session.open_ns if session is not None else 0)

    def follow(self, last: BarSet) -> None:
        """Go on behind a set of the same period, so that places in the session are counted on."""
        self._day, self._number = last.session, max((bar.session_bar for bar in last.bars), default=-1) + 1
        for bar in last.bars:
            self._last_ns[bar.symbol] = bar.ts_ns

    def add(self, open_ns: int, minute: Mapping[str, Bar]) -> BarSet | None:
        """Take the bars of the minute that began then; return the set that it completes. Minutes come in their order.

        A period may end after the close: minutes in which the market is closed end it too.
        """
        session = self._hours.session(open_ns)
        start_ns, close_ns = self._edges(open_ns, session)
        span = self._spans.get(start_ns)
        if session is None and self._hours.sessions is not None:
            if span is None or span.done:
                return None
            minute, span.after_close = {}, True  # what it holds was traded before the close
        if span is None:
            day = open_ns // NS_PER_DAY if session is None else session.day
            span = self._spans[start_ns] = _Span(start_ns, close_ns, day)
            self._forget(close_ns)
        for symbol, bar in minute.items():
            span.minutes.setdefault(symbol, {})[open_ns] = bar
        span.done = open_ns + NS_PER_MINUTE >= close_ns
        return self._set(span) if span.done and span.minutes else None

    def change(self, ts_ns: int, open_ns: int, symbol: str, bar: Bar | None, cause: Cause) -> Revised | None:
        """Put another bar in the place of a minute's; return what that changes of a set that was told."""
        session = self._hours.session(open_ns)
        span = self._spans.get(self._edges(open_ns, session)[0])
        if span is None or (session is None and self._hours.sessions is not None):
            return None
        minutes = span.minutes.get(symbol, {})
        if bar is not None:
            span.minutes.setdefault(symbol, minutes)[open_ns] = bar
        elif minutes.pop(open_ns, None) is not None and not minutes:
            del span.minutes[symbol]  # it has no bar in this period after all
        if not span.done or not minutes:
            return None
        placed = self._placed(span, _joined(minutes), span.told.get(symbol))
        return self._revised(ts_ns, span, placed, cause)

    def official(self, ts_ns: int, told: VenueBar) -> Revised | None:
        """Take the official values of a day that closed; return what they change of the set that was told."""
        for span in reversed(self._spans.values()):
            before = span.told.get(told.symbol)
            # Of a day that was decided on early, only the set of its close ends where the session does.
            if before is not None and before.remaining_s == 0 and told.open_ns < span.close_ns <= told.ts_ns:
                close = replace(
                    before, close=told.close, high=max(before.high, told.close), low=min(before.low, told.close)
                )
                whole = replace(close, open=told.open, high=told.high, low=told.low, volume=told.volume)
                return self._revised(ts_ns, span, close if self._before_ns else whole, "official")
        return None

    def renewed(self, told: BarSet) -> BarSet:
        """Return a set with its bars as they are known by now."""
        span = next((one for one in self._spans.values() if one.close_ns == told.ts_ns and one.told), None)
        return told if span is None else self._told(span)

    def _edges(self, open_ns: int, session: Session | None) -> tuple[int, int]:
        """Return beginning and end of the period that a minute belongs to."""
        if session is not None and self.daily:
            edge_ns = session.close_ns - self._before_ns
            cut = self._before_ns and open_ns + NS_PER_MINUTE > edge_ns
            return (edge_ns, session.close_ns) if cut else (session.open_ns, edge_ns)
        start_ns = open_ns // self._period_ns * self._period_ns
        return start_ns, start_ns + self._period_ns

    def _set(self, span: _Span) -> BarSet:
        first = span.day != self._day
        self._day, self._number = span.day, 1 if first else self._number + 1
        span.number = self._number - 1
        after = int(Flag.OFF_SESSION) if span.after_close else 0
        for symbol in self._symbols:
            minutes = span.minutes.get(symbol)
            if minutes:
                gap = not first and self._last_ns.get(symbol, 0) < span.open_ns
                bar = _joined(minutes)
                flags = bar.flags | after | (int(Flag.GAP) if gap else 0)
                span.told[symbol] = self._placed(span, replace(bar, flags=flags) if flags != bar.flags else bar, None)
                self._last_ns[symbol] = span.close_ns
        return self._told(span)

    def _told(self, span: _Span) -> BarSet:
        bars = tuple(span.told[symbol] for symbol in self._symbols if symbol in span.told)
        missing = tuple(symbol for symbol in self._symbols if symbol not in span.told)
        return BarSet(ts_ns=bars[0].ts_ns, session=span.day, bars=bars, missing=missing)

    def _placed(self, span: _Span, bar: Bar, like: Bar | None) -> Bar:
        """Return a bar with its place in session and calendar."""
        if like is not None:
            return replace(like, open=bar.open, high=bar.high, low=bar.low, close=bar.close, volume=bar.volume)
        if not span.place:
            span.place = self._place(span)
        return replace(bar, **span.place)

    def _place(self, span: _Span) -> dict[str, Any]:
        session = self._hours.session(span.open_ns) or self._hours.session(span.close_ns - 1)
        ts_ns = span.close_ns
        if session is None:
            opened_ns, closes_ns = span.day * NS_PER_DAY, (span.day + 1) * NS_PER_DAY
            ts_ns -= int(self.daily)  # a day closes with its last nanosecond, as the catalogue keeps days
        else:
            opened_ns, closes_ns = session.open_ns, session.close_ns
        year, month, day = calendar_date(span.day)
        return {
            "session": span.day, "ts_ns": ts_ns, "open_ns": span.open_ns, "session_bar": span.number,
            "elapsed_s": (ts_ns - opened_ns) // NS_PER_SECOND, "remaining_s": max(closes_ns - ts_ns, 0) // NS_PER_SECOND,
            "year": year, "month": month, "day": day, "weekday": (span.day + _EPOCH_WEEKDAY) % 7, "extra": (),
        }  # fmt: skip

    def _revised(self, ts_ns: int, span: _Span, bar: Bar, cause: Cause) -> Revised | None:
        before = span.told.get(bar.symbol)
        if before is not None and _values(before) == _values(bar):
            return None
        span.told[bar.symbol] = bar
        return Revised(ts_ns=ts_ns, cause=cause, bar=bar, before=before)

    def _forget(self, now_ns: int) -> None:
        while (first := next(iter(self._spans.values()))).close_ns < now_ns - _KEPT_NS:
            del self._spans[first.open_ns]


def _values(bar: Bar) -> tuple[float, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume


def _joined(minutes: Mapping[int, Bar]) -> Bar:
    """Return the bar over all minutes of a period."""
    if len(minutes) == 1:
        return next(iter(minutes.values()))
    ordered = [minutes[open_ns] for open_ns in sorted(minutes)]
    whole = ordered[0]
    for bar in ordered[1:]:
        whole = replace(
            whole,
            flags=whole.flags | bar.flags,
            high=max(whole.high, bar.high),
            low=min(whole.low, bar.low),
            close=bar.close,
            volume=whole.volume + bar.volume,
        )
    return whole
