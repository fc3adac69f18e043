"""A venue's fees by tier: the volume of the last 30 days decides, and the run goes event by event."""

import pytest

from scenes import bars_of, fees_of, rules, trade
from tenfold.app.facade import backtest, sweep
from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import FeeSchedule, FeeTier
from tenfold.strategy.trend import crossing

TIERS = (FeeTier(taker_frac=0.01, maker_frac=0.005), FeeTier(volume_min=20_000.0, taker_frac=0.001, maker_frac=-0.001))


def scheduled(venue="generic", **sections):
    return rules(costs={"fee_frac": 0.5, "schedules": (FeeSchedule(venue=venue, tiers=TIERS),)}, **sections)


def test_the_tier_follows_the_volume_and_forgets_it_after_30_days():
    flips = [1, -1, 1, *[1] * 40, -1]
    run = trade("auto", bars_of([100] * 46), flips, scheduled())
    assert run.engine == "event"
    assert run.notes["event_path"] == ["fees by tier depend on what was traded before"]
    # 100 shares, then 200 three times: 10,000 and 30,000 before the second and third; 31 days of quiet before the last
    assert fees_of(run) == [100.0, 200.0, 20.0, 200.0]


def test_a_maker_is_paid():
    chosen = scheduled(entry={"order": "limit", "offset_frac": 0.01, "tif": "day"})
    run = trade("event", bars_of([(100, 100, 99, 100)] * 3), [1], chosen)
    assert fees_of(run) == [49.5]


def test_other_venues_pay_the_plain_fee():
    assert fees_of(trade("auto", bars_of([100] * 3), [1], scheduled(venue="kraken"))) == [5000.0]


@pytest.mark.parametrize("volumes", [(), (5.0,), (0.0, 0.0)])
def test_tiers_that_do_not_begin_and_rise(volumes):
    with pytest.raises(SettingsError, match="expected 0 first and then increasing"):
        FeeSchedule(venue="x", tiers=tuple(FeeTier(volume_min=volume) for volume in volumes))


def test_a_sweep_and_the_compiled_path_refuse_them():
    with pytest.raises(SettingsError, match="a sweep takes the compiled path, which does not apply: fees by tier"):
        sweep(crossing, bars_of([100] * 300), rules=scheduled())
    with pytest.raises(SettingsError, match="the compiled path does not apply"):
        backtest(crossing, bars_of([100] * 300), rules=scheduled(), engine="compiled")


def test_what_breakers_cost_is_judged_with_the_same_fees():
    run = trade("auto", bars_of([100, 100, 50, 50]), [1], scheduled(limits={"drawdown_frac_max": 0.01}))
    assert run.trips
    assert run.notes["without_breakers"][1] == run.equity[1]
