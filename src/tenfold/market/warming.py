"""Join what closed before a run began to what comes live, without a gap and without an overlap."""

from collections.abc import Sequence
from typing import Final

from tenfold.domain.events import Past
from tenfold.domain.live_market import VenueBar
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.back_fills import SURE_NS, BackFill
from tenfold.market.bar_sets import BarSets
from tenfold.market.live_bars import told_bar
from tenfold.market.trading_hours import TradingHours

_RETRY_NS: Final = 10 * NS_PER_SECOND
_SOON_NS: Final = 2 * NS_PER_SECOND
_MINUTES_NS: Final = 20 * NS_PER_DAY
"""Days of which minutes are asked for at once, where days are made of them."""


class Warming:
    """Hold the bar sets before a moment from which on data are live; what is missing between is asked for.

    Attributes
    ----------
    until_ns : up to where the past is known, None before any of it was told
    last : newest set there was before live data begin, behind which places in the session are counted on; None where it is not known
    """

    def __init__(
        self, symbols: Sequence[str], period_ns: int, hours: TradingHours, before_close_s: float | None
    ) -> None:
        self.until_ns: int | None = None
        self.last: BarSet | None = None
        self._symbols = tuple(symbols)
        self._period_ns = period_ns
        self._hours = hours
        self._before_close_s = before_close_s
        self._sets: list[BarSet] = []
        self._next_ns = -(1 << 62)

    def add(self, sets: Sequence[BarSet], until_ns: int, last: BarSet | None = None) -> None:
        """Take bar sets in the order of time, all there were up to a moment, and the last that was shown before; what is known already is left out."""
        self.last = last or self.last
        known_ns = self._sets[-1].ts_ns if self._sets else -(1 << 62)
        self._sets += [one for one in sets if known_ns < one.ts_ns]
        self.until_ns = until_ns if self.until_ns is None else max(self.until_ns, until_ns)

    def answer(self, request: BackFill, bars: Sequence[VenueBar]) -> None:
        """Take the venue's bars of the span that was asked for, but for the last period where they came too soon for its last minute."""
        sure, until_ns = self._is_sure(request, bars), request.stop_ns
        if not sure:
            until_ns -= self._period_ns
        known_ns = request.start_ns if self.until_ns is None else self.until_ns
        self._next_ns = request.ts_ns + (0 if sure else _SOON_NS)
        self.add([one for one in self._sets_of(request.start_ns, bars) if known_ns < one.ts_ns <= until_ns], until_ns)

    def due(self, now_ns: int, begin_ns: int) -> list[BackFill]:
        """Return what is to be asked for, where the market was open between the past and the moment at which live data begin."""
        if self.until_ns is None or now_ns < self._next_ns or self.joined(begin_ns):
            return []
        self._next_ns = now_ns + _RETRY_NS
        start_ns, stop_ns = self.until_ns, begin_ns
        if self._before_close_s is not None:  # days are asked for whole
            start_ns = start_ns // NS_PER_DAY * NS_PER_DAY
            stop_ns = min(stop_ns, start_ns + _MINUTES_NS)
        return [BackFill(ts_ns=now_ns, kind="history", symbols=self._symbols, start_ns=start_ns, stop_ns=stop_ns)]

    def joined(self, begin_ns: int) -> bool:
        """Say whether the past reaches to where live data begin."""
        return self.until_ns is not None and self._hours.open_between(self.until_ns, begin_ns) == 0

    def release(self, begin_ns: int) -> list[Past]:
        """Return what closed before live data begin, to be shown to strategies, and keep it no longer."""
        found = [Past(ts_ns=one.ts_ns, bars=one) for one in self._sets if one.ts_ns <= begin_ns]
        self.last, self._sets = self._before(begin_ns), []
        return found

    def _before(self, ts_ns: int) -> BarSet | None:
        """Return the newest set that closed by a moment."""
        known = [*([] if self.last is None else [self.last]), *self._sets]
        return next((one for one in reversed(known) if one.ts_ns <= ts_ns), None)

    def _is_sure(self, request: BackFill, bars: Sequence[VenueBar]) -> bool:
        """Say whether the venue had built the last minute that was asked for."""
        last_ns = request.stop_ns - NS_PER_MINUTE
        if request.ts_ns >= request.stop_ns + SURE_NS or not self._hours.is_open(last_ns):
            return True
        return {bar.symbol for bar in bars if bar.open_ns == last_ns}.issuperset(self._symbols)

    def _sets_of(self, start_ns: int, bars: Sequence[VenueBar]) -> list[BarSet]:
        """Return the bar sets that bars of the venue from a moment on make: of minutes, or of days where the period is a whole day."""
        sets = BarSets(self._symbols, self._period_ns, self._hours, before_close_s=self._before_close_s)
        last = self._before(start_ns)
        if last is not None:  # of a day that is asked for whole the first part may be known
            sets.follow(last)
        minutes: dict[int, dict[str, Bar]] = {}
        for bar in bars:
            open_ns = bar.open_ns
            if bar.ts_ns - bar.open_ns > NS_PER_MINUTE:  # a day stands in the last minute of its session
                session = self._hours.closing(bar.open_ns, bar.ts_ns)
                close_ns = bar.open_ns // NS_PER_DAY * NS_PER_DAY + NS_PER_DAY if session is None else session.close_ns
                open_ns = close_ns - NS_PER_MINUTE
            minutes.setdefault(open_ns, {})[bar.symbol] = told_bar(bar)
        made = (sets.add(open_ns, minutes[open_ns]) for open_ns in self._grid(minutes))
        return [one for one in made if one is not None]

    def _grid(self, minutes: dict[int, dict[str, Bar]]) -> list[int]:
        """Return the minutes that are there, and those that end a period, so that each period ends."""
        ends = {
            (open_ns // self._period_ns + 1) * self._period_ns - NS_PER_MINUTE
            for open_ns in minutes
            if self._period_ns < NS_PER_DAY
        }
        if self._before_close_s is not None:
            closes = {one.close_ns for open_ns in minutes if (one := self._hours.session(open_ns)) is not None}
            before_ns = round(self._before_close_s * NS_PER_SECOND)
            ends |= {close_ns - early_ns - NS_PER_MINUTE for close_ns in closes for early_ns in (0, before_ns)}
        for end_ns in ends:
            minutes.setdefault(end_ns, {})
        return sorted(minutes)
