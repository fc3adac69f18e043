"""Carry a stream: the adapter's own dialect at one end, the exchange's own session at the other, a socket that misbehaves between."""

import asyncio

from tenfold.adapters.alpaca.backoff import Backoff
from tenfold.adapters.alpaca.line import StreamFaultError
from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits

READY_S = 10.0
HELD_S = 10.0
LIMITS = LivenessLimits(ask_s=10.0)
WATCH_S = 5.0
NIGHT_WATCH_S = 60.0
"""How often it is looked whether a stream is alive: seldom while the market is closed."""


class Stream:
    """Hold one connection: frames arrive in order, each after its own delay."""

    def __init__(self, line, venue, network):
        self.session = None
        self.open = True
        self.silent_until_s = 0.0
        self._line = line
        self._venue = venue
        self._network = network
        self._there_s = self._back_s = 0.0
        self._loop = asyncio.get_running_loop()

    def say(self, raw):
        """Send a message to the venue."""
        self._there_s = max(self._there_s, self._loop.time() + self._network.delay_s())
        self._loop.call_at(self._there_s, self._heard, raw)

    def ping(self):
        """Send a ping, which is answered below everything else."""
        self._there_s = max(self._there_s, self._loop.time() + self._network.delay_s())
        self._loop.call_at(self._there_s, self._ponged)

    def flush(self):
        """Send what waits in the outbox; called where something comes into an empty one."""
        self._loop.call_soon(self._flush)

    def cut(self, delay_s=0.0):
        """End the connection."""
        if self.open:
            self.open = False
            self._venue.closes(self)
            self._loop.call_later(delay_s, self._line.broke, self, "the venue closed the stream")

    def _heard(self, raw):
        if not self.open or self._network.is_cut:
            return
        faults = self._venue.faults
        if self.session.account is None and faults.strikes("no_auth_reply"):
            self._loop.call_later(faults.value("no_auth_reply"), self._receive, raw)
        else:
            self._receive(raw)

    def _receive(self, raw):
        if self.open:
            self.session.receive(raw)
            self._venue.received(self)

    def _ponged(self):
        if self.open and not self._network.is_cut:
            self._back_s = max(self._back_s, self._loop.time() + self._network.delay_s())
            self._loop.call_at(self._back_s, self._line.arrived, self, None)

    def _flush(self):
        faults = self._venue.faults
        while self.open and (frame := self.session.outbox.take()) is not None:
            if self.session.account is not None:
                if faults.strikes("silent_stream"):
                    self.silent_until_s = self._loop.time() + faults.value("silent_stream")
                if self._loop.time() < self.silent_until_s:
                    self._line.lost += 1
                    continue
                if faults.strikes("cut_mid_frame"):
                    self.cut(self._network.delay_s())
                    return
            if self._network.is_cut or self._network.strikes("frame lost"):
                self._line.lost += 1
                continue
            self._back_s = max(self._back_s, self._loop.time() + self._network.delay_s())
            self._loop.call_at(self._back_s, self._line.arrived, self, frame.data)
        if self.open and self.session.outbox.closing:
            self.cut()


class StreamLine:
    """Keep a stream open, as `adapters.alpaca.line` does over sockets.

    Parameters
    ----------
    owner : the process
    opens : returns the venue's session for a stream, None where it is refused
    up, down : told when the stream is ready, and when it is no more

    Attributes
    ----------
    lost : frames that got lost on an open connection, of which nobody can know
    """

    def __init__(self, owner, dialect, chance, opens, up, down):
        self.lost = 0
        self._owner = owner
        self._dialect = dialect
        self._opens = opens
        self._up = up
        self._down = down
        self._backoff = Backoff(chance)
        self._stream = None
        self._signs = None
        self._ready_s = None
        self._ended = None
        self._loop = asyncio.get_running_loop()

    @property
    def ready(self):
        """Whether it stands, and tells."""
        return self._ready_s is not None

    async def run(self):
        """Connect again and again."""
        while True:
            await self._connection()
            await asyncio.sleep(self._backoff.next_s())

    async def _connection(self):
        venue, network = self._owner.venue, self._owner.network
        await asyncio.sleep(network.delay_s())
        if network.is_cut or venue.refuses_connections:
            return
        stream = Stream(self, venue, network)
        stream.session = self._opens(stream)
        if stream.session is None:
            return
        self._signs = Liveness(LIMITS, self._owner.clock.monotonic_ns())
        self._stream, self._ended, opened_s = stream, None, self._loop.time()
        for one in self._dialect.opened(self._signs):
            stream.say(one)
        stream.flush()
        while self._ended is None:
            await asyncio.sleep(WATCH_S if self._owner.market_open else NIGHT_WATCH_S)
            if self._ended is None:
                self._watch(opened_s)
        self._stream = None
        stream.open = False
        venue.closes(stream)
        self._fell(self._ended)

    def close(self):
        """Let the venue see the end of a process."""
        if self._stream is not None:
            self._owner.venue.closes(self._stream)
            self._stream.open = False

    def _watch(self, opened_s):
        now_ns = self._owner.clock.monotonic_ns()
        ready = self._dialect.ready
        expecting = ready and self._dialect.expecting and self._owner.market_open
        if not ready and self._loop.time() - opened_s > READY_S:
            self._ended = "the stream was not ready"
        elif fault := self._signs.fault(now_ns, expecting):
            self._ended = fault
        elif ready and self._signs.due(now_ns):
            self._signs.asked("ping", now_ns)
            self._signs.asked("question", now_ns)
            self._stream.ping()
            self._stream.say(self._dialect.question())

    def broke(self, stream, reason):
        """Take the end of the connection."""
        if stream is self._stream and self._ended is None:
            self._ended = reason
            self._fell(reason)

    def arrived(self, stream, raw):
        """Take a frame, or None for the answer to a ping."""
        if stream is not self._stream or self._ended is not None or not self._owner.alive:
            return
        if raw is None:
            self._signs.answered("ping")
            return
        try:
            answers = self._dialect.heard(raw)
        except StreamFaultError as error:
            self._owner.world.count["stream fault"] += 1
            self._ended = str(error)
            stream.open = False
            self._owner.venue.closes(stream)
            self._fell(self._ended)
            return
        for one in answers:
            stream.say(one)
        if self._dialect.ready and self._ready_s is None:
            self._ready_s = self._loop.time()
            self._up()

    def _fell(self, reason):
        if self._ready_s is None:
            return
        if self._loop.time() - self._ready_s > HELD_S:
            self._backoff.reset()
        self._ready_s = None
        if self._owner.alive:
            self._down(reason)
