"""Join several sources of live data: what they tell goes in, bar sets, changes, flags and requests for what was missed come out.

How it works
------------
Every source builds its own minutes from its own prints, so that no print of one is added to those of another. A minute of a symbol is
taken from the source that is chosen for it where that heard the minute whole or told the venue's own bar of it, else from the next one,
else it is asked for over REST. So no print is lost or counted twice, whenever sources fail and come back. A minute is told when
all symbols are decided, or when the grace has ended; a symbol that is not decided then is missing. What becomes known later is told
as a change. Time arrives with what is told, and with `advance`.
"""

from collections.abc import Sequence
from typing import Any, Final

from tenfold.domain.events import Alerted, Fitness, Past, Revised, Switched
from tenfold.domain.feed_settings import FeedSettings
from tenfold.domain.live_market import (
    LiveValue,
    PriceBands,
    Print,
    PrintCanceled,
    PrintCorrected,
    TradingStatus,
    VenueBar,
)
from tenfold.domain.market import Bar, BarSet, Quote
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.back_fills import BackFill, BackFills, OfficialValues
from tenfold.market.bar_sets import BarSets, Cause
from tenfold.market.failover import Failover
from tenfold.market.feed_source import FeedSource, SourceTerms
from tenfold.market.halts import Halts
from tenfold.market.live_bars import MINUTES_KEPT, defect
from tenfold.market.minute_choice import MinuteChoice
from tenfold.market.source_quality import SourceQuality
from tenfold.market.trading_hours import TradingHours
from tenfold.market.warming import Warming

Told = BarSet | Past | Revised | Fitness | Switched | Alerted | BackFill
_PAUSE_NS: Final = 3 * NS_PER_SECOND
"""Time between two calls beyond which this process was held up: what arrived meanwhile is still to be read."""


