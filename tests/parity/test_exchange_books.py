"""The same orders over the same ticks fill alike in a backtest and on the exchange: order by order, the same lots at the same prices."""

import itertools
from collections import defaultdict

import msgspec
import numpy as np
import polars as pl
import pytest

from exchange_markets import OPEN_NS, SESSIONS, depth, trades
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Quote, Trade
from tenfold.domain.order import Cancel, Fill, Order, OrderType, Side, Submit
from tenfold.domain.rules import Rules
from tenfold.exchange.api.assets import assets_of
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.gathered import tick_sources
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.settings import TradingSettings
from tenfold.exchange.trading.request import decode_order
from tenfold.exchange.trading.trading import Trading
from tenfold.exchange.wire import Ids
from tenfold.market.ticks import Ticks
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

SYMBOL, LOT, SECOND = "BTCUSDT", 1e-5, 10**9
STEP = 5 * SECOND


class Both:
    """Send the same orders to the broker of a backtest and to the exchange, and keep what each filled."""

    def __init__(self, events, seed):
        self.rng = np.random.default_rng(seed)
        self.events = events
        self.latest = Latest()
        self.trading = Trading(
            TradingSettings(), assets_of([SYMBOL]), SESSIONS, BookMatching({SYMBOL: "depth"}), self.latest,
            Faults(), Ids(1),
        )  # fmt: skip
        ticks = [event for event in events if not isinstance(event, Quote)]
        instrument = Instrument(symbol=SYMBOL, lot_size=LOT)
        self.broker = SimulatedBroker(Rules(), [instrument], {SYMBOL: ticks})
        first, last = events[0].ts_ns, events[-1].ts_ns
        times = np.arange(first + STEP, last + STEP, STEP)
        price = np.linspace(100.0, 101.0, len(times))
        self.bars = bars_from_arrays(
            SYMBOL, times, price, price + 1, price - 1, price, np.ones(len(times)), period_ns=STEP, instruments=[instrument]
        )  # fmt: skip
        self.names = {}  # of the exchange's orders by those of the broker
        self.ours, self.theirs, self.makers = defaultdict(list), defaultdict(list), 0
        self.touches = []

    def run(self):
        events = iter([*self.events, None])
        event = next(events)
        for moment in BarFeed(self.bars).events():
            while event is not None and event.ts_ns <= moment.ts_ns:
                self.latest.on_market(event)
                self.trading.on_market(event)
                event = next(events)
            self.broker.on_bars(moment)
            self.hear()
            if event is not None:  # an order of a backtest meets the book as the next tick finds it
                self.decide(moment.ts_ns)
            self.hear()
        return self

    def decide(self, now):
        quote = self.latest.quote(SYMBOL)
        if quote is None:
            return
        for name in [name for name in self.names if self.rng.random() < 0.2]:
            self.cancel(name, now)
        for _ in range(int(self.rng.integers(0, 3))):
            side = str(self.rng.choice(["buy", "buy", "sell"]))
            lots = int(self.rng.integers(1000, 20_000))
            kind = str(self.rng.choice(["market", "limit", "limit", "limit"]))
            tif = str(self.rng.choice(["gtc", "gtc", "ioc"]))
            near = quote.bid if side == "buy" else quote.ask
            price = round(near + float(self.rng.choice([-0.02, -0.01, 0.0, 0.01, 0.02])), 2)
            self.send(side, lots, kind, tif if kind == "limit" else "gtc", price if kind == "limit" else None, now)

    def send(self, side, lots, kind, tif, price, now):
        body = {"symbol": SYMBOL, "qty": f"{lots * LOT:.5f}", "side": side, "type": kind, "time_in_force": tif}
        if price is not None:
            body["limit_price"] = f"{price:.2f}"
        try:
            theirs = self.trading.submit("tenfold", decode_order(msgspec.json.encode(body)), now)
        except Refusal:  # it would sell what is not held, or trade with an own order: neither is sent
            return
        name = f"run-0-{len(self.names) + 1}"
        self.names[name] = theirs.id
        order = Order(
            order_id=name, ts_ns=now, symbol=SYMBOL, side=Side(side), qty=lots, type=OrderType(kind), tif=tif, limit_price=price
        )  # fmt: skip
        self.broker.send([Submit(order=order)])
        if kind == "market":
            shown = self.latest.quote(SYMBOL)
            self.touches.append((name, order.side.sign, shown.ask if side == "buy" else shown.bid))

    def cancel(self, name, now):
        try:
            self.trading.cancel("tenfold", self.names[name], now)
        except Refusal:
            return
        self.broker.send([Cancel(order_id=name, ts_ns=now, symbol=SYMBOL)])

    def hear(self):
        for report in self.broker.reports():
            if isinstance(report, Fill):
                self.ours[report.order_id].append((report.qty, report.price))
                self.makers += report.liquidity == "maker"
        back = {theirs: name for name, theirs in self.names.items()}
        for update in self.trading.take_updates():
            if update.event in {"fill", "partial_fill"}:
                self.theirs[back[update.order["id"]]].append((float(update.qty) / LOT, float(update.price)))

    def left(self, name):
        return sum(lots for lots, _ in self.theirs[name]) % 1.0

    def totals(self, filled):
        return {
            name: (int(sum(lots for lots, _ in parts) + 1e-6), sum(lots * price for lots, price in parts))
            for name, parts in filled.items()
        }


