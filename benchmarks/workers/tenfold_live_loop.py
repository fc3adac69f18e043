"""Take frames of market data in and write orders out, as the live loop does: ten strategies vote over ten symbols, minute by minute."""

import datetime
import gc
import socket
import tempfile
import time
from collections import deque
from pathlib import Path

import msgspec
import numpy as np
import task
from exchange_client import percentile

from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits
from tenfold.adapters.alpaca.market_data import MarketDialect
from tenfold.adapters.alpaca.orders import encode_place
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.clock import FixedClock
from tenfold.adapters.journal.journal import begin_run
from tenfold.app.demo import MEMBERS
from tenfold.domain.events import Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet
from tenfold.domain.order import OrderStatus, OrderType
from tenfold.domain.rules import Account, Rules, Sizing
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.engine.engine import Engine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.voters import FoldVoter
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import (
    Answered,
    Connected,
    Outcome,
    Place,
    Stock,
    Streamed,
    TakeStock,
    VenueFill,
    VenueOrder,
)
from tenfold.market.back_fills import BackFill
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds
from tenfold.registry import STRATEGIES
from tenfold.risk.limits import limits_of
from tenfold.simulation.journal import NullJournal

JOB = task.read()
SYMBOLS = tuple(f"S{number}" for number in range(JOB["symbols"]))
INSTRUMENTS = tuple(Instrument(symbol=symbol, tick_size=0.01) for symbol in SYMBOLS)
BEGIN = datetime.datetime(2025, 11, 17, 14, 30, tzinfo=datetime.UTC)
MONEY = 1e6


def frames(minutes):
    """Yield the frames of one source, each a bar of one symbol, with the moment at which they come."""
    rng = np.random.default_rng(7)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 2e-3, (minutes, len(SYMBOLS))), axis=0)), 2)
    begin_ns = round(BEGIN.timestamp()) * NS_PER_SECOND
    for minute in range(minutes):
        opened = BEGIN + datetime.timedelta(minutes=minute)
        for number, (symbol, price) in enumerate(zip(SYMBOLS, close[minute].tolist(), strict=True)):
            bar = {
                "T": "b",
                "S": symbol,
                "o": price,
                "h": price + 0.05,
                "l": price - 0.05,
                "c": price,
                "v": 1000.0,
                "n": 10,
                "vw": price,
                "t": opened,
            }
            yield msgspec.msgpack.encode([bar]), begin_ns + (minute + 1) * NS_PER_MINUTE + (100 + number) * 1_000_000


