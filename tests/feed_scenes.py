"""A market of random prints, sources that tell it with gaps, and a venue that answers over REST: scenes for the tests of feeds."""

import random
from dataclasses import dataclass, field

from tenfold.domain.events import Revised
from tenfold.domain.feed_settings import FeedSettings
from tenfold.domain.live_market import Print, VenueBar
from tenfold.domain.market import BarSet
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.back_fills import BackFill
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds

MINUTE = NS_PER_MINUTE
SECOND = NS_PER_SECOND
DAY = 20_420
OPEN_NS = DAY * 86_400 * SECOND + 14 * 3600 * SECOND + 30 * MINUTE
SYMBOLS = ("A", "B")


def session(minutes=390, day=DAY):
    """Return a session that opens at 14:30 UTC."""
    open_ns = OPEN_NS + (day - DAY) * 86_400 * SECOND
    return Session(day=day, open_ns=open_ns, close_ns=open_ns + minutes * MINUTE)


def prints(seed, minutes, symbols=SYMBOLS, per_minute=4.0):
    """Return random prints from the open on, in the order of time."""
    chance = random.Random(seed)  # noqa: S311 -- reproducible
    found, ts_ns, number = [], OPEN_NS, 0
    price = dict.fromkeys(symbols, 100.0)
    while True:
        ts_ns += round(chance.expovariate(per_minute * len(symbols)) * MINUTE) + 1
        if ts_ns >= OPEN_NS + minutes * MINUTE:
            return found
        symbol = chance.choice(symbols)
        price[symbol] = round(price[symbol] * chance.uniform(0.999, 1.001), 2)
        number += 1
        found.append(
            Print(ts_ns=ts_ns, symbol=symbol, price=price[symbol], size=float(chance.randint(1, 500)), trade_id=str(number))
        )  # fmt: skip


def venue_bars(every):
    """Return the minute bars of prints by (symbol, beginning), by the plainest of means."""
    groups = {}
    for one in every:
        groups.setdefault((one.symbol, one.ts_ns // MINUTE * MINUTE), []).append(one)
    bars = {}
    for (symbol, open_ns), group in groups.items():
        price, volume = [one.price for one in group], sum(one.size for one in group)
        bars[symbol, open_ns] = VenueBar(
            ts_ns=open_ns + MINUTE, symbol=symbol, kind="minute", open_ns=open_ns, open=price[0], high=max(price),
            low=min(price), close=price[-1], volume=volume, trades=len(group),
            vwap=sum(one.price * one.size for one in group) / volume,
        )  # fmt: skip
    return bars


def values(bar):
    """Return what two bars are compared by."""
    return bar.open, bar.high, bar.low, bar.close, bar.volume


@dataclass
class Listener:
    """Drive feeds through time, answer what they ask for, and keep what they tell."""

    feeds: Feeds
    truth: dict
    answers: bool = True
    delay_ns: int = SECOND // 5
    told: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    waiting: list = field(default_factory=list)

    def take(self, found, now_ns):
        for one in found:
            if isinstance(one, BackFill):
                self.asked.append(one)
                self.waiting.append((now_ns + self.delay_ns, one))
            else:
                self.told.append(one)

    def until(self, now_ns):
        """Let time pass up to a moment, answering on the way."""
        while True:
            due_ns = self.feeds.next_due_ns()
            answer_ns = min((at for at, _ in self.waiting), default=1 << 62) if self.answers else 1 << 62
            at = min(due_ns, answer_ns)
            if at > now_ns:
                break
            if answer_ns <= due_ns:
                request = next(one for when, one in self.waiting if when == answer_ns)
                self.waiting.remove((answer_ns, request))
                self.take(self.feeds.back_filled(at, request, self.bars_of(request)), at)
            else:
                self.take(self.feeds.advance(at), at)

    def bars_of(self, request):
        return [
            bar for (symbol, open_ns), bar in self.truth.items()
            if symbol in request.symbols and request.start_ns <= open_ns < request.stop_ns
        ]  # fmt: skip

    def hear(self, source, now_ns, *found):
        self.until(now_ns)
        self.take(self.feeds.take(source, now_ns, found), now_ns)

    def link(self, source, now_ns, up=True):
        self.until(now_ns)
        self.take(self.feeds.linked(source, now_ns, up), now_ns)

    def sets(self):
        return [one for one in self.told if isinstance(one, BarSet)]

    def of(self, kind):
        return [one for one in self.told if isinstance(one, kind)]

    def known(self):
        """Return what the bars were told to be in the end, by (symbol, beginning)."""
        found = {}
        for one in self.told:
            bars = one.bars if isinstance(one, BarSet) else [one.bar] if isinstance(one, Revised) else []
            found |= {(bar.symbol, bar.open_ns): values(bar) for bar in bars}
        return found


def listener(every, *terms, minutes=390, symbols=SYMBOLS, begin_ns=OPEN_NS - MINUTE, **more):
    """Return feeds over sources of those names, begun before the open."""
    sources = [SourceTerms(name=one, bars=False) if isinstance(one, str) else one for one in terms or ("first",)]
    settings = more.pop("settings", None) or FeedSettings()
    sessions = more.pop("sessions", [session(minutes)])
    scene = Listener(Feeds(symbols, sources, sessions, settings=settings, **more), venue_bars(every))
    scene.feeds.advance(begin_ns)
    return scene