class Feeds:
    """Hold the live data of some symbols from several sources, the best first.

    With `warming` nothing is told before the past that `remember` takes reaches to where live data begin; then it comes first, as
    `Past`, and of what was held back meanwhile the newest set alone is to be decided on.

    Attributes
    ----------
    unfit : by symbol, why nothing may be traded on it now
    halts : trading status and price bands by symbol
    foreign : values of symbols that nobody asked for
    """

    def __init__(
        self,
        symbols: Sequence[str],
        sources: Sequence[SourceTerms],
        sessions: Sequence[Session] | None,
        *,
        period_ns: int = NS_PER_MINUTE,
        before_close_s: float | None = None,
        warming: bool = False,
        settings: FeedSettings | None = None,
    ) -> None:
        chosen = settings or FeedSettings()
        self.unfit = dict.fromkeys(symbols, "nothing has come yet")
        self.halts = Halts()
        self.foreign = 0
        self.hours = TradingHours(sessions)
        self.sources = {terms.name: FeedSource(terms, symbols, chosen.quality, self.hours) for terms in sources}
        self.sets = BarSets(symbols, period_ns, self.hours, before_close_s=before_close_s)
        self._listed = list(self.sources.values())
        self._others: dict[str, tuple[SourceQuality, ...]] = {}
        self._compare()
        self._symbols = tuple(symbols)
        self._failover = {symbol: Failover(len(sources), 0) for symbol in symbols}
        self._before_close = before_close_s is not None
        self._ahead_ns = 0 if self._before_close else round(chosen.ahead_s * NS_PER_SECOND)
        self._held: tuple[int, int, BarSet] | None = None  # a closed day, from when on it is told, until when
        self._days = OfficialValues(round(chosen.official_s * NS_PER_SECOND))
        self._minutes = MinuteChoice(symbols, self._listed, self._failover, self.hours, BackFills(0, 0))
        self.follow(chosen)
        self._warming = Warming(symbols, period_ns, self.hours, before_close_s) if warming else None
        for source in self._listed if warming else ():
            source.keep(1 << 62)  # nothing is told yet
        self._fit: dict[str, bool] = {}  # as it was told
        self._open_ns: int | None = None  # beginning of the next minute that is to be told
        self._begin_ns = 0  # of the first
        self._began_ns = self._now_ns = self._judged_ns = -(1 << 62)
        self._due_ns = -(1 << 62)
        self._takes: dict[type, Any] = {
            Quote: self._quote, Print: self._trade, VenueBar: self._venue_bar, TradingStatus: self._status,
            PriceBands: self._bands, PrintCorrected: self._corrected, PrintCanceled: self._canceled,
        }  # fmt: skip

    def follow(self, settings: FeedSettings) -> None:
        """Be as patient as settings say from here on: a venue may change its pace."""
        self._settle_ns = round(settings.settle_s * NS_PER_SECOND)
        self._grace_ns = round(settings.grace_s * NS_PER_SECOND)
        self._minutes.wanted.follow(round(settings.lag_s * NS_PER_SECOND), round(settings.retry_s * NS_PER_SECOND))
        for failover in self._failover.values():
            failover.follow(round(settings.hold_s * NS_PER_SECOND))
        for source in self._listed:
            source.follow(settings.quality)

    # what is told

    def linked(self, source: str, ts_ns: int, up: bool, text: str = "") -> list[Told]:
        """Take that a source is connected or no more."""
        told = self.advance(ts_ns)
        missed = self.sources[source].link(self._now_ns, up)
        if missed is not None:
            self._minutes.miss(self.sources[source], *missed)
        self._judge(told, text)
        return told

    def take(self, source: str, received_ns: int, values: Sequence[LiveValue]) -> list[Told]:
        """Take what a source told at once, in its order, at the moment of receipt."""
        one = self.sources[source]
        told = self.advance(received_ns) if received_ns >= self._due_ns else []
        now_ns = self._now_ns = max(self._now_ns, received_ns)
        if (missed := one.hear(now_ns)) is not None:
            self._minutes.miss(one, *missed)
        for value in values:
            if value.symbol in one.bars:
                self._takes[type(value)](one, value, now_ns, told)
            else:
                self.foreign += 1
        return told

    def unread(self, source: str, received_ns: int) -> list[Told]:
        """Take that a source told something that cannot be read: what it was is missing, and its minute and what it may change not whole."""
        told = self.advance(received_ns)
        self.sources[source].quality.count("missing_value", self._now_ns)
        self.sources[source].skip(self._now_ns)
        return told

    def back_filled(self, ts_ns: int, request: BackFill, bars: Sequence[VenueBar]) -> list[Told]:
        """Take the answer to a request; a minute of which it has no bar had none."""
        told = self.advance(ts_ns)
        bars = [bar for bar in bars if not defect(bar)]
        if request.kind == "history":
            if self._warming is not None:
                self._warming.answer(request, bars)
                self._warm(told)
            return told
        if request.kind == "days":
            self._official(request, bars, told)
            return told
        for symbol, open_ns, filled in self._minutes.fill(request, bars):
            if filled is not None:
                self._change(told, open_ns, symbol, filled, "back_fill")
        self._tell(told)
        return told

    def remember(self, ts_ns: int, sets: Sequence[BarSet], until_ns: int, last: BarSet | None = None) -> list[Told]:
        """Take the bar sets that closed before, all there were until a moment, and the last shown; return them once they reach to live data."""
        told = self.advance(ts_ns)
        if self._warming is not None:
            self._warming.add(sets, until_ns, last)
            told += self._warming.due(self._now_ns, self._begin_ns)
            self._warm(told)
        return told

    def advance(self, ts_ns: int) -> list[Told]:
        """Let time pass; return what follows from it. It is to be called no later than `next_due_ns` says."""
        told: list[Told] = []
        self._now_ns = now_ns = max(before_ns := self._now_ns, ts_ns)
        if self._open_ns is None:
            self._began_ns = self._judged_ns = now_ns
            self._open_ns = self._begin_ns = self.sets.begin(now_ns)
            self._minutes.begin(self._open_ns)
        elif self.hours.open_between(before_ns, now_ns) > _PAUSE_NS:
            if self._began_ns < self._open_ns + NS_PER_MINUTE:  # once: what came of it meanwhile is read first
                self._began_ns = now_ns
            for source in self._listed:
                source.pause(now_ns)
        self._minutes.settle((now_ns - self._settle_ns) // NS_PER_MINUTE * NS_PER_MINUTE, now_ns)
        self._tell(told)
        opens_ns = self.hours.next_open(self._judged_ns)
        if now_ns >= self._judged_ns + NS_PER_SECOND or (opens_ns is not None and opens_ns <= now_ns):
            self._judge(told, "")
        told += self._minutes.wanted.due(now_ns)
        if self.sets.daily:
            told += self._days.due(now_ns)
            self._release(told)
        if self._warming is not None:
            told += self._warming.due(now_ns, self._begin_ns)
        self._due_ns = self.next_due_ns()
        return told

    def next_due_ns(self) -> int:
        """Return when `advance` is to be called next if nothing is told before."""
        dues = [self._minutes.next_ns() + self._settle_ns]
        if self.hours.is_open(self._now_ns):
            dues.append(self._judged_ns + NS_PER_SECOND)
        elif (opens_ns := self.hours.next_open(self._now_ns)) is not None:
            dues.append(opens_ns)
        if self._open_ns is not None:
            dues.append(self._deadline(self._open_ns))
        if self._held is not None:
            dues.append(self._held[0])
        wanted = self._minutes.wanted.next_ns()
        if wanted is not None:
            dues.append(wanted)
        return min(due for due in dues if due > self._now_ns)

    # what is asked

    def active(self, symbol: str) -> str:
        """Return the name of the source that is chosen for a symbol."""
        return self._listed[self._failover[symbol].active].terms.name

    def quote(self, symbol: str) -> tuple[Quote, int] | None:
        """Return the last quote that is not crossed, of the source that is chosen, with the moment of its receipt."""
        seen = self.sources[self.active(symbol)].quality.seen[symbol]
        return None if seen.quote is None else (seen.quote, seen.quote_ns)

    def offset_ns(self) -> int:
        """Return how far the venue's clock is from ours at most, over the sources that are chosen."""
        return max((source.quality.offset_ns for source in self._in_use()), key=abs, default=0)

    def score(self) -> float:
        """Return the least quality score of the sources that are chosen, without what one missed while another was."""
        return min((source.used_score for source in self._in_use()), default=100.0)

    def _in_use(self) -> list[FeedSource]:
        return [self._listed[place] for place in {failover.active for failover in self._failover.values()}]

    # values

    def _quote(self, source: FeedSource, value: Quote, now_ns: int, told: list[Told]) -> None:
        source.quality.quote(value, now_ns, self._others[source.terms.name])

    def _trade(self, source: FeedSource, value: Print, now_ns: int, told: list[Told]) -> None:
        beyond = not source.late and self.halts.beyond(value.symbol, value.price)
        outlier = source.quality.trade(value, now_ns, self._others[source.terms.name], beyond=beyond)
        changed = source.bars[value.symbol].trade(value, suspicious=outlier)
        self._changed(source, value.symbol, changed, "late_print", told)
        if self.halts.halted and not (source.late or outlier) and self.halts.traded(value, now_ns):
            self._judge(told, "")

    def _venue_bar(self, source: FeedSource, value: VenueBar, now_ns: int, told: list[Told]) -> None:
        source.quality.touch(value.symbol, now_ns)
        if wrong := defect(value) or source.quality.ahead(value.open_ns, now_ns):
            source.quality.count(wrong, now_ns)
            source.skip(now_ns)
            return
        if value.kind == "daily":
            return  # the day so far, as far as the stream knows it: its official values are asked for
        changed = source.bars[value.symbol].venue(value)
        if not source.late:
            self._minutes.hear(source, value.symbol, value.open_ns, now_ns)
        self._changed(source, value.symbol, changed, "venue", told)
        if value.open_ns == self._open_ns:
            self._tell(told)

    def _status(self, source: FeedSource, value: TradingStatus, now_ns: int, told: list[Told]) -> None:
        source.quality.touch(value.symbol, now_ns)
        if not source.late and self.halts.status(value, now_ns):
            self._judge(told, "")

    def _bands(self, source: FeedSource, value: PriceBands, now_ns: int, told: list[Told]) -> None:
        source.quality.touch(value.symbol, now_ns)
        if not source.late:
            self.halts.price_bands(value, now_ns)

    def _corrected(self, source: FeedSource, value: PrintCorrected, now_ns: int, told: list[Told]) -> None:
        source.quality.touch(value.symbol, now_ns)
        self._changed(source, value.symbol, source.bars[value.symbol].correct(value), "corrected", told)

    def _canceled(self, source: FeedSource, value: PrintCanceled, now_ns: int, told: list[Told]) -> None:
        source.quality.touch(value.symbol, now_ns)
        self._changed(source, value.symbol, source.bars[value.symbol].cancel(value), "canceled", told)

    def _changed(self, source: FeedSource, symbol: str, open_ns: int | None, cause: Cause, told: list[Told]) -> None:
        """Tell that a minute changed, where it was taken from this source."""
        if open_ns is not None and self._minutes.uses(source, symbol, open_ns):
            self._change(told, open_ns, symbol, source.bars[symbol].bar(open_ns), cause)

    def _change(self, told: list[Told], open_ns: int, symbol: str, bar: Bar | None, cause: Cause) -> None:
        revised = self.sets.change(self._now_ns, open_ns, symbol, bar, cause)
        if revised is not None:
            told.append(revised)

    def _official(self, request: BackFill, bars: Sequence[VenueBar], told: list[Told]) -> None:
        self._days.heard(request, self._now_ns)
        for bar in bars if self.sets.daily else ():
            self._days.answered(bar)
            revised = self.sets.official(self._now_ns, bar)
            if revised is not None:
                told.append(revised)

    # minutes

    def _warm(self, told: list[Told]) -> None:
        """Tell the past once it reaches to live data, and what was held back until then."""
        if self._warming is None or not self._warming.joined(self._begin_ns):
            return
        past, before = self._warming.release(self._begin_ns), self._warming.last
        self._warming = None
        for source in self._listed:
            source.keep(MINUTES_KEPT)
        if before is not None:
            self.sets.follow(before)
        if past and self._hold(past[-1].bars):  # nobody has decided on it yet
            past.pop()
        held: list[Told] = []
        self._tell(held)
        last = max((place for place, one in enumerate(held) if isinstance(one, BarSet)), default=0)
        told += past
        self._judge(told, "")  # before what is decided on: else nothing is opened on it
        told += [
            Past(ts_ns=one.ts_ns, bars=one) if isinstance(one, BarSet) and place < last else one
            for place, one in enumerate(held)
        ]

    def _deadline(self, open_ns: int) -> int:
        return max(open_ns + NS_PER_MINUTE, self._began_ns) + self._grace_ns

    def _tell(self, told: list[Told]) -> None:
        """Tell the minutes that are decided, or whose grace has ended, in their order."""
        if self._warming is not None:
            return
        while self._open_ns is not None and self._open_ns + NS_PER_MINUTE <= self._now_ns:
            open_ns, is_open = self._open_ns, self.hours.is_open(self._open_ns)
            final = self._now_ns >= self._deadline(open_ns)
            bars = self._minutes.decided(open_ns, final=final) if is_open else {}
            if bars is None:
                return
            bar_set = self.sets.add(open_ns, bars)
            if bar_set is not None and not self._close(bar_set):
                told.append(bar_set)
            self._open_ns = open_ns + NS_PER_MINUTE

    def _close(self, told: BarSet) -> bool:
        """Ask for the official values of a day whose session has closed; return whether it is held back for them."""
        session = self.hours.session(told.ts_ns - 1)
        if not self.sets.daily or session is None or told.ts_ns != session.close_ns:
            return False
        self._days.want(session, self._symbols)
        return self._ahead_ns > 0 and self._hold(told)

    def _hold(self, told: BarSet) -> bool:
        """Hold a day back until it is time to decide on it; return whether the next session is still to open."""
        session = self.hours.session(told.ts_ns - 1)
        following = None if session is None else self.hours.following(session)
        if not self.sets.daily or self._before_close or following is None or following.open_ns <= self._now_ns:
            return False
        self._held = (following.open_ns - self._ahead_ns if self._ahead_ns else self._now_ns, following.close_ns, told)
        return True

    def _release(self, told: list[Told]) -> None:
        """Tell a day that was held back, as it is known by now, once it is time; who has slept over all of the next one decides on that."""
        if self._held is not None and self._now_ns >= self._held[0]:
            day, over = self.sets.renewed(self._held[2]), self._now_ns >= self._held[1]
            told.append(Past(ts_ns=day.ts_ns, bars=day) if over else day)
            self._held = None

    def _compare(self) -> None:
        """Let each source be held against the others, but for those that tell what is old, and what they tell against nothing."""
        for name, source in self.sources.items():
            beside = () if source.late else tuple(one for one in self._listed if one is not source and not one.late)
            self._others[name] = tuple(one.quality for one in beside)

    def _judge(self, told: list[Told], text: str) -> None:
        """Judge every source, and choose one for each symbol."""
        now_ns, before_ns, self._judged_ns = self._now_ns, self._judged_ns, self._now_ns
        if not self.hours.is_open(now_ns):
            self.halts.bands.clear()  # they are of one session
        for source in self._listed:
            late = source.late
            if source.account(before_ns, now_ns, used=source in self._in_use()):
                told.append(Alerted(ts_ns=now_ns, source=source.terms.name, score=source.score, text=text))
            if source.late != late:
                self._compare()
        for symbol in self._symbols:
            reasons = [source.unfit(symbol, now_ns) for source in self._listed]
            if symbol in self.halts.halted:
                # Nothing comes of a symbol that is halted: only connections are judged.
                reasons = [source.hindrance() for source in self._listed]
            failover = self._failover[symbol]
            before = failover.active
            if failover.judge(now_ns, [not reason for reason in reasons]):
                names = [self._listed[place].terms.name for place in (failover.active, before)]
                told.append(
                    Switched(ts_ns=now_ns, symbol=symbol, source=names[0], before=names[1], reason=reasons[before])
                )
            reason = reasons[failover.active] if self._warming is None else "strategies are not warm yet"
            if self._fit.get(symbol) != (not reason):
                self._fit[symbol] = not reason
                told.append(Fitness(ts_ns=now_ns, symbol=symbol, fit=not reason, reason=reason))
            if reason:
                self.unfit[symbol] = reason
            else:
                self.unfit.pop(symbol, None)
