"""Luck of the sample: shuffled trades keep the end, bootstrap and GARCH keep what they should."""

import numpy as np
import pytest

from tenfold.backtesting.scoring import Member
from tenfold.domain.rules import Costs, Rules, Sizing
from tenfold.market.planted import planted_market
from tenfold.market.synthetic import garch_market
from tenfold.metrics.garch import fit_garch
from tenfold.registry import STRATEGIES
from tenfold.research.luck import bootstrap_spread, filtered_spread, shuffle_spread, trade_factors
from tenfold.research.paths import measured
from tenfold.research.rerun import rerun

BARS = planted_market(1000, 3, seed=4)
RUN = rerun(
    [Member(STRATEGIES.load("crossing"), {"fast": 5, "slow": 20}, "crossing")], BARS, Rules(costs=Costs(fee_frac=0.001))
)
RETURNS = RUN.returns


def test_the_shuffle_keeps_the_compounded_end_and_moves_the_falls():
    factors = trade_factors(RUN)
    assert len(factors) == len(RUN.trades) > 20
    assert np.prod(factors) == pytest.approx(RUN.equity[-1] / RUN.rules.account.cash, rel=1e-9)
    spread = shuffle_spread(RUN, 230, 1)
    assert spread.fan[:, -1] == pytest.approx(np.prod(factors))
    assert len(spread.drawdown) == 230
    assert spread.drawdown.std() > 0.0
    assert spread.annual_return == pytest.approx(spread.annual_return[0])
    np.testing.assert_array_equal(shuffle_spread(RUN, 230, 1).drawdown, spread.drawdown)


def test_a_run_without_trips_has_nothing_to_shuffle():
    still = rerun(
        [Member(STRATEGIES.load("crossing"), {}, "crossing")], BARS.slice(0, 10), Rules(sizing=Sizing(method="kelly"))
    )
    spread = shuffle_spread(still, 5, 1)
    assert (spread.annual_return == 0.0).all()


def test_the_bootstrap_is_centred_and_its_paths_known_by_number():
    spread = bootstrap_spread(RETURNS, 252.0, 10.0, 600, 3)
    own = measured(RETURNS[None, :], 252.0)
    assert np.median(spread.sharpe) == pytest.approx(own.sharpe[0], abs=0.15)
    fewer = bootstrap_spread(RETURNS, 252.0, 10.0, 250, 3)
    np.testing.assert_array_equal(spread.sharpe[:250], fewer.sharpe)
    error = 1.0 / np.sqrt(len(RETURNS) / 252.0)
    assert spread.sharpe.std() == pytest.approx(error, rel=0.4)


def test_the_filtered_simulation_keeps_volatility_and_its_clusters():
    returns = np.diff(np.log(garch_market(4000, seed=5).rows["close"][:, 0]))
    spread = filtered_spread(returns, 252.0, 120, 2)
    assert np.median(spread.sharpe) == pytest.approx(measured(returns[None, :], 252.0).sharpe[0], abs=0.15)
    assert len(spread.fan_at) == 121
    assert spread.fan_at[[0, -1]].tolist() == [0, 3999]


def test_the_fit_finds_what_made_the_market():
    returns = np.diff(np.log(garch_market(8000, seed=6, alpha=0.1, beta=0.85).rows["close"][:, 0]))
    fit = fit_garch(returns)
    assert fit.alpha == pytest.approx(0.1, abs=0.03)
    assert fit.beta == pytest.approx(0.85, abs=0.05)
    assert fit.shocks.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(fit.shocks[1:] ** 2, fit.shocks[:-1] ** 2)[0, 1] < 0.05


def test_the_fit_equals_that_of_arch():
    pytest.importorskip("arch")
    from arch import arch_model

    returns = np.diff(np.log(garch_market(3000, seed=3).rows["close"][:, 0]))
    fit = fit_garch(returns)
    oracle = arch_model(returns * 100.0, mean="Constant", vol="GARCH", p=1, q=1).fit(disp="off").params
    assert fit.alpha == pytest.approx(oracle["alpha[1]"], abs=0.01)
    assert fit.beta == pytest.approx(oracle["beta[1]"], abs=0.02)


def test_noise_without_clusters_has_none():
    fit = fit_garch(np.random.default_rng(1).normal(0.0, 0.01, 5000))
    assert fit.alpha < 0.03
    still = fit_garch(np.full(50, 0.001))
    assert (still.alpha, still.long_run, still.mean) == (0.0, pytest.approx(0.0, abs=1e-30), pytest.approx(0.001))


def test_a_path_that_loses_all_stays_at_nothing():
    found = measured(np.array([[0.1, -1.5, 0.5, 0.2], [0.0, 0.0, 0.0, 0.0]]), 4.0)
    assert found.wealth[0].tolist() == pytest.approx([1.0, 1.1, 0.0, 0.0, 0.0])
    assert found.drawdown.tolist() == [1.0, 0.0]
    assert found.annual_return.tolist() == [-1.0, 0.0]
    assert found.sharpe[1] == 0.0
