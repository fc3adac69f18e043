"""Watch the sources of live data for people: which one is in use of what, what each is worth, when one took the place of another, and whether bars come at all."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from tenfold.app.live.alarms import Alarms
from tenfold.domain.events import Event, Fitness, Switched
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_SECOND, format_ns
from tenfold.market.feeds import Feeds

_SYMBOLS_SHOWN = 12
_KEPT = 50
_BARS = 2
"""Bars without a quote before it is said: one may have been asked for as the streams were opened."""
_PATIENCE = 5
"""Looks in a row at which two sources tell other prices before it is said: a market that moves is told by one before the other."""
_LASTING = 30
"""Looks in a row at which something is not traded on for another reason than was said, before that is said."""


class SourceWatch:
    """Tell how the sources of feeds stand; in the shadow also where no quotes come, by which alone orders are filled there."""

    def __init__(self, feeds: Feeds, symbols: Sequence[str], alarms: Alarms, *, shadow: bool = False) -> None:
        self._feeds = feeds
        self._symbols = tuple(symbols)
        self._alarms = alarms
        self._told: dict[tuple[int, str, str, str], list[str]] = {}
        self._looks: Counter[tuple[str, str, str]] = Counter()
        self._why: dict[str, str] = {}  # by symbol, the kind of reason that was said last why it is not traded on
        self._others: Counter[tuple[str, str]] = Counter()
        self._open = True  # of the first session some may be over
        self._sets: int | None = None  # since the market opened
        self._shadow = shadow
        self._unquoted: Counter[str] = Counter()

    def note(self, event: Event) -> None:
        """Keep that bars came, with quotes or without, why a symbol is not traded on, and changes of source; say what the decision of a day leaves out."""
        if isinstance(event, BarSet):
            if self._sets is not None:
                self._sets += 1
            if self._feeds.sets.daily:
                self._left_out(event)
            if self._shadow:
                self._quotes(event)
        elif isinstance(event, Fitness):
            self._why[event.symbol] = _kind(event.reason)
        if not isinstance(event, Switched):
            return
        self._told.setdefault((event.ts_ns, event.before, event.source, event.reason), []).append(event.symbol)
        if len(self._told) > _KEPT:
            del self._told[next(iter(self._told))]

    def failovers(self) -> tuple[str, ...]:
        """Return the latest moments at which a source took the place of another, a line each."""
        return tuple(
            f"{format_ns(ts_ns)}  {_listed(symbols)} from {before} to {source}{f': {before} was {reason}' if reason else ', which is fit again'}"
            for (ts_ns, before, source, reason), symbols in self._told.items()
        )

    def streams(self, ts_ns: int, troubles: Mapping[str, str]) -> None:
        """Say which symbols are halted, which streams do not stand and what follows from it, and which of several sources tell other prices."""
        for symbol in self._symbols:
            why = self._feeds.halts.halted.get(symbol)
            text = f"{symbol} is halted ({why}): nothing is opened in it, and what is to leave waits at the venue until it is traded again"
            self._alarms.keep(ts_ns, f"halt {symbol}", "" if why is None else text)
        self._reasons(ts_ns)
        self._silence(ts_ns)
        if len(troubles) == 1:
            self._alarms.stream(ts_ns, "the stream of market data", *troubles.values())
            return
        stands = any(not trouble for trouble in troubles.values())
        for name, trouble in troubles.items():
            follows = "the others are gone on with" if stands else "nothing is opened until one stands"
            self._alarms.stream(ts_ns, f"source {name}", trouble, follows)
        if self._feeds.hours.is_open(ts_ns):
            self._prices(ts_ns)

    def _left_out(self, bars: BarSet) -> None:
        """Say in what the decision of a day opens nothing since the data are not fit: the next is a day away, and what is left of a cut one decides nothing."""
        decided = [bar.symbol for bar in bars.bars if self._feeds.sets.whole_days or bar.remaining_s > 0]
        if unfit := [symbol for symbol in decided if symbol in self._feeds.unfit]:
            text = f"the decision of {format_ns(bars.ts_ns)} opens nothing in {_listed(unfit)}: {self._feeds.unfit[unfit[0]]}"
            self._alarms.tell(bars.ts_ns, text)

    def _reasons(self, ts_ns: int) -> None:
        """Say why symbols are not traded on where that is another reason by now than was said as it began, which is soon "not connected"."""
        unfit = self._feeds.unfit if self._feeds.hours.is_open(ts_ns) else {}
        kinds = {symbol: _kind(reason) for symbol, reason in unfit.items()}
        others = {(symbol, kind) for symbol, kind in kinds.items() if symbol in self._why and self._why[symbol] != kind}
        self._others = Counter({one: self._others[one] + 1 for one in others})
        lasting: dict[str, list[str]] = {}
        for (symbol, kind), looks in sorted(self._others.items()):
            if looks >= _LASTING:
                self._why[symbol] = kind
                lasting.setdefault(kind, []).append(symbol)
        for symbols in lasting.values():
            self._alarms.tell(ts_ns, f"{_listed(symbols)} still not traded on: {unfit[symbols[0]]}")

    def _silence(self, ts_ns: int) -> None:
        """Say that nothing was decided on from one open to the next."""
        before, self._open = self._open, self._feeds.hours.is_open(ts_ns)
        if self._open and not before:
            text = "no bars came from the last open to this one, and nothing was decided: they are made of the venue's minutes, and an exchange that replays longer bars"
            self._alarms.keep(
                ts_ns, "bars", f"{text} tells none; `tenfold paper` trades those" if self._sets == 0 else ""
            )
            self._sets = 0

    def _quotes(self, moment: BarSet) -> None:
        """Say of which symbols bars come and no quote ever did."""
        self._unquoted.update(bar.symbol for bar in moment.bars)
        silent = [one for one in self._symbols if self._unquoted[one] >= _BARS and self._feeds.quote(one) is None]
        text = f"no quotes of {_listed(silent)} come, and in the shadow orders are filled by quotes alone: none of its orders will be, and the ladder counts that against it"
        self._alarms.keep(moment.ts_ns, "quotes", text if silent else "")

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
            yield "halted", _listed(halted)
        if len(self._feeds.sources) == 1:
            return
        used: dict[str, list[str]] = {name: [] for name in self._feeds.sources}
        for symbol in self._symbols:
            used[self._feeds.active(symbol)].append(symbol)
        for name, symbols in used.items():
            source = self._feeds.sources[name]
            stands = source.hindrance() or "in reserve"
            yield f"source {name}", f"quality {source.score:g} of 100; {_listed(symbols) if symbols else stands}"


def _kind(reason: str) -> str:
    """Return what tells a reason from others: how long, or how far, is another each time."""
    return reason.partition(" ")[0]


def _listed(symbols: list[str]) -> str:
    more = f" and {len(symbols) - _SYMBOLS_SHOWN} more" if len(symbols) > _SYMBOLS_SHOWN else ""
    return f"{', '.join(symbols[:_SYMBOLS_SHOWN])}{more}"
