"""Drive the exchange through replayed time, as fast as its clock, its clients and the lockstep allow.

How it works. At a finite speed the exchange follows the clock: every request first lets it catch up, so that an order meets
exactly the events before it. At full speed time goes from event to event, and stands while a client that may be waited for
is behind. In lockstep it goes from moment to moment, each after every client of the lockstep acknowledged the last.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable
from typing import Final

from tenfold.exchange.clock import ReplayClock
from tenfold.exchange.core import Exchange
from tenfold.exchange.server.broadcast import Broadcast
from tenfold.exchange.server.lockstep import Lockstep

SLICE_S: Final = 0.004
"""Seconds that the exchange works before it lets the connections work."""
TICK_S: Final = 0.001
"""Least pause of a clock that runs: events within it are told together."""
PAUSE_S_MAX: Final = 0.5
"""Longest pause, after which the clock is looked at again."""
PATIENCE_S: Final = 2.0
"""Seconds that an exchange at full speed waits for a client that takes nothing, before it counts as slow."""


class Driver:
    """Move the exchange on.

    Parameters
    ----------
    now_s : seconds of a steady clock
    hold : at full speed, stand until somebody has subscribed to something

    Attributes
    ----------
    clock : which may be paused and given another speed
    finished : set when the replay has come to its end
    """

    def __init__(
        self, exchange: Exchange, broadcast: Broadcast, lockstep: Lockstep, now_s: Callable[[], float], hold: bool
    ) -> None:
        speed = exchange.settings.speed_factor
        self.clock = ReplayClock(exchange.now_ns, speed, now_s())
        self.finished = asyncio.Event()
        self._exchange = exchange
        self._broadcast = broadcast
        self._lockstep = lockstep
        self._in_lockstep = exchange.settings.lockstep
        self._now_s = now_s
        self._hold = hold and speed == math.inf and not self._in_lockstep
        self._poked = asyncio.Event()

    @property
    def standing(self) -> bool:
        """Whether time waits for a first subscription, or was stopped."""
        return self.clock.paused or self._hold

    def poke(self) -> None:
        """Look again at what is due: a request, an acknowledgement or an operator changed it."""
        self._poked.set()

    def go(self) -> None:
        """Wait for no subscription."""
        self._hold = False
        self.poke()

    def set_speed(self, speed: float) -> None:
        """Go on at another speed."""
        self.catch_up()
        self.clock.set_speed(speed, self._now_s())
        self.poke()

    def pause(self, paused: bool) -> None:
        """Stop time, or let it go on."""
        self.catch_up()
        if paused and not self.clock.paused:
            self.clock.pause(self._now_s())
        elif not paused:
            if self.clock.paused:
                self.clock.resume(self._now_s())
            self.go()
        self.poke()

    def catch_up(self) -> None:
        """Live through what has happened until now; in lockstep and at full speed time moves by itself alone."""
        if not self._in_lockstep and self.clock.speed != math.inf:
            self._exchange.advance(self._within(self.clock.now_ns(self._now_s())))

    async def run(self) -> None:
        """Drive for ever: after the end of the replay orders may still have something due."""
        while True:
            self._poked.clear()
            if self._hold and self._broadcast.listening:
                self._hold = False
            due_ns = self._due_ns()
            if due_ns is None:
                self._finish()
                await self._pause(PAUSE_S_MAX)
            elif self.standing or (self._in_lockstep and not self._lockstep.agreed):
                await self._pause(PAUSE_S_MAX)
            elif (wait_s := self.clock.wait_s(due_ns, self._now_s())) > 0.0:
                await self._pause(min(max(wait_s, TICK_S), PAUSE_S_MAX))
            elif self._in_lockstep:
                self._move(due_ns)
                self._lockstep.step()
                await asyncio.sleep(0)
            else:
                await self._work()

    async def _work(self) -> None:
        """Live through what is due for a slice of time, and let the connections work."""
        full_speed = self.clock.speed == math.inf
        end_s = self._now_s() + SLICE_S
        step_ns = 0 if full_speed else round(TICK_S * self.clock.speed * 1e9)
        while (due_ns := self._due_ns()) is not None and not self.clock.paused:
            now_s = self._now_s()
            if now_s >= end_s or self.clock.wait_s(due_ns, now_s) > 0.0:
                break
            self._move(due_ns if full_speed else min(due_ns + step_ns, self._within(self.clock.now_ns(now_s))))
            if full_speed and self._broadcast.crowded:
                await self._wait_for_clients()
                break
        await asyncio.sleep(0)

    async def _wait_for_clients(self) -> None:
        """Stand until nobody is behind; who takes nothing for a while is cut off."""
        since_s, before = self._now_s(), {one: len(one.outbox) for one in self._broadcast.crowded}
        while crowded := self._broadcast.crowded:
            await asyncio.sleep(TICK_S)
            waiting = {one: len(one.outbox) for one in crowded}
            if any(count < before.get(one, count + 1) for one, count in waiting.items()):
                since_s, before = self._now_s(), waiting
            elif self._now_s() - since_s > PATIENCE_S:
                for one in crowded:
                    one.fail(407)
                return

    def _move(self, until_ns: int) -> None:
        self._exchange.advance(until_ns)
        if self.clock.speed == math.inf or self._in_lockstep:
            self.clock.reach(until_ns, self._now_s())

    def _due_ns(self) -> int | None:
        """Return when something happens next; None at the end."""
        due_ns = self._exchange.next_ns()
        return None if due_ns is None or due_ns != self._within(due_ns) else due_ns

    def _within(self, ts_ns: int) -> int:
        """Return a moment, the end of the replay where it lies beyond it."""
        end_ns = self._exchange.settings.end_ns
        return ts_ns if end_ns is None else min(ts_ns, end_ns)

    def _finish(self) -> None:
        if not self.finished.is_set():
            self.finished.set()
            self._lockstep.end()

    async def _pause(self, seconds: float) -> None:
        """Wait, at most until somebody pokes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._poked.wait()
