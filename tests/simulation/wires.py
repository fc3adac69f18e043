"""Carry bytes between processes and the venue, late, in part, or not at all: per connection in order, across connections in any."""

import asyncio

DEADLINE_S = 6.0
"""No request is longer on its way: what order management is told by `Pace.in_flight_s`, with a margin."""
LATEST_S = 60.0
"""So much longer is one on its way all the same where that is drawn: the order is given up by then."""


class Wire(asyncio.Transport):
    """Be the client's end of a connection to the venue.

    Attributes
    ----------
    open : until one of both sides ends it
    """

    def __init__(self, network, owner, protocol):
        super().__init__()
        self.open = True
        self.owner = owner
        self.kept = False
        self._network = network
        self._protocol = protocol
        self._loop = network.loop
        self._free_s = 0.0

    def is_closing(self):
        """Say whether it is over."""
        return not self.open

    def write(self, data):
        """Let bytes leave."""
        if self.open and self.owner.alive:
            self._network.leaves(self, data)

    def close(self):
        """End it."""
        self.abort()

    def abort(self):
        """End it: what is on the way arrives all the same."""
        if self.open:
            self.open = False
            self._loop.call_soon(self._ended)

    def answer(self, data, delay_s):
        """Let bytes come back after a delay, behind what came before them."""
        self._free_s = max(self._free_s, self._loop.time() + delay_s)
        self._loop.call_at(self._free_s, self._arrive, data)

    def reset(self, delay_s=0.0):
        """Let the venue's side, or something between, end it."""
        self._loop.call_at(max(self._free_s, self._loop.time() + delay_s), self._reset)

    def _reset(self):
        if self.open:
            self.open = False
            self._ended(ConnectionResetError())

    def _arrive(self, data):
        if self.open and self.owner.alive:
            self._protocol.data_received(data)

    def _ended(self, error=None):
        if self.owner.alive:
            self._protocol.connection_lost(error)


class Network:
    """Hold how long everything takes, and what gets lost on the way to the venue.

    Parameters
    ----------
    chance : random.Random of the seed
    habits : probabilities and delays of the seed, see `habits`
    venue : answers requests
    """

    def __init__(self, chance, habits, venue, count):
        self.chance = chance
        self.habits = habits
        self.venue = venue
        self.loop = venue.loop
        self.count = count
        self.cut_until_s = 0.0
        self.healed = False
        self._per_latency = 1.0 / habits["latency_s"]

    def strikes(self, name):
        """Say whether something happens now, and count it."""
        if self.healed or self.chance.random() >= self.habits.get(name, 0.0):
            return False
        self.count[f"net {name}"] += 1
        return True

    def delay_s(self):
        """Draw how long something is on its way."""
        if self.healed:
            return 0.002
        delay_s = self.chance.expovariate(self._per_latency)
        if self.strikes("clogged"):
            delay_s += self.chance.uniform(0.5, 4.0)
        return min(delay_s, DEADLINE_S * 0.8)

    @property
    def is_cut(self):
        """Whether nothing gets through."""
        return not self.healed and self.loop.time() < self.cut_until_s

    async def connect(self, owner, protocol):
        """Return the transport of a new connection; OSError where there is none."""
        await asyncio.sleep(self.delay_s())
        if self.is_cut or self.venue.refuses_connections or self.strikes("connect refused"):
            raise ConnectionRefusedError(111, "Connection refused")
        wire = Wire(self, owner, protocol)
        protocol.connection_made(wire)
        return wire

    def leaves(self, wire, data):
        """Take bytes of a client to the venue."""
        loop, owner = self.loop, wire.owner
        owner.writes(data)  # may end the process before or after the bytes leave
        owner_late_s = owner.late_s()
        delay_s = self.delay_s() + owner_late_s
        cut = self.is_cut
        if cut or self.strikes("request cut off"):
            wire.reset(delay_s + (self.chance.uniform(0.0, 10.0) if cut else 0.0))
            if self.strikes("late all the same"):  # it had gone further than the sender was told
                late_s = self.chance.uniform(0.0, DEADLINE_S) + owner_late_s
                if self.strikes("later than ever"):
                    late_s += self.chance.uniform(0.0, LATEST_S)
                loop.call_later(late_s, self.venue.arrives, None, data)
        else:
            loop.call_later(delay_s, self.venue.arrives, wire, data)
            if data.startswith(b"POST") and self.strikes("late twin"):
                loop.call_later(delay_s + self.chance.uniform(0.0, 1.0), self.venue.arrives, None, data)
        owner.wrote()
