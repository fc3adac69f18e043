"""Small recorded markets for the tests of the exchange."""

import numpy as np

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.sessions import Sessions
from tenfold.market.ticks import Ticks

DAY = 20_420
"""2025-11-28, a Friday; every weekday is a session here."""
SESSIONS = Sessions()
OPEN_NS = SESSIONS.session(DAY).open_ns
CLOSE_NS = SESSIONS.session(DAY).close_ns


def minute_bars(count=390, symbols=("A", "B"), day=DAY, first_minute=0, start=100.0, volume=100.0):
    """Return bars of full minutes from the open on, each a cent above the one before."""
    ts_ns = SESSIONS.session(day).open_ns + (first_minute + np.arange(1, count + 1)) * NS_PER_MINUTE
    close = start + 0.01 * np.arange(count * len(symbols), dtype=float).reshape(count, len(symbols))
    return bars_from_arrays(
        symbols, ts_ns, close - 0.005, close + 0.02, close - 0.02, close, np.full(close.shape, volume), period_ns=NS_PER_MINUTE
    )  # fmt: skip


def daily_bars(days, symbols=("A",), start=100.0):
    """Return bars of days of UTC, each a dollar above the one before."""
    close = start + np.arange(len(days) * len(symbols), dtype=float).reshape(len(days), len(symbols))
    ts_ns = (np.asarray(days) + 1) * NS_PER_DAY - 1
    return bars_from_arrays(symbols, ts_ns, close, close + 1, close - 1, close, close * 100, period_ns=NS_PER_DAY)


def joined_days(*parts):
    """Return bars of several days as one."""
    rows = np.concatenate([part.rows for part in parts])
    return type(parts[0])(rows=rows, instruments=parts[0].instruments, period_ns=parts[0].period_ns)


def trades(rows, symbol="A", **columns):
    """Return prints of (seconds since the open, price, size)."""
    seconds, price, size = (np.array(column, float) for column in zip(*rows, strict=True))
    ts_ns = OPEN_NS + np.rint(seconds * 1e9).astype(np.int64)
    return Ticks(symbol, "trades", ts_ns, {"price": price, "size": size, **columns})


def quotes(rows, symbol="A", **columns):
    """Return quotes of (seconds since the open, bid, ask); NaN or 0 is no quote of a side."""
    seconds, bid, ask = (np.array(column, float) for column in zip(*rows, strict=True))
    ts_ns = OPEN_NS + np.rint(seconds * 1e9).astype(np.int64)
    sizes = {"bid_size": np.full(len(bid), 3.0), "ask_size": np.full(len(ask), 4.0)}
    return Ticks(symbol, "quotes", ts_ns, {"bid": bid, "ask": ask, **sizes, **columns})


def depth(rows, symbol="A"):
    """Return changes of levels of (seconds since the open, snapshot, first id, last id, side, price, quantity)."""
    columns = [np.array(column, float) for column in zip(*rows, strict=True)]
    names = ("snapshot", "first_id", "last_id", "side", "price", "qty")
    ts_ns = OPEN_NS + np.rint(columns[0] * 1e9).astype(np.int64)
    return Ticks(symbol, "depth", ts_ns, dict(zip(names, columns[1:], strict=True)))


def random_trades(count, seed=0, symbol="A", late=0.0, seconds=1800.0):
    """Return prints at random times, some of which are told late."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.uniform(0.0, seconds, count))
    at = np.where(rng.random(count) < late, np.maximum(at - rng.uniform(60.0, 200.0, count), 0.0), at)
    price = np.round(100.0 + np.cumsum(rng.normal(0.0, 0.02, count)), 2)
    return trades(list(zip(at, price, rng.integers(1, 500, count), strict=True)), symbol)


def events_of(source):
    """Return the events of a source in one list."""
    return [event for part in source for event in part]


def played(replay, until_ns=1 << 62):
    """Return what a replay plays, moment by moment."""
    found = []
    while (ts_ns := replay.next_ns()) is not None and ts_ns <= until_ns:
        found += replay.take(ts_ns)
    return found


def texts(events):
    """Return events as texts, to be compared: an absent price is NaN, which equals nothing."""
    return [repr(event) for event in events]
