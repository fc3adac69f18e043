"""Build plausible runs by hand: an independent, slow and simple portfolio whose money adds up exactly."""

import math

import numpy as np
import pytest

from tenfold.backtesting.run import FILL, TRADE, Run
from tenfold.domain.account import Trip
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import Account, Costs, Rules
from tenfold.domain.units import NS_PER_DAY

START_NS = 1_420_070_400_000_000_000  # 2015-01-01


def business_days(count, start_ns=START_NS):
    days = np.arange(start_ns // NS_PER_DAY, start_ns // NS_PER_DAY + 2 * count + 9)
    days = days[(days + 3) % 7 < 5][:count]
    return (days + 1) * NS_PER_DAY


def build_run(
    bars=500, symbols=("AAA", "BBB"), members=("trend", "momentum", "value"), seed=0, *, label="synthetic: random walk",
    fee_units=1_000_000, missing=0.0, trips=(), notes=None, keep_scores=True, drift=0.0004, currency="USD", period_ns=NS_PER_DAY,
    ts_ns=None,
):  # fmt: skip
    rng = np.random.default_rng(seed)
    t, s, k = bars, len(symbols), len(members)
    close = 100 * np.exp(np.cumsum(rng.normal(drift, 0.012, (t, s)), axis=0))
    open_ = close * np.exp(rng.normal(0, 0.004, (t, s)))
    close[rng.random((t, s)) < missing] = np.nan
    spread = np.abs(rng.normal(0, 0.004, (t, s)))
    high, low = np.fmax(open_, close) * (1 + spread), np.fmin(open_, close) * (1 - spread)
    times = business_days(t) if ts_ns is None else ts_ns
    market = bars_from_arrays(
        symbols, times, open_, high, low, close, rng.integers(1e5, 1e6, (t, s)).astype(float), period_ns=period_ns,
        instruments=[Instrument(symbol=name, currency=currency) for name in symbols], label=label,
    )  # fmt: skip
    slow = np.cumsum(rng.normal(0, 1, (t, s, k)), axis=0)
    scores = np.tanh(slow / 10 + rng.normal(0, 0.1, (t, s, 1)))
    scores[:20] = np.nan
    ballots = (scores >= 0.2).astype(int) - (scores <= -0.2).astype(int)
    total = ballots.sum(axis=2) / k
    agreement = np.maximum((ballots > 0).mean(axis=2), (ballots < 0).mean(axis=2)).astype(np.float32)
    direction = (np.sign(total) * (agreement >= 0.6)).astype(np.int8)
    rules = Rules(account=Account(cash=100_000.0, leverage_max=2.0), costs=Costs(fee_frac=0.0005, slippage_bps=2.0))
    upp = np.array([i.units_per_price for i in market.instruments])
    book = trade(market, direction, round(rules.account.cash * upp[0]), upp, fee_units)
    return Run(
        bars=market, rules=rules, members=tuple(members), weights=(1.0,) * k, engine="event", trades=np.zeros(0, TRADE),
        direction=direction, agreement=agreement, scores=scores if keep_scores else None, trips=tuple(trips),
        bindings={"position": 12, "gross": 3, "leverage": 0}, failures=dict.fromkeys(members, 0), borrow_units=0,
        dividend_units=0, notes=dict(notes or {}), **book,
    )  # fmt: skip


def trade(market, direction, cash, upp, fee_units):
    """Hold a fifth of the starting cash per symbol in the direction voted at the bar before."""
    t, s = direction.shape
    mark = [0] * s
    held, size = [0] * s, cash // (5 * s) * s
    series = {name: np.zeros(t, np.int64) for name in ("equity_units", "cash_units", "gross_units", "net_units")}
    lots, fills = np.zeros((t, s), np.int64), []
    for i in range(t):
        for j in range(s):
            row = market.rows[i, j]
            if not market.usable[i, j]:
                continue
            if i:
                want = int(direction[i - 1, j]) * (size // max(mark[j], 1)) if mark[j] else 0
                change = want - held[j] if np.sign(want) != np.sign(held[j]) else 0
                if change:
                    price = float(row["open"]) * (1.0002 if change > 0 else 0.9998)
                    unit, plain = (math.floor(p * upp[j] + 0.5) for p in (price, float(row["open"])))
                    cash -= change * unit + fee_units
                    held[j] += change
                    slip = abs(change) * abs(unit - plain)
                    fills.append((market.ts_ns[i], i, j, change, price, fee_units, slip, 0, len(fills) + 1))
            mark[j] = math.floor(float(row["close"]) * upp[j] + 0.5)
        lots[i] = held
        value = [held[j] * mark[j] for j in range(s)]
        series["cash_units"][i], series["net_units"][i] = cash, sum(value)
        series["gross_units"][i], series["equity_units"][i] = sum(map(abs, value)), cash + sum(value)
    return {**series, "lots": lots, "fills": np.array(fills, FILL)}


@pytest.fixture(scope="session")
def make_run():
    return build_run


@pytest.fixture(scope="session")
def plain_run():
    return build_run()


@pytest.fixture(scope="session")
def tripped_run():
    first = build_run(seed=3)
    trips = (
        Trip(
            ts_ns=int(first.bars.ts_ns[100]),
            rule="drawdown",
            value=0.11,
            limit=0.10,
            reset_ns=int(first.bars.ts_ns[120]),
        ),
        Trip(ts_ns=int(first.bars.ts_ns[400]), rule="daily_loss", value=0.021, limit=0.02),
    )
    notes = {"without_breakers": first.equity * np.linspace(1.0, 0.97, len(first.bars))}
    return build_run(seed=3, trips=trips, notes=notes)
