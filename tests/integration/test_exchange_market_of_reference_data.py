"""Real ticks and levels as a market of the exchange: the best quotes are never crossed, past and replay agree."""

import itertools

import numpy as np
import polars as pl

from exchange_markets import SESSIONS, played, texts
from tenfold.domain.market import Bar, Quote, Trade
from tenfold.exchange.events import Auction, Depth
from tenfold.exchange.market.candle import candle_of
from tenfold.exchange.market.gathered import gather
from tenfold.exchange.market.levels import depth_events
from tenfold.market.ticks import Ticks

EVER = (0, 1 << 61)


def read(path, kind, names):
    table = pl.read_parquet(path)
    columns = {name: table[name].to_numpy() for name in names if name in table.columns}
    return Ticks(table["symbol"][0], kind, table["ts"].dt.timestamp("ns").to_numpy(), columns)


def pieces(ticks, length=5000):
    return lambda: (ticks.slice(at, min(at + length, len(ticks))) for at in range(0, len(ticks), length))


def test_a_day_of_ticks(reference_data):
    quotes = read(
        reference_data / "equity_tick_quotes.parquet",
        "quotes",
        ("bid", "ask", "bid_size", "ask_size", "exchange", "suspicious"),
    )
    trades = read(reference_data / "equity_tick_trades.parquet", "trades", ("price", "size", "exchange", "suspicious"))
    ticks = {("IBM", "quotes"): pieces(quotes), ("IBM", "trades"): pieces(trades)}
    first, last = int(trades.ts_ns.min()), int(trades.ts_ns.max()) + 1
    market = gather([], SESSIONS, first, last, ticks=ticks)
    assert market.kinds == {"IBM": "quotes"}
    events = played(market.replay)
    times = [event.ts_ns for event in events]
    assert times == sorted(times)
    shown = [one for one in events if isinstance(one, Quote)]
    assert len(shown) > 200_000
    assert all(0.0 < one.bid <= one.ask for one in shown)
    prints = [one for one in events if isinstance(one, Trade)]
    assert texts(market.history.trades("IBM", *EVER, last)) == texts(prints)
    assert [one.kind for one in events if isinstance(one, Auction)] == ["open", "close"] * 2
    assert market.history.auctions("IBM", *EVER, last) == [one for one in events if isinstance(one, Auction)]
    bars = [candle_of(one) for one in events if isinstance(one, Bar)]
    minutes = market.history.bars("IBM", "1Min", *EVER, last)
    assert [one[:8] for one in minutes] == [one[:8] for one in bars][: len(minutes)]
    assert len(minutes) > 780
    days = market.history.bars("IBM", "1Day", *EVER, last)
    assert len(days) == 2
    assert all(170.0 < one.low <= one.vwap <= one.high < 190.0 for one in days)


def test_the_levels_of_bitcoin_show_the_recorded_best_quotes(reference_data):
    table = pl.read_parquet(reference_data / "l2_btcusdt_spot_depth.parquet").sort("seq")
    names = ("first_id", "last_id", "side", "price", "qty")
    columns = {name: table[name].to_numpy() for name in names}
    columns["snapshot"] = (table["event"] == "S").to_numpy().astype(np.float64)
    depth = Ticks("BTCUSDT", "depth", table["ts"].dt.timestamp("ns").to_numpy(), columns)
    known = {
        row[0]: row[1:]
        for row in pl.read_parquet(reference_data / "l2_btcusdt_spot_bbo.parquet")
        .select("update_id", "bid", "bid_size", "ask", "ask_size")
        .iter_rows()
    }
    best, matched = None, 0
    events = itertools.chain.from_iterable(depth_events(pieces(depth)()))
    waiting = None
    for event in events:
        if isinstance(event, Depth):
            if waiting is not None:
                assert best == known[waiting]
                matched += 1
            waiting = event.last_id if event.last_id in known and not event.snapshot else None
        elif isinstance(event, Quote):
            best = (event.bid, event.bid_size, event.ask, event.ask_size)
    assert matched > 100
