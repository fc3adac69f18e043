"""Decide from which source each minute of each symbol is taken, and which minutes are to be asked for over REST."""

from collections.abc import Mapping, Sequence
from typing import Final

from tenfold.domain.live_market import VenueBar
from tenfold.domain.market import Bar
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.market.back_fills import SURE_NS, BackFill, BackFills
from tenfold.market.failover import Failover
from tenfold.market.feed_source import FeedSource
from tenfold.market.live_bars import told_bar
from tenfold.market.trading_hours import TradingHours

_FILLED: Final = -1
_KEPT_NS: Final = 120 * NS_PER_MINUTE
_VERIFIED_NS: Final = 5 * NS_PER_MINUTE
"""Time after which minutes without the venue's own bar are held against REST: a print and the bar of it may both be lost."""
_CHANGES_NS: Final = 2 * NS_PER_MINUTE
"""Time after a minute within which most late prints and corrections come."""


class MinuteChoice:
    """Know of the last minutes which sources heard them whole, and which source each symbol was taken from.

    Attributes
    ----------
    wanted : what nobody heard whole
    """

    def __init__(
        self,
        symbols: Sequence[str],
        sources: Sequence[FeedSource],
        failover: Mapping[str, Failover],
        hours: TradingHours,
        wanted: BackFills,
    ) -> None:
        self.wanted = wanted
        self._symbols = tuple(symbols)
        self._sources = list(sources)
        self._failover = failover
        self._hours = hours
        self._whole: dict[int, list[bool]] = {}
        self._used: dict[int, dict[str, int]] = {}
        self._filled: dict[tuple[str, int], VenueBar | None] = {}
        self._newest_ns: dict[tuple[str, int], int] = {}  # answers that were asked for before are too old for a minute
        self._settled_ns = 0
        self._told_ns = 0  # up to where minutes are decided
        self._ahead = (0, 0)  # a minute, and how many symbols of it are decided from the first on

    def begin(self, open_ns: int) -> None:
        """Take with which minute everything begins."""
        self._settled_ns = self._told_ns = open_ns

    def settle(self, settled_ns: int, now_ns: int) -> None:
        """Settle the minutes that ended by a moment, and want those that no source heard whole."""
        if settled_ns <= self._settled_ns:
            return
        for source in self._sources:
            for bars in source.bars.values():
                bars.settle(settled_ns)
        for open_ns in range(self._settled_ns, settled_ns, NS_PER_MINUTE):
            if open_ns % _VERIFIED_NS == 0:
                self._verify(open_ns)
            if not self._hours.is_open(open_ns):
                if self._hours.is_open(open_ns - NS_PER_MINUTE):
                    self._miss_close(now_ns)
                continue
            whole = self._whole[open_ns] = [source.whole(open_ns, now_ns) for source in self._sources]
            for source, heard in zip(self._sources, whole, strict=True):
                if heard and source.terms.prints:
                    lost = sum(bars.disagrees(open_ns) for bars in source.bars.values())
                    source.quality.count("broken_sequence", now_ns, lost)
            self._want(open_ns)
        self._settled_ns = settled_ns
        self._miss_unread(now_ns)
        self._forget(min(settled_ns - _KEPT_NS, self._told_ns))

    def next_ns(self) -> int:
        """Return the end of the next minute that will settle."""
        return self._settled_ns + NS_PER_MINUTE

    def miss(self, source: FeedSource, start_ns: int, stop_ns: int) -> None:
        """Take that a source missed a span [start, stop): want the minutes of it that no other heard whole.

        Those before that were taken from it are wanted too, and all that were asked for: what changed them may have been told within the span.
        """
        place = self._sources.index(source)
        first_ns = max(start_ns, self._settled_ns - _KEPT_NS) // NS_PER_MINUTE * NS_PER_MINUTE
        last_ns = min(stop_ns, self._settled_ns)
        for open_ns in range(first_ns - _CHANGES_NS, max(first_ns, last_ns), NS_PER_MINUTE):
            for symbol, used in self._used.get(open_ns, {}).items():
                if used in {place, _FILLED}:
                    self.wanted.want(symbol, open_ns)
                    self._newest_ns[symbol, open_ns] = stop_ns
        for open_ns in range(first_ns, last_ns, NS_PER_MINUTE):
            if open_ns in self._whole:
                self._whole[open_ns][place] = False
                self._want(open_ns)

    def _miss_close(self, now_ns: int) -> None:
        """Take the span of a source that tells nothing as the market closes as missed: when it is heard again may be days later."""
        for source in self._sources:
            if not source.up or source.is_silent(now_ns):
                self.miss(source, source.heard_ns, now_ns)

    def _miss_unread(self, now_ns: int) -> None:
        """Want what may have been changed by what could not be read, once a minute at most."""
        for source in self._sources:
            if source.unread_ns:
                self.miss(source, source.unread_ns, now_ns)
                source.unread_ns = 0

    def fill(self, request: BackFill, bars: Sequence[VenueBar]) -> list[tuple[str, int, Bar | None]]:
        """Take the answer to a request; return the minutes that were wanted of it, with what they turned out to be."""
        told = {(bar.symbol, bar.open_ns): bar for bar in bars}
        found: list[tuple[str, int, Bar | None]] = []
        for symbol, open_ns in self.wanted.answered(request):
            bar = told.get((symbol, open_ns))
            if bar is None and request.ts_ns < open_ns + NS_PER_MINUTE + SURE_NS:
                self.wanted.want(symbol, open_ns)  # the venue may not have built it yet
                continue
            if self._newest_ns.get((symbol, open_ns), request.ts_ns) > request.ts_ns:
                self.wanted.want(symbol, open_ns)  # what was told since, or missed, may be newer than the answer
                continue
            self._filled[symbol, open_ns] = bar
            if open_ns in self._used:
                self._used[open_ns][symbol] = _FILLED
            found.append((symbol, open_ns, None if bar is None else told_bar(bar)))
        return found

    def hear(self, source: FeedSource, symbol: str, open_ns: int, now_ns: int) -> None:
        """Take that a source has told the venue's own bar of a minute: what was asked for before may be older.

        Where the one that the minute was taken from tells nothing any more, what changed it is asked for.
        """
        if open_ns > now_ns:
            return  # an odd moment: kept, it would keep all that is noted after it
        self._newest_ns[symbol, open_ns] = now_ns
        place = self._used.get(open_ns, {}).get(symbol, _FILLED)
        other = source if place == _FILLED else self._sources[place]
        if not other.up or other.is_silent(now_ns):
            self.wanted.want(symbol, open_ns)

    def decided(self, open_ns: int, *, final: bool) -> dict[str, Bar] | None:
        """Return the bars of a minute by symbol; None while some symbol is to be waited for."""
        if not final and not self._all_in(open_ns):
            return None
        found: dict[str, Bar] = {}
        used: dict[str, int] = {}
        for symbol in self._symbols:
            place, bar = self._chosen(symbol, open_ns, final)
            if place is not None:
                used[symbol] = place
            elif not final:
                self._ahead = (open_ns, 0)
                return None
            if bar is not None:
                found[symbol] = bar
        self._used[open_ns], self._told_ns = used, open_ns + NS_PER_MINUTE
        return found

    def uses(self, source: FeedSource, symbol: str, open_ns: int) -> bool:
        """Say whether a minute of a symbol was taken from a source.

        One that was filled over REST, or was missing, is from here on that of the source which has the venue's own bar of it. So is one
        in which no trade was heard, unless that source tells what is old: who heard none may be about to count as silent.
        """
        used = self._used.get(open_ns)
        if used is None:
            return False
        place, before = self._sources.index(source), used.get(symbol, _FILLED)
        empty = before == _FILLED or (not source.late and self._sources[before].bars[symbol].bar(open_ns) is None)
        if empty and source.bars[symbol].by_venue(open_ns):
            used[symbol] = place
        return used.get(symbol) == place

    def _all_in(self, open_ns: int) -> bool:
        """Say whether no symbol of a minute is to be waited for; goes on where it stopped the last time."""
        place = self._ahead[1] if self._ahead[0] == open_ns else 0
        while place < len(self._symbols) and self._chosen(self._symbols[place], open_ns, False)[0] is not None:
            place += 1
        self._ahead = (open_ns, place)
        return place == len(self._symbols)

    def _chosen(self, symbol: str, open_ns: int, final: bool) -> tuple[int | None, Bar | None]:
        """Return where a minute of a symbol is taken from, and its bar, None where it had none."""
        whole = self._whole.get(open_ns)
        for place in self._failover[symbol].order():
            source = self._sources[place]
            bars = source.bars[symbol]
            if bars.by_venue(open_ns):
                return place, bars.bar(open_ns)
            if whole is not None and whole[place]:
                bar = bars.bar(open_ns)
                if not final and source.terms.bars and (bar is not None or not source.terms.prints):
                    return None, None
                if (source.terms.bars or bar is None) and (other := self._told_by(symbol, open_ns)) is not None:
                    return other, self._sources[other].bars[symbol].bar(open_ns)
                if source.terms.bars and bar is not None:
                    # Its own bar of these prints should have come: what else did not? It may be about to count as silent.
                    self.wanted.want(symbol, open_ns)
                return place, bar
        if (symbol, open_ns) in self._filled:
            filled = self._filled[symbol, open_ns]
            return _FILLED, None if filled is None else told_bar(filled)
        return None, None

    def _told_by(self, symbol: str, open_ns: int) -> int | None:
        """Return the first source that has the venue's own bar of a minute, None where there is none."""
        places = self._failover[symbol].order()
        return next((place for place in places if self._sources[place].bars[symbol].by_venue(open_ns)), None)

    def _want(self, open_ns: int) -> None:
        """Want a minute of the symbols of which nobody has it whole."""
        if any(self._whole[open_ns]):
            return
        self._want_unknown(open_ns)

    def _verify(self, until_ns: int) -> None:
        """Want the minutes up to a moment of which no bar came from a source that tells bars."""
        if not any(source.terms.bars for source in self._sources):
            return
        for open_ns in range(until_ns - _VERIFIED_NS, until_ns, NS_PER_MINUTE):
            if open_ns in self._whole:
                self._want_unknown(open_ns)

    def _want_unknown(self, open_ns: int) -> None:
        """Ask for a minute of the symbols whose bar the venue has not told in any way."""
        for symbol in self._symbols:
            known = (symbol, open_ns) in self._filled
            if not known and not any(source.bars[symbol].by_venue(open_ns) for source in self._sources):
                self.wanted.want(symbol, open_ns)

    def _forget(self, until_ns: int) -> None:
        for kept in (self._used, self._whole):
            while kept and (first := next(iter(kept))) < until_ns:
                del kept[first]
        for known in (self._filled, self._newest_ns):
            while known and (key := next(iter(known)))[1] < until_ns:
                del known[key]
