"""Synthetic markets: seeded, consistent, labelled, and of the stated kind."""

import numpy as np
import pytest

from tenfold.domain.errors import ParameterError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.planted import planted_market
from tenfold.market.quality_bars import check
from tenfold.market.series import Series
from tenfold.market.synthetic import garch_market, jump_market, random_walk, regime_market

MARKETS = [random_walk, jump_market, garch_market, regime_market, planted_market]


def returns(bars):
    return np.diff(np.log(bars.rows["close"]), axis=0)


def lag1(values):
    return np.corrcoef(values[:-1], values[1:])[0, 1]


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("period_ns", [NS_PER_DAY, NS_PER_HOUR])
def test_markets_are_consistent_seeded_and_labelled(market, period_ns):
    bars = market(400, 3, seed=5, period_ns=period_ns)
    rows = bars.rows
    assert rows.shape == (400, 3)
    assert (rows["high"] >= np.maximum(rows["open"], rows["close"])).all()
    assert (rows["low"] <= np.minimum(rows["open"], rows["close"])).all()
    assert (rows["low"] > 0.0).all()
    assert bars.label.startswith("synthetic: ")
    assert all(source["label"] == bars.label for source in bars.sources.values())
    assert market(400, 3, seed=5, period_ns=period_ns).rows.tobytes() == rows.tobytes()
    assert market(400, 3, seed=6, period_ns=period_ns).rows.tobytes() != rows.tobytes()


def test_a_random_walk_has_its_volatility_correlation_and_no_memory():
    moves = returns(random_walk(20_000, 2, seed=1, volatility=0.3, correlation=0.6))
    assert moves.std() * np.sqrt(252) == pytest.approx(0.3, rel=0.02)
    assert np.corrcoef(moves.T)[0, 1] == pytest.approx(0.6, abs=0.02)
    assert abs(lag1(moves[:, 0])) < 0.02
    matrix = np.array([[1.0, -0.5], [-0.5, 1.0]])
    assert np.corrcoef(returns(random_walk(20_000, 2, seed=1, correlation=matrix)).T)[0, 1] == pytest.approx(
        -0.5, abs=0.02
    )


def test_jumps_make_fat_tails():
    def kurtosis(bars):
        moves = returns(bars)[:, 0]
        return ((moves - moves.mean()) ** 4).mean() / moves.var() ** 2

    assert kurtosis(jump_market(20_000, seed=1)) > 4.5 > 3.3 > kurtosis(random_walk(20_000, seed=1))


def test_students_shocks_have_heavier_tails_and_the_same_volatility():
    normal = returns(garch_market(20_000, 2, seed=1))
    heavy = returns(garch_market(20_000, 2, seed=1, freedom=5.0))
    assert (np.abs(heavy) > 5.0 * heavy.std()).mean() > 3.0 * (np.abs(normal) > 5.0 * normal.std()).mean()
    assert heavy.std() * np.sqrt(252) == pytest.approx(0.2, rel=0.15)


def test_volatility_clusters_in_garch_and_regimes():
    for market in (garch_market, regime_market):
        assert lag1(returns(market(20_000, seed=1))[:, 0] ** 2) > 0.1
    assert returns(garch_market(20_000, seed=1)).std() * np.sqrt(252) == pytest.approx(0.2, rel=0.15)


def test_a_clean_walk_passes_the_validation():
    bars = random_walk(2000, seed=9)
    assert check(Series(symbol="SYN1", rows=bars.rows[:, 0].copy(), period_ns=NS_PER_DAY))[1].clean


@pytest.mark.parametrize(
    "make",
    [
        lambda: random_walk(1, seed=1),
        lambda: random_walk(10, 0, seed=1),
        lambda: random_walk(10, 2, seed=1, correlation=2.0),
        lambda: random_walk(10, 2, seed=1, correlation=np.eye(3)),
        lambda: random_walk(10, seed=1, volatility=-1.0),
        lambda: random_walk(10, seed=1, volatility=np.nan),
        lambda: garch_market(10, seed=1, alpha=0.5, beta=0.6),
        lambda: garch_market(10, seed=1, freedom=2.0),
        lambda: regime_market(10, seed=1, stay=(1.5, 0.5)),
    ],
)
def test_impossible_parameters_are_refused(make):
    with pytest.raises(ParameterError):
        make()
