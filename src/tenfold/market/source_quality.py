"""Judge a source of live data: what is wrong with its values, for how long it says nothing, and a score from 0 to 100.

How it works
------------
Every value is judged alone, against what came before it from the same source, and against the other sources. Counts are kept
by minute, so that the score tells of a window that moves along. The costs of defects are those of stored data
(`market.quality_report`); seconds in which nothing came while it should have are counted like rows.
"""

from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import Final

from tenfold.domain.feed_settings import QualitySettings
from tenfold.domain.live_market import Print
from tenfold.domain.market import Quote
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.live_bars import PRICE_MAX, is_print
from tenfold.market.quality_report import quality_score

TIMED: Final = ("severed", "silent")
"""Defects that are counted in seconds."""

_ASIDE: Final = {name: f"{name}_aside" for name in TIMED}
"""Names of those of them in which another source was in use."""

_NEIGHBOURS: Final = 5
_DISORDER_NS: Final = 10_000_000


class Seen:
    """Hold what one source told last of one symbol; times are those of receipt, 0 where nothing came yet."""

    __slots__ = ("crossed_ns", "heard_ns", "price", "price_ns", "prices", "quote", "quote_ns", "ts_ns")

    def __init__(self) -> None:
        self.heard_ns = 0
        self.ts_ns = 0
        self.quote: Quote | None = None
        self.quote_ns = 0
        self.crossed_ns = 0
        self.price = 0.0
        self.price_ns = 0
        self.prices: deque[float] = deque(maxlen=_NEIGHBOURS)


