"""Let ten million events pass through the live loop, and see that its memory stays flat after it has warmed up.

    python benchmarks/live_memory.py                     ten million, kept in `benchmarks/live_memory.json`
    python benchmarks/live_memory.py --events 200000     a short one; nothing is kept, and memory is not judged

A strategy works its own orders on bars of two symbols: it enters, cancels and leaves all the time. Between two bars comes what a live
engine is told each second. A venue in the same process answers, fills, and is compared with again and again. The journal is a file, a
sync for each turn, and is read back whole at the end. The exit status is 1 where memory grew, or hardly anything was traded.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import moment
from soaking.nuisance import resident_mb

from tenfold.adapters.journal.journal import begin_run
from tenfold.app.facade import rules_of
from tenfold.domain.conditions import Conditions
from tenfold.domain.events import Event, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import Command, OrderStatus
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.engine.engine import Engine
from tenfold.engine.live_loop import LiveLoop
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import (
    Answered,
    Connected,
    LookUp,
    Outcome,
    Place,
    Stock,
    Streamed,
    TakeStock,
    VenueFill,
    VenueOrder,
    Withdraw,
)
from tenfold.simulation.journal import NullJournal

HERE = Path(__file__).parent
KEPT = HERE / "live_memory.json"
SYMBOLS = ("AAPL", "MSFT")
START_NS = 1_709_562_600 * NS_PER_SECOND
TOLD = 500
"""Conditions that are told before a bar set."""
DAYS = 20
"""Days of the venue that pass meanwhile: what ended is kept for one, in case something comes of it."""
SAMPLES = 100
WARM = 10
"""Samples before memory is judged: a tenth of all events."""
GROWTH_MAX = 1.02
NAN = float("nan")


class Trader:
    """Enter at the market, leave at the market, and rest an order in between that is cancelled again."""

    name = "turnover"

    def on_event(self, event: Event, view: Any) -> list[Command]:
        if not isinstance(event, BarSet):
            return []
        found: list[Command] = []
        for symbol in view.symbols:
            lots = view.position(symbol)
            found += [view.cancel(one.order.order_id) for one in view.orders(symbol)]
            found.append(view.submit(symbol, "sell" if lots else "buy", lots or 10, "market"))
            found.append(view.submit(symbol, "buy", 1, "limit", limit_price=50.0))
        return found


class Venue:
    """Answer every request, and fill what is at the market at once."""

    def __init__(self, loop: LiveLoop, cash_units: int) -> None:
        self.loop = loop
        self.cash_units = cash_units
        self.lots = dict.fromkeys(SYMBOLS, 0)
        self.working: dict[str, VenueOrder] = {}
        self.fills: list[VenueFill] = []
        self.number = 0

    def answer(self, request: Any, now_ns: int, price: float) -> None:
        match request:
            case TakeStock(number=number):
                fills, self.fills = tuple(self.fills), []
                positions = {symbol: lots for symbol, lots in self.lots.items() if lots}
                self.loop.hear(
                    Stock(
                        ts_ns=now_ns,
                        orders=tuple(self.working.values()),
                        fills=fills,
                        positions=positions,
                        cash_units=self.cash_units,
                        number=number,
                    )
                )
            case Place(order=order):
                self._place(order, now_ns, price)
            case Withdraw(venue_id=venue_id, order_id=order_id):
                self.loop.hear(Answered(ts_ns=now_ns, order_id=order_id, asked="withdraw", outcome=Outcome.ACK))
                gone = self.working.pop(venue_id)
                over = self._as(gone, OrderStatus.CANCELED, "canceled", now_ns)
                self.loop.hear(Streamed(ts_ns=now_ns, event="canceled", order=over))
            case LookUp():
                self.loop.hear(
                    Answered(ts_ns=now_ns, order_id=request.order_id, asked="look_up", outcome=Outcome.REFUSED)
                )

    def _place(self, order: Any, now_ns: int, price: float) -> None:
        self.number += 1
        new = VenueOrder(
            venue_id=f"v{self.number}", order_id=order.order_id, symbol=order.symbol, side=order.side, qty=order.qty, filled=0,
            status=OrderStatus.ACCEPTED, state="new", updated_ns=now_ns,
        )  # fmt: skip
        self.loop.hear(Answered(ts_ns=now_ns, order_id=order.order_id, asked="place", outcome=Outcome.ACK, found=new))
        self.loop.hear(Streamed(ts_ns=now_ns, event="new", order=new))
        if order.limit_price is not None:
            self.working[new.venue_id] = new
            return
        self.lots[order.symbol] += order.side.sign * order.qty
        self.cash_units -= order.side.sign * order.qty * round(price * 1e6)
        fill = VenueFill(
            execution_id=f"e{self.number}", venue_id=new.venue_id, order_id=order.order_id, symbol=order.symbol, side=order.side,
            qty=order.qty, price=price, ts_ns=now_ns, cumulative=order.qty, position=self.lots[order.symbol],
        )  # fmt: skip
        self.fills.append(fill)
        done = self._as(new, OrderStatus.FILLED, "filled", now_ns, filled=order.qty, average=price)
        self.loop.hear(Streamed(ts_ns=now_ns, event="fill", order=done, fill=fill))

    def _as(self, one: VenueOrder, status: OrderStatus, state: str, now_ns: int, **more: Any) -> VenueOrder:
        kept = {"filled": one.filled, "average": one.average} | more
        return VenueOrder(
            venue_id=one.venue_id, order_id=one.order_id, symbol=one.symbol, side=one.side, qty=one.qty, status=status, state=state,
            updated_ns=now_ns, **kept,
        )  # fmt: skip


class Counted:
    """Hold a journal, and count what it takes."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.sync, self.records = inner, inner.sync, inner.records
        self.count = 0

    def append(self, records: Any) -> None:
        self.count += len(records)
        self.inner.append(records)


