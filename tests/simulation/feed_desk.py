"""Hear market data as a live process does: two streams, the shipped dialect and feeds, and what was missed over REST."""

from functools import partial

from stream_line import StreamLine

from tenfold.adapters.alpaca.market_data import MarketDialect
from tenfold.adapters.alpaca.reference import AlpacaReference
from tenfold.domain.errors import UnknownNameError, VenueError
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet
from tenfold.exchange.settings import KEY, SECRET
from tenfold.market.back_fills import BackFill
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds

SOURCES = ("sip", "iex")
CHANNELS = ("trades", "bars", "updatedBars", "statuses", "lulds")


class FeedDesk:
    """Hold the feeds of one process; what they tell is posted to its loop."""

    def __init__(self, process, symbols):
        world, exchange = process.world, process.venue.exchange
        self.process = process
        day = exchange.sessions.day_of(process.venue.now_ns)
        sessions = [one for one in map(exchange.sessions.session, (day, day + 1)) if one is not None]
        self.feeds = Feeds(symbols, [SourceTerms(name=name) for name in SOURCES], sessions)
        rest = world.bugs.rest(process.clock, process.chance, None)
        self.reference = AlpacaReference(rest, rest, process.clock, "sip")
        self.lines = [self._line(name, symbols) for name in SOURCES]
        self._timer = None
        self._tell(self.feeds.advance(process.clock.now_ns()))
        for line in self.lines:
            process.spawn(line.run())

    def _line(self, name, symbols):
        process = self.process
        wanted = dict.fromkeys(CHANNELS, symbols)
        dialect = MarketDialect(Keys(KEY, SECRET), wanted, process.clock, partial(self._take, name), self._unread)
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
        for line in self.lines:
            line.close()
        if self._timer is not None:
            self._timer.cancel()

    def _unread(self, text):
        self.process.world.count["market data unread"] += 1

    def _linked(self, name, up, text=""):
        self.process.world.count[f"feed {'up' if up else 'down'}"] += 1
        self._tell(self.feeds.linked(name, self.process.clock.now_ns(), up, text))

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
                process.post(one)
                if isinstance(one, BarSet):
                    world.bars += 1
        if self._timer is not None:
            self._timer.cancel()
        wait_s = max((self.feeds.next_due_ns() - process.clock.now_ns()) / 1e9, 0.0)
        self._timer = world.loop.call_later(max(wait_s, process.paused_s) + 1e-6, self._advance)

    def _advance(self):
        process = self.process
        if process.paused_s:
            self._timer = process.world.loop.call_later(process.paused_s, self._advance)
            return
        process.world.count["seconds judged"] += 1
        process.world.count["seconds fit"] += not self.feeds.unfit
        self._tell(self.feeds.advance(process.clock.now_ns()))

    async def _back_fill(self, request):
        period = "1Min" if request.kind == "minutes" else "1Day"
        try:
            bars = await self.reference.bars(request.symbols, period, request.start_ns, request.stop_ns)
        except (VenueError, UnknownNameError):
            return  # it is asked for again
        if self.process.alive:
            self._tell(self.feeds.back_filled(self.process.clock.now_ns(), request, bars))
