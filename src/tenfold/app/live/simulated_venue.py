"""Speak with a simulated exchange over its sockets, in step with its clock."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from tenfold.app import wiring
from tenfold.app.exchange import RunningExchange
from tenfold.app.live.replayed import ReplayedClock
from tenfold.domain.errors import VenueError
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.live_market import LiveValue, VenueBar
from tenfold.domain.venue_access import VenueAccess
from tenfold.execution.lease import LEASE_NS, Lease
from tenfold.execution.reports import Answered, Connected, Report, Request, Severed, Stock, Streamed

if TYPE_CHECKING:
    from tenfold.adapters.lockstep import Step

PATIENCE_S: Final = 60.0


class Moment(NamedTuple):
    """Hold what the exchange told up to a moment: reports of orders, then bars."""

    ts_ns: int
    reports: Sequence[Report]
    bars: Sequence[VenueBar]
    last: bool


class SimulatedVenue:
    """Reach one account of an exchange that runs in lockstep, through the client that trades real money.

    Use it in an `async with`; then `moments`, each followed by any number of `ask` and one `done`.
    """

    def __init__(self, running: RunningExchange, instruments: Sequence[Instrument], lease: Lease) -> None:
        access = VenueAccess(
            trading_url=running.url, data_url=running.url, trading_stream_url=running.trading_stream_url,
            data_stream_url=running.data_stream_url,
        )  # fmt: skip
        keys = Keys(running.key, running.secret)
        symbols = [instrument.symbol for instrument in instruments]
        self.clock = ReplayedClock(wiring.clock(), running.last.now_ns)
        self._lease = lease
        self._trading = wiring.alpaca_trading(access, keys, instruments, self.clock, lambda: lease.deadline_ns)
        self._updates = wiring.alpaca_updates(access, keys, instruments, self.clock, self._tell)
        self._market = wiring.alpaca_market_data(access, keys, {"bars": symbols}, self.clock, self._take, self._link)
        self._line = wiring.lockstep_line(running.url, keys)
        self._reports: list[Report] = []
        self._bars: list[VenueBar] = []
        self._heard = [0, 0]  # messages of market data, of orders
        self._up = [False, False]
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._step: Step | None = None

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(one.run()) for one in (self._updates, self._market)]
        await self._until(lambda: all(self._up), "the streams of the exchange do not open")
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._trading.close()

    async def moments(self) -> AsyncIterator[Moment]:
        """Yield what was told, moment by moment; the first, before time runs, tells that the stream of orders stands."""
        yield self._moment(self.clock.ts_ns, last=False)
        async for step in self._line.steps():
            self._step = step
            await self._until(
                lambda: self._heard[0] >= step.market_data and self._heard[1] >= step.trade_updates,  # noqa: B023
                "the exchange counts more messages than came",
            )
            self.clock.ts_ns = step.ns
            yield self._moment(step.ns, last=step.last)

    async def ask(self, request: Request) -> Answered | Stock:
        """Return the answer to a request, under a lease that is fresh: the exchange waits for us, however long we were busy."""
        now_ns = self.clock.monotonic_ns()
        if self._lease.deadline_ns - now_ns < LEASE_NS // 2:
            self._lease.renew(now_ns)
        return await self._trading.ask(request)

    async def done(self) -> None:
        """Say that the moment was handled."""
        if self._step is not None and not self._step.last:
            await self._line.acknowledge(self._step, *self._heard)

    def _moment(self, ts_ns: int, *, last: bool) -> Moment:
        reports, self._reports = self._reports, []
        bars, self._bars = self._bars, []
        return Moment(ts_ns, reports, bars, last)

    def _tell(self, report: Streamed | Connected | Severed) -> None:
        self._reports.append(report)
        if isinstance(report, Streamed):
            self._heard[1] += 1
        else:
            self._up[0] = isinstance(report, Connected)
        self._changed.set()

    def _take(self, _: int, values: list[LiveValue]) -> None:
        self._heard[0] += len(values)
        self._bars += (value for value in values if isinstance(value, VenueBar))
        self._changed.set()

    def _link(self, what: str, text: str, _: int) -> None:
        if what == "unread":
            self._heard[0] += 1
        else:
            self._up[1] = what == "connected"
        self._changed.set()

    async def _until(self, met: Callable[[], bool], text: str) -> None:
        """Wait until something is so; VenueError where that takes too long or a stream has ended."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + PATIENCE_S
        while not met():
            for task in self._tasks:
                if task.done():
                    task.result()
            self._changed.clear()
            try:
                async with asyncio.timeout(min(1.0, max(end_s - loop.time(), 0.01))):
                    await self._changed.wait()
            except TimeoutError:
                if loop.time() >= end_s:
                    raise VenueError(f"{text} within {PATIENCE_S:g} s") from None
