"""Watch for people what comes of live data: whether bars and quotes do, and what is not opened, and why."""

from collections import Counter
from collections.abc import Sequence

from tenfold.app.live.alarms import Alarms
from tenfold.domain.events import Event, Fitness
from tenfold.domain.market import BarSet
from tenfold.domain.units import format_ns
from tenfold.market.feeds import Feeds

_SYMBOLS_SHOWN = 12
_BARS = 2
"""Bars without a quote before it is said: one may have been asked for as the streams were opened."""
_LASTING = 30
"""Looks in a row at which something is not traded on for another reason than was said, before that is said."""


class BarWatch:
    """Say where no bars come, and what the decision on them leaves out; in the shadow also where no quotes come, by which alone orders are filled there."""

    def __init__(self, feeds: Feeds, symbols: Sequence[str], alarms: Alarms, *, shadow: bool = False) -> None:
        self._feeds = feeds
        self._symbols = tuple(symbols)
        self._alarms = alarms
        self._why: dict[str, str] = {}  # by symbol, the kind of reason that was said last why it is not traded on
        self._others: Counter[tuple[str, str]] = Counter()
        self._open = True  # of the first session some may be over
        self._sets: int | None = None  # since the market opened
        self._shadow = shadow
        self._unquoted: Counter[str] = Counter()

    def note(self, event: Event) -> None:
        """Keep that bars came, with quotes or without, and why a symbol is not traded on; say what the decision of a day leaves out."""
        if isinstance(event, BarSet):
            if self._sets is not None:
                self._sets += 1
            if self._feeds.sets.daily:
                self._left_out(event)
            if self._shadow:
                self._quotes(event)
        elif isinstance(event, Fitness):
            self._why[event.symbol] = _kind(event.reason)

    def look(self, ts_ns: int) -> None:
        """Say what lasts: that something is not traded on for another reason by now, and that no bars came."""
        self._reasons(ts_ns)
        self._silence(ts_ns)

    def _left_out(self, bars: BarSet) -> None:
        """Say in what the decision of a day opens nothing since the data are not fit: the next is a day away, and what is left of a cut one decides nothing."""
        decided = [bar.symbol for bar in bars.bars if self._feeds.sets.whole_days or bar.remaining_s > 0]
        if unfit := [symbol for symbol in decided if symbol in self._feeds.unfit]:
            text = f"the decision of {format_ns(bars.ts_ns)} opens nothing in {few_of(unfit)}: {self._feeds.unfit[unfit[0]]}"
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
            self._alarms.tell(ts_ns, f"{few_of(symbols)} still not traded on: {unfit[symbols[0]]}")

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
        text = f"no quotes of {few_of(silent)} come, and in the shadow orders are filled by quotes alone: none of its orders will be, and the ladder counts that against it"
        self._alarms.keep(moment.ts_ns, "quotes", text if silent else "")


def few_of(symbols: Sequence[str]) -> str:
    """Return symbols as people are shown them: the first of them, and how many more there are."""
    more = f" and {len(symbols) - _SYMBOLS_SHOWN} more" if len(symbols) > _SYMBOLS_SHOWN else ""
    return f"{', '.join(symbols[:_SYMBOLS_SHOWN])}{more}"


def _kind(reason: str) -> str:
    """Return what tells a reason from others: how long, or how far, is another each time."""
    return reason.partition(" ")[0]