def played(levels, prints):
    parts = {(SYMBOL, "depth"): lambda: [levels], (SYMBOL, "trades"): lambda: [prints]}
    sources = tick_sources(SYMBOL, parts, None, 0, 1 << 62, bars=False)
    return sorted(itertools.chain.from_iterable(itertools.chain.from_iterable(sources)), key=order_of)


def generated(seed, seconds=300):
    """Return a book of ten levels a side whose quantities change and are traded, and whose middle wanders."""
    rng = np.random.default_rng(seed)
    rows, prints, number, middle = [], [], 1, 10_000
    standing = {}
    for second in range(seconds):
        middle += int(rng.integers(-1, 2))
        wanted = {(side, middle - side * k): int(rng.integers(1, 40)) / 100 for side in (1, -1) for k in range(1, 11)}
        changed = {key: 0.0 for key in standing if key not in wanted} | wanted
        rows += [
            (second, second == 0, number, number, side, price / 100, qty) for (side, price), qty in changed.items()
        ]
        standing, number = wanted, number + 1
        for _ in range(int(rng.integers(0, 4))):
            side = int(rng.choice([1, -1]))
            prints.append((second + 0.5, (middle - side) / 100, int(rng.integers(1, 30)) / 100))
    return depth(rows, SYMBOL), trades(prints, SYMBOL)


def recorded(folder):
    table = pl.read_parquet(folder / "l2_btcusdt_spot_depth.parquet").sort("seq")
    columns = {name: table[name].to_numpy() for name in ("first_id", "last_id", "side", "price", "qty")}
    columns["snapshot"] = (table["event"] == "S").to_numpy().astype(np.float64)
    levels = Ticks(SYMBOL, "depth", table["ts"].dt.timestamp("ns").to_numpy(), columns)
    table = pl.read_parquet(folder / "l2_btcusdt_spot_trades.parquet")
    columns = {name: table[name].to_numpy() for name in ("price", "size")}
    return levels, Ticks(SYMBOL, "trades", table["ts"].dt.timestamp("ns").to_numpy(), columns)


def hold(both, orders, makers):
    ours, theirs = both.totals(both.ours), both.totals(both.theirs)
    assert {name: lots for name, (lots, _) in ours.items()} == {
        name: lots for name, (lots, _) in theirs.items() if lots
    }
    for name, (lots, value) in ours.items():  # what is less than a lot the account of a backtest does not hold
        assert value == pytest.approx(theirs[name][1], rel=1e-9, abs=1.0001 * value / lots * (both.left(name) > 1e-6))
    assert len(ours) > orders
    assert both.makers > makers
    filled = {name: both.ours[name][0][1] for name, _, _ in both.touches if name in both.ours}
    better = [name for name, side, shown in both.touches if name in filled and side * (filled[name] - shown) < -1e-9]
    assert not better, "a market order never trades better than what was displayed"


@pytest.mark.parametrize("seed", range(6))
def test_a_generated_book(seed):
    hold(Both(played(*generated(seed)), seed).run(), orders=15, makers=3)


@pytest.mark.parametrize("seed", range(2))
def test_the_recorded_book_of_bitcoin(reference_data, seed):
    events = played(*recorded(reference_data))
    assert any(isinstance(event, Trade) for event in events)
    assert events[0].ts_ns != OPEN_NS
    hold(Both(events, seed).run(), orders=20, makers=5)
