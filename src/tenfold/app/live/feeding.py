"""Drive feeds by what sources stream, by their REST, and by time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from tenfold.app import wiring
from tenfold.app.live.shown_once import ShownOnce
from tenfold.app.live.sources import Source
from tenfold.domain.errors import UserError, WorldError
from tenfold.domain.live_market import LiveValue, Print, VenueBar
from tenfold.domain.market import BarSet
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.market.back_fills import BackFill
from tenfold.market.feeds import Feeds, Told
from tenfold.ports import Clock

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.market_data import Channel

TICK_S: Final = 0.1
"""Longest time for which nothing is looked at."""

_CHANNELS: "Final[tuple[Channel, ...]]" = (
    "trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds",
)  # fmt: skip
_OF_SHARES: Final = frozenset({"statuses", "lulds"})
"""Channels that venues of coins, which never halt, do not have."""
_UNREAD_MAX: Final = 10
_UNREAD_SHOWN: Final = 120


class SteadyClock:
    """Tell the time from a moment on by a clock that never jumps; at a venue that replays faster, `rate` seconds pass in one."""

    def __init__(self, clock: Clock, now_ns: int, rate: int = 1) -> None:
        self.monotonic_ns = clock.monotonic_ns
        self.today = clock.today
        self._told_ns = now_ns
        self.follow(now_ns, rate)

    def follow(self, now_ns: int, rate: int) -> None:
        """Go on from a moment at a pace; time does not go back: where it has run ahead, it stands until that moment comes."""
        self.rate = rate
        self._begin_ns = now_ns - rate * self.monotonic_ns()

    def stand(self, until_ns: int) -> None:
        """Stand at a moment, where that is still to come, until it has."""
        self._told_ns = max(self._told_ns, until_ns)

    def now_ns(self) -> int:
        """Return UTC nanoseconds since 1970."""
        self._told_ns = max(self._told_ns, self._begin_ns + self.rate * self.monotonic_ns())
        return self._told_ns


class SourceLine:
    """Hold the connections of one source.

    Attributes
    ----------
    refused : why its stream is not opened any more, "" while it is
    """

    def __init__(
        self,
        source: Source,
        wanted: "Mapping[Channel, Sequence[str]]",
        feed: "LiveFeed",
        hours: Sequence[Session],
        clock: Clock,
        record: Callable[[str, int, bytes], None] | None,
    ) -> None:
        self.name = source.terms.name
        self.refused = ""
        self.stream = wiring.alpaca_market_data(
            source.access, source.keys, wanted, clock, partial(feed.take, self.name), partial(feed.link, self.name), hours,
            None if record is None else partial(record, self.name),
        )  # fmt: skip
        self.reference = wiring.alpaca_reference(source.access, source.keys, clock)
        self.served = False
        self.serves = True

    @property
    def trouble(self) -> str:
        """What its last connection failed of, "" while one is ready."""
        return self.refused or self.stream.trouble


class LiveFeed:
    """Run feeds over their sources.

    A source that refuses what it is asked for, say since the account has not subscribed to it, is told once and gone on without,
    as long as there is another.

    Parameters
    ----------
    sources : those of the feeds, in the same order
    clock : on the venue's line of time, without jumps
    tell : gets what feeds tell, in order; requests over REST are seen to here and told too
    record : gets the name of the source, the moment of receipt and each frame as it came
    show : gets the values of each frame before feeds do, of each symbol those of the source that is in use
    say : gets a line for what a source refuses
    """

    def __init__(
        self,
        feeds: Feeds,
        symbols: Sequence[str],
        sources: Sequence[Source],
        clock: Clock,
        tell: Callable[[Sequence[Told]], None],
        *,
        tick_s: float = TICK_S,
        record: Callable[[str, int, bytes], None] | None = None,
        show: Callable[[list[LiveValue]], None] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._feeds = feeds
        self._clock = clock
        self._tell = tell
        self._tick_s = tick_s
        self._say = say
        self._show = None if show is None else ShownOnce(show, feeds, several=len(sources) > 1)
        self._bare = {one.terms.name for one in sources if one.access.account == "simulated"}  # told no print so far
        for name in self._bare:
            self._expect_prints(name, expected=False)
        coins = any("/" in symbol for symbol in symbols)
        wanted = {one: list(symbols) for one in _CHANNELS if not (coins and one in _OF_SHARES)}
        hours = feeds.hours.sessions or ()
        self._lines = {one.terms.name: SourceLine(one, wanted, self, hours, clock, record) for one in sources}
        self._asked: set[asyncio.Task[None]] = set()
        self._refusal: UserError | None = None  # what was missed will never be told
        self._unread: set[tuple[str, str]] = set()  # kinds of messages of a source that were named

    async def run(self, *beside: Callable[[], Awaitable[None]]) -> None:
        """Run, and something beside, until the task is cancelled; UserError where no source takes the keys, the symbols, or tells past bars."""
        parts = [self._advance(), *(one() for one in beside), *(self._hear(one) for one in self._lines.values())]
        tasks = [asyncio.ensure_future(one) for one in parts]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in (*tasks, *self._asked):
                task.cancel()
            await asyncio.gather(*tasks, *self._asked, return_exceptions=True)
            for one in self._lines.values():
                one.reference.close()

    def troubles(self) -> dict[str, str]:
        """Return by source what its last connection failed of, "" while one is ready."""
        return {name: one.trouble for name, one in self._lines.items()}

    def remember(self, sets: Sequence[BarSet], until_ns: int, last: BarSet | None = None) -> None:
        """Take what closed up to a moment, and the last that was shown before, and ask the venue for the rest, so that strategies are warm before they are asked."""
        self._told(self._feeds.remember(self._clock.now_ns(), sets, until_ns, last))

    def take(self, source: str, received_ns: int, values: list[LiveValue]) -> None:
        """Take what a source streams."""
        if source in self._bare and any(isinstance(value, Print) for value in values):
            self._bare.remove(source)
            self._expect_prints(source, expected=True)
        if self._show is not None:
            self._show.take(source, received_ns, values)
        self._told(self._feeds.take(source, received_ns, values))

    def link(self, source: str, state: Literal["connected", "severed", "unread"], text: str, ts_ns: int) -> None:
        """Take how a source's stream stands."""
        if state == "unread":
            self._name_unread(source, text)
            self._told(self._feeds.unread(source, ts_ns))
        else:
            self._told(self._feeds.linked(source, ts_ns, state == "connected", text))

    def _name_unread(self, source: str, text: str) -> None:
        """Say once of each kind of message that it cannot be read: what else lowers the quality of a source says so itself."""
        kind = source, text.partition(":")[0]
        if kind not in self._unread and len(self._unread) < _UNREAD_MAX:
            self._unread.add(kind)
            shown = " ".join(text.split())[:_UNREAD_SHOWN]
            self._say(f"a message of source {source} cannot be read, and it is gone on without it: {shown}")

    def _expect_prints(self, source: str, *, expected: bool) -> None:
        """Hold the bars of a source against its prints, or not: a simulated exchange that replays bars has none."""
        heard = self._feeds.sources[source]
        heard.terms = replace(heard.terms, prints=expected)

    async def _hear(self, line: SourceLine) -> None:
        """Hear a source until it refuses; the refusal of the last one is raised."""
        try:
            await line.stream.run()
        except UserError as error:
            line.refused = str(error)
            if all(one.refused for one in self._lines.values()):
                raise
            self._say(f"source {line.name} is left out: {error}")

    async def _advance(self) -> None:
        while True:
            if self._refusal is not None:
                raise self._refusal
            now_ns = self._clock.now_ns()
            if now_ns >= self._feeds.next_due_ns():
                self._told(self._feeds.advance(now_ns))
            wait_s = (self._feeds.next_due_ns() - now_ns) / NS_PER_SECOND
            await asyncio.sleep(min(max(wait_s, 0.001), self._tick_s))

    def _told(self, told: Sequence[Told]) -> None:
        if not told:
            return
        self._tell(told)
        for one in told:
            if isinstance(one, BackFill):
                for part in self._parts(one):
                    task = asyncio.ensure_future(self._answer(part))
                    self._asked.add(task)
                    task.add_done_callback(self._asked.discard)

    def _parts(self, request: BackFill) -> list[BackFill]:
        """Return a request by the sources that its symbols come from; what closed before is asked for in one, whose bar sets go together."""
        if request.kind == "history" or len(self._lines) == 1:
            return [request]
        symbols: dict[str, list[str]] = {}
        for symbol in request.symbols:
            symbols.setdefault(self._feeds.active(symbol), []).append(symbol)
        return [replace(request, symbols=tuple(listed)) for listed in symbols.values()]

    def _order(self, symbol: str) -> Iterator[SourceLine]:
        """Yield whom to ask for bars of a symbol: the source that is in use, then others that stand; none that is late."""
        active = self._feeds.active(symbol)
        first = self._lines[active]
        if first.serves and (len(self._lines) == 1 or not self._feeds.sources[active].terms.delayed):
            yield first
        for name, one in self._lines.items():
            source = self._feeds.sources[name]
            if name != active and one.serves and not source.late and (source.up or not first.serves):
                yield one

    async def _answer(self, request: BackFill) -> None:
        """Ask for bars until a source tells them; where none does it is asked again, with growing pauses."""
        refusal: UserError | None = None
        for line in list(self._order(request.symbols[0])):
            try:
                bars = await self._bars(line, request)
            except WorldError:
                continue
            except UserError as error:
                if request.kind != "history":  # nothing waits for it, and what refuses may be a gateway for a while
                    continue
                refusal = error
                if not line.served:  # what it has told before it may tell again
                    self._left_out(line, error)
                continue
            line.served = True
            self._told(self._feeds.back_filled(self._clock.now_ns(), request, bars))
            return
        if refusal is not None and not any(one.serves for one in self._lines.values()):
            self._refusal = refusal

    def _left_out(self, line: SourceLine, error: UserError) -> None:
        if line.serves:
            line.serves = False
            if any(one.serves for one in self._lines.values()):
                self._say(f"source {line.name} tells no past bars, others are asked: {error}")

    async def _bars(self, line: SourceLine, request: BackFill) -> list[VenueBar]:
        days = request.kind == "days" or (request.kind == "history" and self._feeds.sets.whole_days)
        period: Literal["1Min", "1Day"] = "1Day" if days else "1Min"
        start_ns = request.start_ns - (NS_PER_DAY if days else 0)  # a day begins at the venue's midnight
        past = request.kind == "history"  # to be read beside what comes: in the shares of now
        return await line.reference.bars(request.symbols, period, start_ns, request.stop_ns, divided=past)