def bars(ts_ns: int, number: int, price: float) -> BarSet:
    day = ts_ns // NS_PER_DAY
    found = tuple(
        Bar(0, day, ts_ns, price, price, price, price, 1000.0, ts_ns - NS_PER_SECOND, NAN, NAN, NAN, NAN, 0.0, number, number, 9_999, 2024, 3, 4, 0, symbol)
        for symbol in SYMBOLS
    )  # fmt: skip
    return BarSet(ts_ns=ts_ns, session=day, bars=found)


def run(events: int, journal: Any) -> dict[str, Any]:
    """Let so many events pass; return memory after each hundredth of them."""
    rules = rules_of("none", "alpaca")
    instruments = [Instrument(symbol=symbol, venue="alpaca", tick_size=0.01) for symbol in SYMBOLS]
    blotter = Blotter(instruments, rules.account.cash)
    kept = Counted(journal)
    loop = LiveLoop(Engine(rules, instruments, [], 252.0, Trader()), blotter, kept)
    venue = Venue(loop, round(rules.account.cash * 1e6))
    now_ns, number, by_sample, step_ns = START_NS, 0, [], DAYS * NS_PER_DAY // events
    loop.post(Started(ts_ns=now_ns, run="memory", epoch=1, config_hash="", code_hash=""))
    loop.turn(now_ns)
    loop.hear(Connected(ts_ns=now_ns))
    begin, cpu = time.monotonic(), time.process_time()
    while kept.count < events:
        number += 1
        price = round(100.0 + number % 97 * 0.01, 2)
        for step in range(TOLD):
            now_ns += step_ns
            loop.post(Conditions(ts_ns=now_ns, quality=99.0 + step % 2, buying_power_units=venue.cash_units))
        loop.post(bars(now_ns, number, price))
        while requests := loop.turn(now_ns):
            for request in requests:
                venue.answer(request, now_ns, price)
        if kept.count >= events * (len(by_sample) + 1) // SAMPLES:
            gc.collect()
            by_sample.append({"events": kept.count, "mb": round(resident_mb(os.getpid()), 2)})
    assert not any(loop.engine.ledger.position(symbol).lots != venue.lots[symbol] for symbol in SYMBOLS)
    assert loop.engine.ledger.cash == venue.cash_units
    return {
        "events": kept.count, "orders": venue.number, "wall_s": round(time.monotonic() - begin, 1),
        "cpu_s": round(time.process_time() - cpu, 1), "by_sample": by_sample,
    }  # fmt: skip


def main() -> int:
    """Run it, tell and keep what was seen, and return the exit status."""
    parser = argparse.ArgumentParser(description="Ten million events through the live loop.")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--without-journal", action="store_true", help="write nothing to the disk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        journal = NullJournal() if options.without_journal else begin_run(f"{folder}/journal.db", "memory", b"")
        record = {**moment(), **run(options.events, journal), "journal": not options.without_journal}
        assert options.without_journal or sum(1 for _ in journal.records()) == record["events"]
    samples = [one["mb"] for one in record["by_sample"]]
    growth = max(samples[-5:]) / max(samples[WARM - 5 : WARM])
    traded = record["orders"] >= record["events"] / (2 * TOLD)
    record |= {"growth": round(growth, 4), "holds": growth <= GROWTH_MAX and traded}
    print(f"{record['events']:,} events, {record['orders']:,} orders in {record['cpu_s']} s of processor time: {samples[WARM - 1]} MB after "
          f"a tenth, {samples[-1]} MB at the end, {growth - 1:+.2%}")  # fmt: skip
    if options.events >= 10_000_000:
        KEPT.write_text(json.dumps(record, indent=1) + "\n")
        return 0 if record["holds"] else 1
    return 0 if traded else 1


if __name__ == "__main__":
    sys.exit(main())
