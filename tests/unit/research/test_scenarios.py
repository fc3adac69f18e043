"""Scenarios: exact strata, one by seed and index, and every multiplier consumed by the simulator."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as changed

from scenes import bars_of
from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Account, Costs, FeeSchedule, FeeTier, Matching, Rules, Sizing
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.resampling import ratios_of, rebuilt
from tenfold.market.synthetic import random_walk, regime_market
from tenfold.registry import STRATEGIES
from tenfold.research.paths import measured
from tenfold.research.rerun import rerun
from tenfold.research.scenarios import (
    REGIMES,
    STRATA,
    Scenario,
    bars_late,
    bars_per_day,
    draw,
    per_bar,
    scenario_bars,
    scenario_rules,
    shocks_of,
    times_fees,
)

BARS = random_walk(600, 2, seed=1, drift=0.1)
RATIOS = ratios_of(BARS)
MEMBERS = [Member(STRATEGIES.load("crossing"), {"fast": 5, "slow": 20}, "crossing")]
CHARGED = Rules(costs=Costs(fee_frac=0.0005, slippage_bps=2.0))
SIZED = Rules(
    account=Account(leverage_max=100.0), costs=CHARGED.costs, sizing=Sizing(method="quantity", quantity=100.0)
)


def traded(scenario, rules=CHARGED, ratios=RATIOS, members=MEMBERS):
    bars = scenario_bars(scenario, ratios, 20.0)
    return rerun(members, bars, scenario_rules(scenario, rules), bars_late(scenario))


def held(scenario, bars=BARS):
    """Return the equity of holding the first symbol of a scenario's prices."""
    closes = scenario_bars(scenario, ratios_of(bars), 20.0).rows["close"][:, 0]
    return closes / closes[0]


def fall(equity):
    return (1.0 - equity / np.maximum.accumulate(equity)).max()


def test_strata_are_exact_and_regimes_take_turns():
    drawn = [draw(3, index) for index in range(1000)]
    counts = np.bincount([one.stratum for one in drawn], minlength=3)
    assert counts.tolist() == [700, 200, 100]
    assert STRATA == ("normal", "stress", "extreme")
    regimes = np.bincount([one.regime for one in drawn], minlength=6)
    assert regimes.min() >= 160
    assert regimes.max() <= 170
    pairs = {(one.stratum, one.regime) for one in drawn}
    assert len(pairs) == 18
    assert [one.name for one in REGIMES] == [
        "bull quiet", "bull volatile", "bear quiet", "bear volatile", "ranging", "crisis",
    ]  # fmt: skip
    wilder = [np.mean([one.volatility for one in drawn if one.stratum == k]) for k in range(3)]
    assert wilder[0] < wilder[1] < wilder[2]


def test_a_scenario_is_known_by_seed_and_index_alone():
    assert draw(3, 17) == draw(3, 17)
    assert draw(3, 17) != draw(4, 17)
    one = scenario_bars(draw(3, 17), RATIOS, 20.0).rows.tobytes()
    assert scenario_bars(draw(3, 17), RATIOS, 20.0).rows.tobytes() == one
    assert scenario_bars(draw(3, 18), RATIOS, 20.0).rows.tobytes() != one


@pytest.mark.parametrize("index", [0, 9, 29, 49, 59, 3])
def test_prices_of_scenarios_are_consistent(index):
    rows = scenario_bars(draw(5, index), RATIOS, 20.0).rows
    assert (rows["high"] >= np.maximum(rows["open"], rows["close"])).all()
    assert (rows["low"] <= np.minimum(rows["open"], rows["close"])).all()
    assert (rows["low"] > 0.0).all()


PLAIN = Scenario(index=1, seed=2)


@pytest.mark.parametrize(
    "change",
    [
        {"volatility": 1.5},
        {"slippage": 2.0},
        {"liquidity": 0.5},
        {"fee": 2.0},
        {"latency": 3.0},
        {"trend": -0.1},
        {"shocks_per_day": 0.02},
        {"regime": 0},
        {"regime": 5},
    ],
    ids=str,
)
@pytest.mark.parametrize("rules", [CHARGED, Rules()], ids=["charged", "free"])
def test_each_multiplier_alone_changes_the_result(change, rules):
    base, other = traded(PLAIN, rules), traded(replace(PLAIN, **change), rules)
    assert (base.equity_units != other.equity_units).any()


