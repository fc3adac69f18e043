"""Describe round trips: how often they pay, how much, and how long they last."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.metrics.performance import longest_run, ratio


@dataclass(frozen=True)
class TradeStatistics:
    """Hold statistics of round trips; P&L is net of fees and, but for `open`, of closed trips alone.

    A trip with a P&L of exactly 0 is neither won nor lost, and ends a streak of either.

    Attributes
    ----------
    closed, open, long, short : numbers of trips; long and short of all
    hit_rate : won over closed, a fraction
    payoff_ratio : mean gain of the won over mean loss of the lost
    profit_factor : sum of gains over sum of losses; NaN without a loss
    expectancy_units : mean P&L, money units
    best_units, worst_units : largest and smallest P&L, money units
    holding_bars_mean, holding_bars_median : bars from entry to exit
    winning_streak, losing_streak : longest in order of exit
    """

    closed: int
    open: int
    long: int
    short: int
    hit_rate: float
    payoff_ratio: float
    profit_factor: float
    expectancy_units: float
    best_units: float
    worst_units: float
    holding_bars_mean: float
    holding_bars_median: float
    winning_streak: int
    losing_streak: int


def trade_statistics(trades: NDArray[np.void]) -> TradeStatistics:
    """Return the statistics of round trips, records of `TRADE` in order of exit; ratios are NaN without trips."""
    done = trades[trades["open"] == 0]
    net = done["pnl_units"] - done["fee_units"]
    gains, losses = net[net > 0], -net[net < 0]
    held = (done["exit_bar"] - done["entry_bar"]).astype(np.float64)
    some = len(done) > 0
    return TradeStatistics(
        closed=len(done),
        open=len(trades) - len(done),
        long=int(np.count_nonzero(trades["side"] > 0)),
        short=int(np.count_nonzero(trades["side"] < 0)),
        hit_rate=len(gains) / len(done) if some else math.nan,
        payoff_ratio=ratio(float(gains.mean()), float(losses.mean())) if len(gains) and len(losses) else math.nan,
        profit_factor=ratio(float(gains.sum()), float(losses.sum())),
        expectancy_units=float(net.mean()) if some else math.nan,
        best_units=float(net.max()) if some else math.nan,
        worst_units=float(net.min()) if some else math.nan,
        holding_bars_mean=float(held.mean()) if some else math.nan,
        holding_bars_median=float(np.median(held)) if some else math.nan,
        winning_streak=longest_run(net > 0),
        losing_streak=longest_run(net < 0),
    )
