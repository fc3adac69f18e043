"""A search measures what a backtest and a sweep of the same strategy would: to the bit."""

import numpy as np
import pytest

from tenfold.backtesting.backtest import run_backtest
from tenfold.backtesting.scoring import Member
from tenfold.backtesting.streams import StreamJob
from tenfold.backtesting.sweep import run_sweep
from tenfold.domain.errors import MoneyOverflowError
from tenfold.domain.rules import Account, Costs, Exits, Limits, Rules, Sizing
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.space import even_points, params_at, values_of

RULES = {
    "plain": Rules(),
    "costs": Rules(costs=Costs(fee_frac=0.0005, slippage_bps=3.0, borrow_annual_frac=0.02)),
    "exits": Rules(exits=Exits(stop_frac=0.03, target_frac=0.05), limits=Limits(drawdown_frac_max=0.1, reset_sessions=20)),
    "volatility": Rules(sizing=Sizing(method="volatility", rebalance_frac=0.2), account=Account(leverage_max=2.0)),
}  # fmt: skip


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize(("name", "symbols"), [("crossing", 1), ("elastic", 3), ("relative_strength", 3)])
def test_streams_equal_backtests_and_sweeps(name, symbols, rules):
    fold, bars = STRATEGIES.load(name), random_walk(700, symbols, seed=4)
    params = params_at(fold, even_points(fold, 6, seed=1))
    returns, books, failures = StreamJob(bars, RULES[rules]).streams(fold, params)
    points = [values_of(fold, record) for record in params]
    swept = run_sweep(fold, points, bars, RULES[rules])
    for row, point in enumerate(points):
        run = run_backtest([Member(fold, point, name)], bars, RULES[rules], engine="compiled")
        assert books["equity"][row] == run.equity_units[-1] == swept.statistics["final_units"][row]
        assert np.abs(returns[row] - run.returns).max() < 1e-12
        assert failures[row] == swept.statistics["failures"][row]


def test_money_that_leaves_its_range_ends_in_an_error():
    fold, bars = STRATEGIES.load("crossing"), random_walk(400, 1, seed=4, volatility=3.0)
    rules = Rules(account=Account(cash=4e12, leverage_max=100.0), sizing=Sizing(fraction=90.0))
    with pytest.raises(MoneyOverflowError):
        StreamJob(bars, rules).streams(fold, params_at(fold, even_points(fold, 4, seed=1)))