class Live:
    """Hold the whole path, from the bytes of a frame to the bytes of an order."""

    def __init__(self, journal):
        rules = Rules(
            account=Account(cash=MONEY), sizing=Sizing(method="volatility", rebalance_frac=0.001), limits=limits_of("live")
        )  # fmt: skip
        folds = [STRATEGIES.load(name) for name in MEMBERS]
        voters = [FoldVoter(fold, fold.params(fold.accept({})), fold.name, 1.0, len(SYMBOLS)) for fold in folds]
        self.engine = Engine(rules, INSTRUMENTS, voters, 252.0 * 390)
        self.loop = LiveLoop(self.engine, Blotter(INSTRUMENTS, MONEY), journal)
        self.clock = FixedClock(round(BEGIN.timestamp()) * NS_PER_SECOND)
        self.feeds = Feeds(SYMBOLS, [SourceTerms(name="alpaca", prints=False)], None)
        self.dialect = MarketDialect(Keys("k", "s"), {"bars": SYMBOLS}, self.clock, self.take, print)
        self.dialect.opened(Liveness(LivenessLimits(), 0))
        self.quantities = Quantities(INSTRUMENTS)
        self.out, self.venue = socket.socketpair()
        self.filled = 0
        self.heard = deque(maxlen=10 * len(SYMBOLS))
        now_ns = self.clock.now_ns()
        self.feeds.linked("alpaca", now_ns, True)
        self.loop.post(Started(ts_ns=now_ns, run="bench", epoch=1, config_hash="", code_hash=""))
        self.loop.turn(now_ns)
        self.loop.hear(Connected(ts_ns=now_ns))
        self.settle(self.loop.turn(now_ns))

    def take(self, received_ns, values):
        self.heard += values
        self.tell(self.feeds.take("alpaca", received_ns, values))

    def tell(self, told):
        for one in told:
            if isinstance(one, BarSet):
                self.loop.post(one)
            elif isinstance(one, BackFill):
                self.tell(
                    self.feeds.back_filled(
                        self.clock.ts_ns, one, [bar for bar in self.heard if bar.open_ns >= one.start_ns]
                    )
                )

    def frame(self, raw, now_ns):
        """Return the seconds until the first order of a frame is written, None where there is none, and answer every request."""
        while now_ns - self.clock.ts_ns > NS_PER_SECOND:  # the loop looks at the time several times a second
            self.clock.ts_ns += NS_PER_SECOND
            self.tell(self.feeds.advance(self.clock.ts_ns))
        self.clock.ts_ns = now_ns
        begin = time.perf_counter()
        self.dialect.heard(raw)
        requests = self.loop.turn(now_ns)
        places = [one for one in requests if isinstance(one, Place)]
        taken = None
        if places:
            self.out.send(encode_place(places[0], self.quantities))
            taken = time.perf_counter() - begin
            self.venue.recv(65536)
        self.settle(requests)
        return taken

    def settle(self, requests):
        """Answer as a venue that fills at once."""
        now_ns = self.clock.now_ns()
        while requests:
            for request in requests:
                if isinstance(request, TakeStock):
                    self.loop.hear(
                        Stock(
                            ts_ns=now_ns,
                            orders=(),
                            fills=(),
                            positions=self.positions(),
                            cash_units=self.engine.ledger.cash,
                            number=request.number,
                        )
                    )
                elif isinstance(request, Place):
                    self.fill(request.order, now_ns)
            requests = self.loop.turn(now_ns)

    def positions(self):
        return {symbol: lots for symbol in SYMBOLS if (lots := self.engine.ledger.position(symbol).lots)}

    def fill(self, order, now_ns):
        self.filled += 1
        told = {
            "venue_id": f"v-{order.order_id}",
            "order_id": order.order_id,
            "symbol": order.symbol,
            "side": order.side,
        }
        new = VenueOrder(**told, qty=order.qty, filled=0, status=OrderStatus.ACCEPTED, state="new")
        done = VenueOrder(**told, qty=order.qty, filled=order.qty, status=OrderStatus.FILLED, state="filled")
        self.loop.hear(Answered(ts_ns=now_ns, order_id=order.order_id, asked="place", outcome=Outcome.ACK, found=new))
        fill = VenueFill(
            execution_id=f"e{self.filled}", **told, qty=order.qty, price=self.engine.ledger.closes[order.symbol], ts_ns=now_ns,
            cumulative=order.qty,
        )  # fmt: skip
        self.loop.hear(Streamed(ts_ns=now_ns, event="fill", order=done, fill=fill))
        assert order.type is OrderType.MARKET


class TimedJournal:
    """Hold a journal, and the seconds that its syncs took."""

    def __init__(self, inner):
        self.inner, self.taken, self.append, self.records = inner, [], inner.append, inner.records

    def sync(self):
        begin = time.perf_counter()
        self.inner.sync()
        self.taken.append(time.perf_counter() - begin)


def measured(journal, minutes):
    """Return the seconds from frame to order."""
    live, taken = Live(journal), []
    for number, (raw, now_ns) in enumerate(frames(minutes)):
        seconds = live.frame(raw, now_ns)
        if number == minutes // 4 * len(SYMBOLS):  # what is compiled and warmed by then is set aside
            gc.collect()
            gc.freeze()
            taken.clear()
        if seconds is not None:
            taken.append(seconds)
    return taken, live


def main():
    job = JOB
    quick, live = measured(NullJournal(), job["minutes"])
    with tempfile.TemporaryDirectory() as folder:
        kept = TimedJournal(begin_run(str(Path(folder) / "journal.db"), "bench", b""))
        synced, _ = measured(kept, job["minutes"] // 4)
        kept.inner.close()
    task.answer(
        wall_s=sum(quick), orders=len(quick), filled=live.filled,
        p50_us=percentile(quick, 0.5) * 1e6, p99_us=percentile(quick, 0.99) * 1e6, worst_us=max(quick) * 1e6,
        synced_p50_us=percentile(synced, 0.5) * 1e6, sync_p50_us=percentile(kept.taken, 0.5) * 1e6, sync_p99_us=percentile(kept.taken, 0.99) * 1e6,
    )  # fmt: skip


if __name__ == "__main__":
    main()
