"""Hear market data as a live process does: two streams, the shipped dialect and feeds, and what was missed over REST."""

import asyncio
from contextlib import suppress
from functools import partial

from steady_clock import SteadyClock
from stream_line import StreamLine

from tenfold.adapters.alpaca.market_data import MarketDialect
from tenfold.adapters.alpaca.reference import AlpacaReference
from tenfold.app.live.conditions import conditions_of
from tenfold.domain.errors import UnknownNameError, VenueError, WorldError
from tenfold.domain.events import Revised
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet, Flag
from tenfold.exchange.settings import KEY, SECRET
from tenfold.market.back_fills import BackFill
from tenfold.market.feed_source import SourceTerms

SOURCES = ("sip", "iex")
COMPARE_S = 60.0
CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")


class FeedDesk:
    """Hold the feeds of one process, on a clock that is kept at the venue's; what they tell is posted to its loop."""

    def __init__(self, process, symbols):
        world, exchange = process.world, process.venue.exchange
        self.process = process
        self.clock = SteadyClock(world.loop, process.venue.start_ns, round(process.chance.uniform(-0.2, 0.2) * 1e9))
        day = exchange.sessions.day_of(process.venue.now_ns)
        sessions = [one for one in map(exchange.sessions.session, (day, day + 1)) if one is not None]
        self.symbols = symbols
        self.told = {}  # by the moment of its close, the symbols of a minute
        self.feeds = world.bugs.feeds(symbols, [SourceTerms(name=name) for name in SOURCES], sessions)
        rest = world.bugs.rest(self.clock, process.chance, None)
        self.reference = AlpacaReference(rest, rest, self.clock, "sip")
        self.lines = [self._line(name, symbols) for name in SOURCES]
        self._timer = None
        self._tell(self.feeds.advance(self.clock.now_ns()))
        self._offset_ns, self._power = 0, 10**12
        for line in self.lines:
            process.spawn(line.run())
        process.spawn(self._compare())

    async def _compare(self):
        """Hold the clock against the venue's, and ask what may be opened."""
        while True:
            await asyncio.sleep(COMPARE_S)
            with suppress(WorldError):  # it is asked again
                time = await self.reference.time()
                off_ns = max(abs(time.offset_ns) - time.uncertainty_ns, 0)
                self._offset_ns = off_ns if time.offset_ns > 0 else -off_ns
                self._power = (await self.reference.standing()).buying_power
                self.process.world.count["clock compared"] += 1

    def _conditions(self):
        offset_ns = max((self._offset_ns, self.feeds.offset_ns()), key=abs)
        return conditions_of(self.feeds, self.symbols, self.clock.now_ns(), offset_ns, self._power, waits=False)

    def _line(self, name, symbols):
        process = self.process
        wanted = dict.fromkeys(CHANNELS, symbols)
        dialect = MarketDialect(
            Keys(KEY, SECRET), wanted, self.clock, partial(self._take, name), partial(self._unread, name)
        )
        opens = process.venue.opens_feed(f"/v2/{name}")
        return StreamLine(
            process,
            dialect,
            process.chance,
            opens,
            partial(self._linked, name, True),
            partial(self._linked, name, False),
        )

    def close(self):
        """Let the venue see the end of the process."""
        self.tell_lost()
        for line in self.lines:
            line.close()
        if self._timer is not None:
            self._timer.cancel()

    def tell_lost(self):
        """Count the frames that got lost on the way here."""
        for line in self.lines:
            self.process.world.count["market frames lost"] += line.lost
            line.lost = 0

    def _unread(self, name, text):
        self.process.world.count["market data unread"] += 1
        self._tell(self.feeds.unread(name, self.clock.now_ns()))

    def _linked(self, name, up, text=""):
        self.process.world.count[f"feed {'up' if up else 'down'}"] += 1
        self._tell(self.feeds.linked(name, self.clock.now_ns(), up, text))

    def _take(self, name, received_ns, values):
        self._tell(self.feeds.take(name, received_ns, values))

    def _tell(self, told):
        process, world = self.process, self.process.world
        if not process.alive:
            return
        for one in told:
            world.count[f"feeds {type(one).__name__}"] += 1
            if isinstance(one, BackFill):
                process.spawn(self._back_fill(one))
            else:
                if isinstance(one, BarSet):
                    process.post(self._conditions())
                process.post(one)
                self._note(one)
        self._later()

    def _note(self, one):
        if isinstance(one, BarSet):
            self.told.setdefault(one.ts_ns, set()).update(
                bar.symbol for bar in one.bars if not bar.flags & Flag.MISSING
            )
            self.process.world.bars += 1
        elif isinstance(one, Revised):
            self.told.setdefault(one.bar.ts_ns, set()).add(one.bar.symbol)

    def _later(self):
        process, world = self.process, self.process.world
        if self._timer is not None:
            self._timer.cancel()
        wait_s = max((self.feeds.next_due_ns() - self.clock.now_ns()) / 1e9, 0.0)
        self._timer = world.loop.call_later(max(wait_s, process.paused_s) + 1e-6, self._advance)

    def _advance(self):
        process = self.process
        if process.paused_s:
            self._timer = process.world.loop.call_later(process.paused_s, self._advance)
            return
        process.world.count["seconds judged"] += 1
        process.world.count["seconds fit"] += not self.feeds.unfit
        self._tell(self.feeds.advance(self.clock.now_ns()))

    async def _back_fill(self, request):
        period = "1Min" if request.kind == "minutes" else "1Day"
        try:
            bars = await self.reference.bars(request.symbols, period, request.start_ns, request.stop_ns)
        except (VenueError, UnknownNameError):
            return  # it is asked for again
        if self.process.alive:
            self._tell(self.feeds.back_filled(self.clock.now_ns(), request, bars))