@pytest.mark.parametrize("model", ["fixed", "half_spread", "volume_share", "square_root"])
@pytest.mark.parametrize("change", [{"slippage": 3.0}, {"liquidity": 0.3}], ids=str)
@pytest.mark.parametrize("quoted", [False, True])
def test_slippage_and_liquidity_reach_every_model_of_slippage(model, change, quoted):
    rows = BARS.rows.copy()
    rows["volume"] = 2e3
    if quoted:
        rows["bid_open"], rows["ask_open"] = rows["open"] * 0.999, rows["open"] * 1.001
    ratios = ratios_of(Bars(rows=rows, instruments=BARS.instruments, period_ns=BARS.period_ns))
    rules = changed(SIZED, costs=Costs(slippage=model, slippage_bps=2.0))
    base, dearer = traded(PLAIN, rules, ratios), traded(replace(PLAIN, **change), rules, ratios)
    assert dearer.equity_units[-1] < base.equity_units[-1]
    assert (dearer.fills["slippage_units"].sum()) > base.fills["slippage_units"].sum()


def test_liquidity_is_the_volume_that_orders_fill_against():
    rows = BARS.rows.copy()
    rows["volume"] = 1e3
    ratios = ratios_of(Bars(rows=rows, instruments=BARS.instruments, period_ns=BARS.period_ns))
    rules = changed(SIZED, costs=Costs(participation_frac_max=0.1))
    base, thin = traded(PLAIN, rules, ratios), traded(replace(PLAIN, liquidity=0.25), rules, ratios)
    assert np.abs(base.fills["lots"]).max() == 100
    assert np.abs(thin.fills["lots"]).max() == 25


def test_doubled_fees_lower_the_return_by_exactly_the_fees():
    base, doubled = traded(PLAIN, SIZED), traded(replace(PLAIN, fee=2.0), SIZED)
    assert len(base.fills) > 20
    assert (base.fills["lots"] == doubled.fills["lots"]).all()
    fees, more = base.fills["fee_units"].sum(), doubled.fills["fee_units"].sum()
    assert more == pytest.approx(2 * fees, abs=len(base.fills))  # each is rounded to a millionth
    assert base.equity_units[-1] - doubled.equity_units[-1] == more - fees


def test_costs_that_rise_lower_the_return():
    ends = [traded(replace(PLAIN, slippage=multiple), SIZED).equity_units[-1] for multiple in (1.0, 2.0, 4.0)]
    assert ends[0] > ends[1] > ends[2]


def test_a_shock_deepens_the_drawdown():
    base = held(PLAIN)
    shocked = held(replace(PLAIN, shocks_per_day=0.01, shock_size=6.0))
    assert shocks_of(replace(PLAIN, shocks_per_day=0.01), BARS).sum() > 0
    assert fall(shocked) > fall(base) + 0.03
    assert (shocked <= base + 1e-12).all()
    for index in range(10):
        calm, hit = (traded(replace(PLAIN, index=index, shocks_per_day=rate, shock_size=8.0), SIZED,
                            members=[Member(STRATEGIES.load("calm"), {}, "calm")]) for rate in (0.0, 0.01))  # fmt: skip
        assert calm.equity_units[-1] != hit.equity_units[-1] or not hit.fills.size


def test_shocks_are_expected_as_often_whatever_the_bars():
    daily, hourly = random_walk(5000, seed=1), random_walk(24 * 2000, seed=1, period_ns=NS_PER_HOUR)
    assert bars_per_day(daily) == 1.0
    assert bars_per_day(hourly) == pytest.approx(24.0, rel=0.01)
    weekly = random_walk(500, seed=1)
    rows = weekly.rows.copy()
    rows["ts_ns"] = rows["ts_ns"][0, 0] + (np.arange(500) * 7 * NS_PER_DAY)[:, None]
    weekly = Bars(rows=rows, instruments=weekly.instruments, period_ns=7 * NS_PER_DAY)
    assert bars_per_day(weekly) == pytest.approx(0.2, rel=0.05)
    for per_day in (0.001, 0.1, 3.0):
        for bars_a_day in (0.2, 1.0, 24.0, 390.0):
            assert per_bar(per_day, bars_a_day) * bars_a_day == pytest.approx(per_day)
        count = np.mean([shocks_of(Scenario(index=i, shocks_per_day=per_day), hourly).sum() for i in range(40)])
        assert count == pytest.approx(per_day * 2000, rel=0.2)


