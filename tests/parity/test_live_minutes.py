"""Minutes built live of a tape equal those that the exchange builds of it, bar for bar, and their number and average price too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_markets import OPEN_NS, random_trades
from tenfold.domain.live_market import Print
from tenfold.domain.market import Bar, Trade
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.market.trades import trade_events
from tenfold.market.live_bars import LiveBars
from tenfold.market.ticks import Ticks


def compared(ticks):
    """Return minutes of the exchange and of a live source that hears its prints; each (open_ns, prices, volume, extra)."""
    live, theirs = LiveBars(ticks.symbol, kept=10**6), []
    for part in trade_events([ticks]):
        for event in part:
            if isinstance(event, Bar):
                theirs.append(event)
            elif isinstance(event, Trade):
                live.trade(
                    Print(ts_ns=event.ts_ns, symbol=event.symbol, price=event.price, size=event.size, venue=event.venue)
                )
    found = [(live.bar(bar.open_ns), bar) for bar in theirs]
    shown = ("open_ns", "ts_ns", "open", "high", "low", "close", "volume", "extra")
    return [[tuple(getattr(bar, name) for name in shown) for bar in pair] for pair in found]


@given(st.integers(0, 2**20), st.integers(1, 400))
def test_minutes_equal_those_of_the_exchange(seed, count):
    pairs = compared(random_trades(count, seed))
    assert pairs
    assert all(ours == theirs for ours, theirs in pairs)


def test_prints_of_one_nanosecond_keep_their_order():
    price = np.array([3.0, 1.0, 2.0])
    ticks = Ticks("A", "trades", np.full(3, OPEN_NS), {"price": price, "size": np.ones(3)})
    ((ours, theirs),) = compared(ticks)
    assert ours == theirs
    assert ours[2:6] == (3.0, 3.0, 1.0, 2.0)
    assert ours[1] - ours[0] == NS_PER_MINUTE


@pytest.mark.parametrize("name", ["equity_tick_trades", "crypto_trades_bitstamp_2011"])
def test_minutes_of_recorded_prints_equal_those_of_the_exchange(reference_data, name):
    import polars as pl

    frame = pl.read_parquet(reference_data / f"{name}.parquet").sort("ts", maintain_order=True)
    columns = {"price": frame["price"].to_numpy(), "size": frame["size"].to_numpy()}
    ticks = Ticks("A", "trades", frame["ts"].dt.epoch("ns").to_numpy(), columns)
    pairs = compared(ticks)
    assert len(pairs) > 100
    assert all(ours == theirs for ours, theirs in pairs)
