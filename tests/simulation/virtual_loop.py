"""Run asyncio in virtual time: one thread, no socket, no clock; where nothing is to be done now, time goes on to the next timer.

How it works. Coroutines, tasks and futures are asyncio's own; only the loop below them is another. What is to be run waits in one
queue, what is to be run later in one heap of (time, number), so that equal times keep the order in which they were asked for.
A seed runs tens of thousands of steps, and each of asyncio's own handles costs more than what it calls.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import msgspec


class Step(msgspec.Struct):
    """Hold what is to be called, until it is called or cancelled; without a context it is called in that of the loop, which nobody reads."""

    callback: Callable[..., Any] | None
    args: tuple
    context: contextvars.Context | None = None
    when_s: float = 0.0

    def cancel(self):
        """Let it never be called."""
        self.callback = None

    def cancelled(self):
        """Say whether it will never be called."""
        return self.callback is None

    def when(self):
        """Return its time."""
        return self.when_s


class VirtualLoop(asyncio.BaseEventLoop):
    """Hold the time of a simulation, and connect to whoever listens in it.

    Attributes
    ----------
    now_ns : nanoseconds since the simulation began
    listener : called with a protocol for each new connection, returns its transport or raises OSError, both later
    failed : called with what callbacks and forgotten tasks raise
    """

    def __init__(self):
        super().__init__()
        self._now_s, self.now_ns = 0.0, 0
        self._steps = deque()
        self._later = []
        self._number = 0
        self.listener = None
        self.failed = None
        self.set_exception_handler(self._on_failure)

    def time(self):
        """Return seconds since the simulation began."""
        return self._now_s

    def call_soon(self, callback, *args, context=None):
        """Call something now, behind what waits."""
        step = Step(callback, args, context)
        self._steps.append(step)
        return step

    def call_later(self, delay, callback, *args, context=None):
        """Call something after a delay in seconds."""
        when = self._now_s + delay
        step = Step(callback, args, context, when)
        self._number += 1
        heappush(self._later, (when, self._number, step))
        return step

    def call_at(self, when, callback, *args, context=None):
        """Call something at a time."""
        step = Step(callback, args, context, when)
        self._number += 1
        heappush(self._later, (when, self._number, step))
        return step

    async def create_connection(self, protocol_factory, host=None, port=None, **_):
        """Connect to the listener."""
        protocol = protocol_factory()
        transport = await self.listener(protocol)
        return transport, protocol

    def _run_once(self):
        """Take step after step until the loop is stopped; asyncio asks after each call whether it was, which few of them change."""
        steps = self._steps
        while not self._stopping:
            if not steps:
                self._go_on()
            for _ in range(len(steps)):
                step = steps.popleft()
                callback, context = step.callback, step.context
                if callback is None:
                    continue
                try:
                    if context is None:
                        callback(*step.args)
                    else:
                        context.run(callback, *step.args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:
                    self.failed(error)

    def _go_on(self):
        """Let time go on to the next timers."""
        steps, later = self._steps, self._later
        while later and later[0][2].callback is None:
            heappop(later)
        if not later:
            raise RuntimeError("everything waits for something that never comes")
        now_s, _, step = heappop(later)
        if now_s > self._now_s:
            self._now_s = now_s
            self.now_ns = round(now_s * 1e9)
        else:  # it was asked for in the past
            now_s = self._now_s
        steps.append(step)
        while later and later[0][0] <= now_s:
            steps.append(heappop(later)[2])

    def get_debug(self):
        """Say no: asyncio asks at every step."""
        return False

    def _process_events(self, _):
        """Nothing ever comes from outside."""

    def _write_to_self(self):
        """Nobody has to be woken."""

    def _on_failure(self, _, context):
        self.failed(context.get("exception") or RuntimeError(context["message"]))