def test_a_regime_puts_its_stretch_where_it_says():
    bars = regime_market(1200, 3, seed=4)
    ratios = ratios_of(bars)
    base = ratios_of(scenario_bars(Scenario(seed=1), ratios, 20.0)).close.mean(axis=1)
    for place, regime in enumerate(REGIMES):
        moves = ratios_of(scenario_bars(Scenario(seed=1, regime=place), ratios, 20.0)).close.mean(axis=1)
        inside = np.flatnonzero(np.abs(moves - base) > 1e-12)
        assert len(inside) == pytest.approx(regime.share * 1200, abs=3)
        stretch = slice(inside[0], inside[-1] + 1)
        assert moves[stretch].mean() * bars.periods_per_year == pytest.approx(regime.drift, abs=0.02)
        assert moves[stretch].std() / base[stretch].std() == pytest.approx(regime.volatility, rel=0.01)


def test_latency_counts_twice_where_the_rules_have_one():
    rules = changed(CHARGED, matching=Matching(latency_s=60.0))
    assert scenario_rules(replace(PLAIN, latency=3.0), rules).matching.latency_s == 180.0
    assert scenario_rules(replace(PLAIN, latency=1e5), rules).matching.latency_s == 86_400.0
    assert bars_late(replace(PLAIN, latency=0.5)) == 0.0
    assert bars_late(replace(PLAIN, latency=11.0)) == pytest.approx(0.2)


def test_a_scenario_of_ones_leaves_the_rules_as_they_are():
    assert scenario_rules(PLAIN, CHARGED) == CHARGED
    assert scenario_rules(PLAIN, Rules()) == Rules()


def test_every_kind_of_fee_is_multiplied_and_rebates_stay():
    tiers = (FeeTier(taker_frac=0.001, maker_frac=-0.0001), FeeTier(volume_min=1e6, taker_frac=0.0005))
    costs = Costs(
        fee_per_share=0.005, fee_minimum=1.0, fee_maker_frac=-0.0002, schedules=(FeeSchedule(venue="x", tiers=tiers),)
    )
    doubled = times_fees(costs, 2.0)
    assert (doubled.fee_frac, doubled.fee_per_share, doubled.fee_minimum) == (0.0, 0.01, 2.0)
    assert doubled.fee_maker_frac == -0.0002
    assert [tier.taker_frac for tier in doubled.schedules[0].tiers] == [0.002, 0.001]
    assert doubled.schedules[0].tiers[0].maker_frac == -0.0001
    assert times_fees(Costs(), 3.0).fee_frac == pytest.approx(0.0002)
    assert times_fees(Costs(fee_frac=0.4), 4.0).fee_frac == 1.0


def test_volatility_alone_scales_returns_about_their_mean():
    wild = ratios_of(scenario_bars(replace(PLAIN, volatility=2.0), RATIOS, 20.0))
    calm = ratios_of(scenario_bars(PLAIN, RATIOS, 20.0))
    assert wild.close[1:].std() / calm.close[1:].std() == pytest.approx(2.0, rel=0.01)


def test_missing_bars_stay_missing():
    bars = bars_of([10.0, 11.0, None, 12.0, 13.0, 12.0] * 30, [20.0] * 180)
    made = scenario_bars(draw(1, 9), ratios_of(bars), 5.0)
    assert 0 < np.count_nonzero(~made.usable[:, 0]) < 90
    assert made.usable[:, 1].all()
    same = rebuilt(ratios_of(bars), np.arange(180))
    assert measured(np.zeros((1, 5)), 252.0).sharpe.tolist() == [0.0]
    np.testing.assert_array_equal(same.usable, bars.usable)
