"""Follow one source of live data: whether it is connected, since when nothing was missed, its minutes and its quality."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tenfold.domain.feed_settings import QualitySettings
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.live_bars import LiveBars
from tenfold.market.source_quality import SourceQuality
from tenfold.market.trading_hours import TradingHours

_NEVER: Final = 1 << 62
_CLEAR: Final = 1.0
_MINUTE_S: Final = NS_PER_MINUTE // NS_PER_SECOND
"""Of less than a minute no share is known."""


class SourceTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name a source, and say whether it tells prints and bars of its own.

    One that is `delayed` tells what happened a while ago, by its own terms: it is heard, and nothing is traded on it.
    """

    name: str
    prints: bool = True
    bars: bool = True
    delayed: bool = False


class FeedSource:
    """Hold the state of one source.

    Attributes
    ----------
    up : whether it is connected
    since_ns : since when nothing that it had to tell was missed
    heard_ns : when something came last
    unread_ns : since when something that it told could not be read, 0 where nothing is left to be asked for
    late : whether what it tells is old: by its terms, or by what was measured a second ago at most
    score, used_score : its quality, and that without what it missed while another source was in use
    """

    def __init__(
        self, terms: SourceTerms, symbols: Sequence[str], settings: QualitySettings, hours: TradingHours
    ) -> None:
        self.terms = terms
        self.up = False
        self.since_ns = _NEVER
        self.heard_ns = 0
        self.unread_ns = 0
        self.late = terms.delayed
        self.quality = SourceQuality(symbols, settings)
        self.bars = {symbol: LiveBars(symbol) for symbol in symbols}
        self.score = self.used_score = self._of_values = 100.0
        self._hours = hours
        self._linked_ns = 0
        self._began_ns = _NEVER
        self._alerted = False
        self.follow(settings)

    def follow(self, settings: QualitySettings) -> None:
        """Expect something else from here on."""
        self._silent_ns = round(settings.silent_s * NS_PER_SECOND)
        self.quality.follow(settings)

    def keep(self, minutes: int) -> None:
        """Keep so many minutes of each symbol from here on."""
        for bars in self.bars.values():
            bars.kept = minutes

    def link(self, ts_ns: int, up: bool) -> tuple[int, int] | None:
        """Take that the connection stands or broke; return the span [start, stop) that was missed once it stands."""
        missed = None
        if up and not self.up:
            missed = (max(self.heard_ns, self._linked_ns), ts_ns)
            self.since_ns = self._linked_ns = ts_ns
            self._began_ns = min(self._began_ns, ts_ns)
        self.up = up
        return missed

    def hear(self, ts_ns: int) -> tuple[int, int] | None:
        """Take that something came; return the span that was missed where it was silent for too long before."""
        missed = None
        last_ns = max(self.heard_ns, self._linked_ns)
        if self.is_silent(ts_ns):
            missed = (last_ns, ts_ns)
            self.since_ns = ts_ns
        self.heard_ns = ts_ns
        return missed

    def pause(self, now_ns: int) -> None:
        """Take that this process was held up until now: what came meanwhile is heard late, so that minutes are not whole."""
        if self.up:
            self.since_ns = now_ns

    def skip(self, now_ns: int) -> None:
        """Take that something could not be read: of this minute, or a change of one before."""
        self.pause(now_ns)
        self.unread_ns = self.unread_ns or now_ns

    def is_silent(self, now_ns: int) -> bool:
        """Say whether nothing came for so long, while the market was open, that the source counts as mute."""
        last_ns = max(self.heard_ns, self._linked_ns)
        if now_ns - last_ns <= self._silent_ns:
            return False
        return self._hours.open_between(last_ns, now_ns) > self._silent_ns

    def whole(self, open_ns: int, now_ns: int) -> bool:
        """Say whether everything that this source had to tell of a minute was heard."""
        return self.up and not self.late and self.since_ns <= open_ns and not self.is_silent(now_ns)

    def account(self, before_ns: int, now_ns: int, *, used: bool) -> bool:
        """Count the seconds without data since a moment, in which it was `used` or not, reckon score and delay; return whether the score falls below what raises an alert."""
        open_ns = self._hours.open_between(before_ns, now_ns)
        if open_ns and self._began_ns <= before_ns:
            seconds = open_ns / NS_PER_SECOND
            if not self.up:
                self.quality.miss("severed", now_ns, seconds, used=used)
            elif self.is_silent(now_ns):
                self.quality.miss("silent", now_ns, seconds, used=used)
        settings = self.quality.settings
        self.late = self.terms.delayed or self.quality.offset_ns > settings.clock_s * NS_PER_SECOND
        # Seconds are a share of the whole window also where the market has just opened: a few of the first minute are no bad quarter of an hour.
        window_s = max(settings.window_s, _MINUTE_S)
        self.score, self._of_values, self.used_score = self.quality.scores(now_ns, window_s)
        before = self._alerted
        # It is raised anew once the score has been well above, so that a score at the border does not ring all day.
        self._alerted = self.score < settings.alert_score + (_CLEAR if before else 0.0)
        return self._alerted and not before

    def hindrance(self) -> str:
        """Return why nothing may be traded on this source's data of any symbol, whatever comes; "" where it may."""
        if not self.up:
            return "not connected"
        return "delayed" if self.terms.delayed else ""

    def unfit(self, symbol: str, now_ns: int) -> str:
        """Return why nothing may be traded on this source's data of a symbol, "" where it may."""
        if hindrance := self.hindrance():
            return hindrance
        if not self._hours.is_open(now_ns):
            return ""
        if self.is_silent(now_ns):
            return "silent"
        if self._of_values < self.quality.settings.unfit_score:
            return f"quality {self._of_values:g} of 100"
        session = self._hours.session(now_ns)
        opened_ns = 0 if session is None else session.open_ns
        return self.quality.unfit(symbol, now_ns, max(opened_ns, self._linked_ns))
