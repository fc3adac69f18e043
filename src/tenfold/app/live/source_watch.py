"""Watch the sources of live data for people: which one is in use of what, what each is worth, and when one took the place of another."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from tenfold.app.live.alarms import Alarms
from tenfold.app.live.bar_watch import BarWatch, few_of
from tenfold.domain.events import Event, Switched
from tenfold.domain.units import NS_PER_SECOND, format_ns
from tenfold.market.feeds import Feeds

_KEPT = 50
_PATIENCE = 5
"""Looks in a row at which two sources tell other prices before it is said: a market that moves is told by one before the other."""


class SourceWatch:
    """Tell how the sources of feeds stand, and by `BarWatch` what comes of them."""

    def __init__(self, feeds: Feeds, symbols: Sequence[str], alarms: Alarms, *, shadow: bool = False) -> None:
        self._feeds = feeds
        self._symbols = tuple(symbols)
        self._alarms = alarms
        self._told: dict[tuple[int, str, str, str], list[str]] = {}
        self._looks: Counter[tuple[str, str, str]] = Counter()
        self._bars = BarWatch(feeds, symbols, alarms, shadow=shadow)

    def note(self, event: Event) -> None:
        """Keep that a symbol comes from another source, those of one moment together, and what came."""
        self._bars.note(event)
        if not isinstance(event, Switched):
            return
        self._told.setdefault((event.ts_ns, event.before, event.source, event.reason), []).append(event.symbol)
        if len(self._told) > _KEPT:
            del self._told[next(iter(self._told))]

    def failovers(self) -> tuple[str, ...]:
        """Return the latest moments at which a source took the place of another, a line each."""
        return tuple(
            f"{format_ns(ts_ns)}  {few_of(symbols)} from {before} to {source}{f': {before} was {reason}' if reason else ', which is fit again'}"
            for (ts_ns, before, source, reason), symbols in self._told.items()
        )

    def streams(self, ts_ns: int, troubles: Mapping[str, str]) -> None:
        """Say which symbols are halted, which streams do not stand and what follows from it, and which of several sources tell other prices."""
        for symbol in self._symbols:
            why = self._feeds.halts.halted.get(symbol)
            text = f"{symbol} is halted ({why}): nothing is opened in it, and what is to leave waits at the venue until it is traded again"
            self._alarms.keep(ts_ns, f"halt {symbol}", "" if why is None else text)
        self._bars.look(ts_ns)
        if len(troubles) == 1:
            self._alarms.stream(ts_ns, "the stream of market data", *troubles.values())
            return
        stands = any(not trouble for trouble in troubles.values())
        for name, trouble in troubles.items():
            follows = "the others are gone on with" if stands else "nothing is opened until one stands"
            self._alarms.stream(ts_ns, f"source {name}", trouble, follows)
        if self._feeds.hours.is_open(ts_ns):
            self._prices(ts_ns)

    def _prices(self, ts_ns: int) -> None:
        """Say where quotes of two sources stay far apart: each goes by what it told before, and scores well again."""
        for symbol in self._symbols:
            for one, other in combinations(self._feeds.sources, 2):
                pair = symbol, one, other
                self._looks[pair] = self._looks[pair] + 1 if self._apart(ts_ns, *pair) else 0
                text = f"{one} and {other} tell other prices of {symbol}, and nobody here can tell which ones are right: look, and halt if they are not"
                self._alarms.keep(ts_ns, f"prices {pair}", text if self._looks[pair] >= _PATIENCE else "")

    def _apart(self, ts_ns: int, symbol: str, *names: str) -> bool:
        """Say whether the bid of one source is far above the ask of another, both of now."""
        quotes = []
        for source in (self._feeds.sources[name] for name in names):
            seen, expected = source.quality.seen[symbol], source.quality.settings
            if source.late or seen.quote is None or ts_ns - seen.quote_ns > expected.beside_s * NS_PER_SECOND:
                return False
            quotes.append((seen.quote.bid, seen.quote.ask * (1.0 + expected.outlier_frac)))
        (bid, ask), (other_bid, other_ask) = quotes
        return bid > other_ask or other_bid > ask

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what a screen shows of data: what they are worth, and with several sources which one is in use of what."""
        unfit = self._feeds.unfit
        why = "; ".join(f"{symbol}: {reason}" for symbol, reason in list(unfit.items())[:3]) or "fit"
        yield "data", f"quality {self._feeds.score():g} of 100; {why}"
        if halted := [symbol for symbol in self._symbols if symbol in self._feeds.halts.halted]:
            yield "halted", few_of(halted)
        if len(self._feeds.sources) == 1:
            return
        used: dict[str, list[str]] = {name: [] for name in self._feeds.sources}
        for symbol in self._symbols:
            used[self._feeds.active(symbol)].append(symbol)
        for name, symbols in used.items():
            source = self._feeds.sources[name]
            stands = source.hindrance() or "in reserve"
            yield f"source {name}", f"quality {source.score:g} of 100; {few_of(symbols) if symbols else stands}"
