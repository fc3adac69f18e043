"""Order management over sockets: the blotter, our client of Alpaca, and an exchange of this machine that misbehaves."""

import asyncio
import contextlib
import time
from contextlib import asynccontextmanager

from alpaca_scenes import INSTRUMENTS, QUICK, chance, rest_of, running
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.trade_updates import TradeUpdates
from tenfold.adapters.alpaca.trading import AlpacaTrading
from tenfold.adapters.clock import SystemClock
from tenfold.domain.events import Difference, Started
from tenfold.domain.keys import Keys
from tenfold.domain.order import Cancel, Order, Side, Submit
from tenfold.execution.blotter import Blotter
from tenfold.execution.errands import Pace
from tenfold.execution.ids import order_id
from tenfold.execution.reports import Stock

PACE = Pace(
    answer_s=4.0, look_s=0.05, look_max_s=0.5, in_flight_s=1.0, place_within_s=60.0, attempts_max=20, stock_s=1.0, stuck_s=2.0,
    overlap_s=3600.0,
)  # fmt: skip
PAUSE_S = 0.02


class VenueClock(SystemClock):
    """Tell the time of an exchange that runs at real time."""

    def __init__(self, exchange):
        self._base_ns = exchange.call(lambda: exchange.exchange.now_ns) - self.monotonic_ns()

    def now_ns(self):
        return self._base_ns + self.monotonic_ns()


class Desk:
    """Work orders until they are over; what goes wrong in between is raised at the end."""

    def __init__(self, exchange, run):
        self.exchange = exchange
        self.run = run
        self.clock = VenueClock(exchange)
        self.blotter = Blotter(INSTRUMENTS, 0.0, pace=PACE)
        lots = Quantities(INSTRUMENTS)
        self.trading = AlpacaTrading(rest_of(exchange), lots, self.clock, 2.0)
        url = f"ws://{exchange.host}:{exchange.port}/stream"
        self.updates = TradeUpdates(
            url, Keys(exchange.key, exchange.secret), lots, self.clock, chance(), self.hear, QUICK
        )
        self.events = []
        self.stock = None
        self.count = 0
        self._asking = set()
        self._wake = asyncio.Event()
        self.apply(Started(ts_ns=self.clock.now_ns(), run=run, epoch=1, config_hash="", code_hash=""))

    def apply(self, record):
        self.blotter.apply(record)
        self._wake.set()

    def hear(self, report):
        if isinstance(report, Stock) and report.complete:
            self.stock = report
        self.events += self.blotter.interpret(report)
        self._wake.set()

    async def work(self):
        while True:
            now_ns = self.clock.now_ns()
            self.events += self.blotter.lapse(now_ns)
            for request in self.blotter.due(now_ns):
                task = asyncio.ensure_future(self._ask(request))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), PAUSE_S)

    async def _ask(self, request):
        self.hear(await self.trading.ask(request))

    def submit(self, symbol="AAPL", side=Side.BUY, qty=1, **terms):
        """Enter an order; return its id."""
        self.count += 1
        name = order_id(self.run, 1, self.count)
        order = Order(order_id=name, ts_ns=self.clock.now_ns(), symbol=symbol, side=side, qty=qty, **terms)
        self.apply(Submit(order=order))
        return name

    def cancel(self, name):
        symbol = self.blotter.register.orders[name].order.symbol
        self.apply(Cancel(order_id=name, ts_ns=self.clock.now_ns(), symbol=symbol))

    def working(self):
        """Return our own orders that are not over."""
        return [one.order.order_id for one in self.blotter.working() if not one.external]

    async def until(self, wanted, seconds=60.0):
        end = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < end, (self.working(), self.blotter.ready, self.blotter.unknown, self.events[-5:])
            await asyncio.sleep(PAUSE_S)

    async def settled(self):
        """Wait until nothing works and everything was compared twice since, without a difference."""
        await self.until(lambda: self.blotter.ready and not self.working() and not self.blotter.unknown)
        for _ in range(2):
            self.stock = None
            self.blotter._agenda.take_stock(self.clock.now_ns())
            await self.until(lambda: self.stock is not None and self.blotter.ready)
        await self.until(lambda: not self.working() and self.agrees())

    def agrees(self):
        lots = {symbol: held for symbol, held in self.blotter.reconciliation.lots.items() if held}
        return lots == {symbol: held for symbol, held in self.stock.positions.items() if held}

    def differences(self):
        return [one for one in self.events if isinstance(one, Difference)]


@asynccontextmanager
async def desk(exchange, run):
    """Open a desk, ready to enter orders."""
    one = Desk(exchange, run)
    working = asyncio.ensure_future(one.work())
    try:
        async with running(one.updates):
            await one.until(lambda: one.blotter.ready)
            yield one
    finally:
        if working.done():
            working.result()
        for task in (working, *one._asking):
            task.cancel()
        await asyncio.gather(working, *one._asking, return_exceptions=True)
        one.trading.close()
