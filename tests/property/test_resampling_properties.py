"""Whatever is drawn, scaled, shifted or shocked: resampled prices stay prices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenfold.market.resampling import block_shuffle, ratios_of, rebuilt, stationary_rows
from tenfold.market.synthetic import jump_market
from tenfold.research.scenarios import Scenario, draw, scenario_bars

RATIOS = ratios_of(jump_market(250, 2, seed=1, jumps_per_year=20.0))


def consistent(bars):
    rows = bars.rows
    return (
        (rows["high"] >= np.maximum(rows["open"], rows["close"])).all()
        and (rows["low"] <= np.minimum(rows["open"], rows["close"])).all()
        and (rows["low"] > 0.0).all()
        and np.isfinite(rows["high"]).all()
    )


@given(st.floats(0.01, 20.0), st.floats(-1.0, 1.0), st.floats(1.0, 300.0), st.integers(0, 2**32))
def test_scaled_and_shifted_prices_are_prices(scale, shift, block, seed):
    rows = stationary_rows(RATIOS, block, np.random.default_rng(seed))
    assert rows.shape == (250,)
    assert rows.min() >= 0
    assert rows.max() < 250
    assert consistent(rebuilt(RATIOS, rows, scale=scale, shift=shift))


@given(st.integers(0, 2**32), st.integers(0, 10_000))
def test_every_scenario_has_prices(seed, index):
    assert consistent(scenario_bars(draw(seed, index), RATIOS, 20.0))


@given(st.floats(0.0, 5.0), st.floats(0.0, 50.0), st.integers(-1, 5), st.integers(0, 100))
def test_shocks_never_raise_a_price(per_day, size, regime, index):
    calm = scenario_bars(Scenario(index=index, regime=regime), RATIOS, 20.0).rows
    hit = scenario_bars(
        Scenario(index=index, regime=regime, shocks_per_day=per_day, shock_size=size), RATIOS, 20.0
    ).rows
    for name in ("open", "high", "low", "close"):
        assert (hit[name] <= calm[name] * (1.0 + 1e-9)).all()


@given(st.integers(1, 400), st.integers(0, 2**32))
def test_a_shuffle_keeps_every_move(block, seed):
    made = block_shuffle(RATIOS.bars, block, seed, demean=False)
    assert consistent(made)
    np.testing.assert_allclose(made.rows["close"][-1], RATIOS.bars.rows["close"][-1], rtol=1e-9)