class SourceQuality:
    """Judge what one source tells.

    Attributes
    ----------
    offset_ns : least time from the venue's stamp to receipt within the window; negative where the venue's clock is ahead
    seen : by symbol, what was told last
    total : what was counted since the beginning; "" counts the values
    """

    def __init__(self, symbols: Sequence[str], settings: QualitySettings) -> None:
        self.total: dict[str, float] = {}
        self.seen = {symbol: Seen() for symbol in symbols}
        self._minutes: deque[tuple[int, dict[str, float]]] = deque()
        self._counts: dict[str, float] = {}
        self._delays: deque[tuple[int, int]] = deque()
        self.follow(settings)

    def follow(self, settings: QualitySettings) -> None:
        """Expect something else from here on; by a clock that has moved, delays of before say nothing."""
        self._delays.clear()
        self.settings = settings
        self._clock_ns = round(settings.clock_s * NS_PER_SECOND)
        self._beside_ns = round(settings.beside_s * NS_PER_SECOND)

    # values

    def quote(self, quote: Quote, received_ns: int, others: Sequence["SourceQuality"]) -> bool:
        """Take a quote; return whether it may be shown: it has both sides, is not crossed, and no outlier."""
        seen = self._heard(quote.symbol, quote.ts_ns, received_ns)
        bid, ask = quote.bid, quote.ask
        if not (0.0 < bid < PRICE_MAX and 0.0 < ask < PRICE_MAX):
            self.count("one_sided", received_ns)
            return False
        if ask < bid:
            self.count("crossed", received_ns)
            seen.crossed_ns = seen.crossed_ns or received_ns
            return False
        if ask == bid:
            self.count("zero_spread", received_ns)
        seen.crossed_ns = 0
        if self._priced(seen, quote.symbol, 0.5 * (bid + ask), received_ns, others):
            return False  # of one word that another source denies no loss is measured
        seen.quote, seen.quote_ns = quote, received_ns
        return True

    def trade(self, one: Print, received_ns: int, others: Sequence["SourceQuality"], *, beyond: bool = False) -> bool:
        """Take a print; return whether it is an outlier: far from the other sources, or beyond the price bands."""
        seen = self._heard(one.symbol, one.ts_ns, received_ns)
        if not is_print(one.price, one.size):
            self.count("nonpositive_price" if one.size > 0.0 else "zero_volume", received_ns)
            return True
        outlier = self._priced(seen, one.symbol, one.price, received_ns, others)
        if beyond and not outlier:
            self.count("outlier", received_ns)
        return outlier or beyond

    def ahead(self, open_ns: int, now_ns: int) -> str:
        """Return the defect of a bar of a minute that has not begun, "" where it may have: kept, it would be decided on in its time."""
        return "early_receipt" if open_ns > now_ns + self._clock_ns else ""

    def touch(self, symbol: str, received_ns: int) -> None:
        """Take that something else was told of a symbol."""
        seen = self.seen[symbol]
        seen.heard_ns = received_ns
        self.count("", received_ns)

    def count(self, name: str, received_ns: int, times: float = 1.0) -> None:
        """Count a defect of `market.quality_report.DEFECTS`; "" is a value, whether or not it has one."""
        if times == 0.0:
            return
        minute = received_ns // NS_PER_MINUTE
        if not self._minutes or self._minutes[-1][0] < minute:
            self._counts = {}
            self._minutes.append((minute, self._counts))
        self._counts[name] = self._counts.get(name, 0.0) + times
        self.total[name] = self.total.get(name, 0.0) + times

    # judgement

    def counts(self, now_ns: int) -> dict[str, float]:
        """Return what was counted within the window; "" counts the values, "severed" and "silent" seconds."""
        since = (now_ns - round(self.settings.window_s * NS_PER_SECOND)) // NS_PER_MINUTE
        while self._minutes and self._minutes[0][0] < since:
            self._minutes.popleft()
        total: dict[str, float] = {}
        for _, counted in self._minutes:
            for name, times in counted.items():
                total[name] = total.get(name, 0.0) + times
        return total

    def miss(self, name: str, now_ns: int, seconds: float, *, used: bool) -> None:
        """Count seconds that were missed; they are no fault of the data in use where it was not `used`, but another source."""
        self.count(name, now_ns, seconds)
        if not used:
            self.count(_ASIDE[name], now_ns, seconds)

    def scores(self, now_ns: int, window_s: float) -> tuple[float, float, float]:
        """Return the scores of the window, whose silence is a share of so many seconds: of all, of the values alone, and of all while it was in use.

        100 is clean. Costs of values are reckoned by their number, those of silence by the seconds.
        """
        counted = self.counts(now_ns)
        values = int(counted.pop("", 0.0))
        aside = {name: counted.pop(_ASIDE[name], 0.0) for name in TIMED}
        seconds = {name: counted.pop(name, 0.0) for name in TIMED}
        of_values = quality_score({name: round(times) for name, times in counted.items()}, values)
        lost = [
            {name: round(seconds[name]) for name in TIMED},
            {name: round(seconds[name] - aside[name]) for name in TIMED},
        ]
        score, used = (round(max(0.0, of_values + quality_score(one, round(window_s)) - 100.0), 1) for one in lost)
        return score, of_values, used

    @property
    def offset_ns(self) -> int:
        """Least time from the venue's stamp to receipt in the last minutes, 0 before anything came."""
        return min((delay for _, delay in self._delays), default=0)

    def unfit(self, symbol: str, now_ns: int, open_since_ns: int) -> str:
        """Return why nothing may be traded on what this source tells of a symbol, "" where it may.

        `open_since_ns` is when the market opened or the source connected, whichever was later.
        """
        seen, settings = self.seen[symbol], self.settings
        quiet_ns = now_ns - max(seen.heard_ns, open_since_ns)
        if quiet_ns > settings.stale_s * NS_PER_SECOND:
            return f"nothing came for {quiet_ns / NS_PER_SECOND:.0f} s"
        if seen.heard_ns < open_since_ns:
            return "nothing has come yet"
        if seen.crossed_ns and now_ns - seen.crossed_ns > settings.crossed_s * NS_PER_SECOND:
            return "the quote is crossed"
        if abs(self.offset_ns) > self._clock_ns:
            return f"its clock is {self.offset_ns / NS_PER_SECOND:.1f} s from ours"
        return ""

    def _heard(self, symbol: str, ts_ns: int, received_ns: int) -> Seen:
        seen = self.seen[symbol]
        self.count("", received_ns)
        if ts_ns < seen.ts_ns - _DISORDER_NS:
            self.count("disorder", received_ns)
        else:
            # One odd stamp far ahead does not put all that follow out of order.
            seen.ts_ns = max(seen.ts_ns, min(ts_ns, received_ns + self._clock_ns))
            delay = received_ns - ts_ns
            minute = received_ns // NS_PER_MINUTE
            if not self._delays or self._delays[-1][0] < minute:
                self._delays.append((minute, delay))
                if len(self._delays) > 2:
                    self._delays.popleft()
            elif delay < self._delays[-1][1]:
                self._delays[-1] = (minute, delay)
            if delay < -self._clock_ns:
                self.count("early_receipt", received_ns)
        seen.heard_ns = received_ns
        return seen

    def _priced(
        self, seen: Seen, symbol: str, price: float, received_ns: int, others: Sequence["SourceQuality"]
    ) -> bool:
        """Take a price; return whether the other sources, and what this one told before, are far from it."""
        frac = self.settings.outlier_frac
        outlier = False
        for other in others:
            beside = other.seen[symbol]
            if beside.price > 0.0 and received_ns - beside.price_ns <= self._beside_ns:
                # Who is right is told by what was before: a market that moves leaves both behind.
                far = abs(price / beside.price - 1.0) > frac
                outlier |= far and (not seen.prices or abs(median(seen.prices) / price - 1.0) > frac)
        seen.prices.append(price)
        if outlier:
            self.count("outlier", received_ns)
        else:
            seen.price, seen.price_ns = price, received_ns
        return outlier
