"""Drive feeds by what a venue streams, by its REST, and by time."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from tenfold.app import wiring
from tenfold.domain.errors import UserError, WorldError
from tenfold.domain.keys import Keys
from tenfold.domain.live_market import LiveValue
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.domain.venue_access import VenueAccess
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

    def now_ns(self) -> int:
        """Return UTC nanoseconds since 1970."""
        self._told_ns = max(self._told_ns, self._begin_ns + self.rate * self.monotonic_ns())
        return self._told_ns


class LiveFeed:
    """Run one source of feeds: the first of them is what the venue streams.

    Parameters
    ----------
    clock : on the venue's line of time, without jumps
    tell : gets what feeds tell, in order; requests over REST are seen to here and told too
    record : gets the name of the source, the moment of receipt and each frame as it came
    show : gets the values of each frame before feeds do
    """

    def __init__(
        self,
        feeds: Feeds,
        symbols: Sequence[str],
        access: VenueAccess,
        keys: Keys,
        clock: Clock,
        tell: Callable[[Sequence[Told]], None],
        *,
        tick_s: float = TICK_S,
        record: Callable[[str, int, bytes], None] | None = None,
        show: Callable[[list[LiveValue]], None] | None = None,
    ) -> None:
        self._feeds = feeds
        self._source = next(iter(feeds.sources))
        self._clock = clock
        self._tell = tell
        self._tick_s = tick_s
        self._show = show
        wanted = {channel: list(symbols) for channel in _CHANNELS}
        raw = None if record is None else partial(record, self._source)
        self._stream = wiring.alpaca_market_data(
            access, keys, wanted, clock, self._take, self._link, feeds.hours.sessions or (), raw
        )
        self._reference = wiring.alpaca_reference(access, keys, clock)
        self._asked: set[asyncio.Task[None]] = set()
        self._refusal: UserError | None = None  # what was missed will never be told
        self._served = False

    async def run(self) -> None:
        """Run until the task is cancelled; UserError where the venue refuses the keys, the symbols or past bars."""
        tasks = [asyncio.ensure_future(self._stream.run()), asyncio.ensure_future(self._advance())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in (*tasks, *self._asked):
                task.cancel()
            await asyncio.gather(*tasks, *self._asked, return_exceptions=True)
            self._reference.close()

    @property
    def trouble(self) -> str:
        """What the last connection to the stream failed of, "" while one is ready."""
        return self._stream.trouble

    def remember(self, sets: Sequence[BarSet], until_ns: int) -> None:
        """Take what closed up to a moment, and ask the venue for the rest, so that strategies are warm before they are asked."""
        self._told(self._feeds.remember(self._clock.now_ns(), sets, until_ns))

    def _take(self, received_ns: int, values: list[LiveValue]) -> None:
        if self._show is not None:
            self._show(values)
        self._told(self._feeds.take(self._source, received_ns, values))

    def _link(self, state: Literal["connected", "severed", "unread"], text: str, ts_ns: int) -> None:
        if state == "unread":
            self._told(self._feeds.unread(self._source, ts_ns))
        else:
            self._told(self._feeds.linked(self._source, ts_ns, state == "connected", text))

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
                task = asyncio.ensure_future(self._answer(one))
                self._asked.add(task)
                task.add_done_callback(self._asked.discard)

    async def _answer(self, request: BackFill) -> None:
        days = request.kind == "days" or (request.kind == "history" and self._feeds.sets.daily)
        period: Literal["1Min", "1Day"] = "1Day" if days else "1Min"
        start_ns = request.start_ns - (NS_PER_DAY if days else 0)  # a day begins at the venue's midnight
        try:
            bars = await self._reference.bars(request.symbols, period, start_ns, request.stop_ns)
        except WorldError:
            return  # it is asked again, with growing pauses
        except UserError as error:
            if not self._served:  # what it has told before it may tell again
                self._refusal = error
            return
        self._served = True
        self._told(self._feeds.back_filled(self._clock.now_ns(), request, bars))
