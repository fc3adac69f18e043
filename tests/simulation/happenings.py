"""Let things happen to processes, their clocks, the network and the operator, as a seed says."""

import asyncio
import random

from by_hand import ByHand

from tenfold.domain.events import Halt, Resume, Weighed

OCCASION_S = 10.0
AWAY_LONG = 0.2
"""Share of the times in which the lease cannot be reached for longer than it lasts, while its holder lives and trades."""
LAST_S, BEFORE_CLOSE = 60.0, 20.0
"""In so many seconds before the close the kill switch is so much likelier: what is open then is cancelled while the session ends."""
AUCTION = 5.0
"""So much likelier is everything then, and before an open, where orders wait for the auction."""
NIGHT = 12.0
"""So much longer does everything take while the market is closed."""


class Happenings:
    """Hold what happens by itself, until the world is healed."""

    def __init__(self, world):
        self.world = world
        self.chance = world.chance
        self.halted = False
        self.away_until_s = 0.0
        self._crosses = world.drawn.crosses
        self.acts = {
            "kill": self.kill, "pause": self.pause, "cut": self.cut, "store away": self.lose_store, "halt": self.halt,
            "clock jump": self.jump, "double start": self.start_twice, "by hand": ByHand(world).act,
        }  # fmt: skip

    async def run(self):
        """Give everything its chance every ten seconds or so."""
        world = self.world
        if world.drawn.ensemble is not None:
            world.loop.create_task(self._judge())
        while not world.healed:
            pause_s = OCCASION_S if world.venue.is_busy else OCCASION_S * NIGHT
            await asyncio.sleep(pause_s * self.chance.uniform(0.5, 1.5))
            for name, act in self.acts.items():
                if world.strikes(name, 10.0 * self._odds(name)):
                    world.count[f"happened {name}"] += 1
                    act()

    async def _judge(self):
        """Give the members of an ensemble other weights after each close, some of them none, as who judges them does."""
        world, chance = self.world, random.Random(f"weights {self.world.seed}")  # noqa: S311
        weights = [weight for _, weight, _ in world.drawn.ensemble.members]
        while True:
            close_ns = world.venue.exchange.sessions.next_close(world.venue.now_ns)
            await asyncio.sleep((close_ns - world.venue.now_ns) / 1e9 + chance.uniform(0.0, 60.0))
            judged = [weight * chance.choice((0.0, 0.5, 1.0, 1.5)) for weight in weights]
            judged[chance.randrange(len(judged))] = 1.0  # of nobody there is no vote
            process = world.holder
            if process is not None:
                process.post(Weighed(ts_ns=process.clock.now_ns(), weights=tuple(judged), reason="judged"))

    def _odds(self, name):
        """Return how much likelier something is now than at other times."""
        venue = self.world.venue
        if name == "halt" and venue.closes_soon(LAST_S):
            return BEFORE_CLOSE
        return AUCTION if self._crosses and venue.edge_soon(LAST_S) else 1.0

    def _one(self):
        living = [one for one in self.world.slots if one is not None and one.alive]
        return self.chance.choice(living) if living else None

    def kill(self):
        """End a process on the spot."""
        process = self._one()
        if process is not None and self.world.mortal:
            process.kill("kill")

    def pause(self):
        """Stop a process for a while, as by SIGSTOP; half of the pauses of who trades end about when its lease does."""
        process = self._one()
        if process is not None:
            seconds = self.chance.uniform(1.0, 40.0)
            if process.holds and process.lease is not None and self.chance.random() < 0.5:
                left_s = process.lease.deadline_ns / 1e9 - self.world.loop.time()
                seconds = max(left_s + self.chance.uniform(-0.5, 3.0), 1.0)
            process.pause(seconds)
            self.world.note(f"process {process.number} paused for {process.paused_s:.1f} s")

    def jump(self):
        """Set the clock of a process to another time, by a tenth of a second or by minutes."""
        process = self._one()
        if process is not None:
            sign, size_s = self.chance.choice((-1.0, 1.0)), 10.0 ** self.chance.uniform(-1.0, 2.0)
            process.clock.jump(round(sign * size_s * 1e9))
            self.world.note(f"the clock of process {process.number} jumps by {sign * size_s:.1f} s")

    def cut(self):
        """Let nothing through for a while."""
        world = self.world
        world.network.cut_until_s = world.loop.time() + self.chance.uniform(1.0, 60.0)
        world.note(f"network cut until {world.network.cut_until_s:.1f}")

    def lose_store(self):
        """Let nobody reach the lease for a while."""
        world = self.world
        seconds = self.chance.uniform(0.5, 10.0)
        if self.chance.random() < AWAY_LONG:
            seconds += world.lease_s
        world.store.reachable = False
        self.away_until_s = max(self.away_until_s, world.loop.time() + seconds)
        world.loop.call_later(seconds, self._find_store)

    def _find_store(self):
        if self.world.loop.time() >= self.away_until_s:
            self.world.store.reachable = True

    def start_twice(self):
        """Start one more process over the same journal: it may only stand by, and is ended a while later."""
        world = self.world
        if world.drawn.engines > 1 and len(world.slots) == world.drawn.engines:
            world.start(len(world.slots))
            world.loop.call_later(60.0, self._stop_extra)

    def _stop_extra(self):
        world = self.world
        if len(world.slots) == world.drawn.engines:
            return
        process = world.slots[-1]
        if process.holds:
            world.loop.call_later(60.0, self._stop_extra)
        else:
            process.kill("stopped")

    def halt(self):
        """Press the kill switch, and take it back a while later."""
        world, process = self.world, self.world.holder
        if process is None or self.halted:
            return
        self.halted = True
        for tracked in process.core.blotter.working():
            world.count[f"halt at {tracked.status}"] += 1
        process.post(Halt(ts_ns=process.clock.now_ns(), operator="ann", reason="drill"))
        world.note("halt")
        world.loop.call_later(self.chance.uniform(5.0, 120.0), self._resume)

    def _resume(self):
        self.halted = False
        process = self.world.holder
        if process is not None and not self.world.over:  # the last halt stays
            process.post(Resume(ts_ns=process.clock.now_ns(), operator="ann"))
            self.world.note("resume")
