"""Sizing, limits, breakers and the range of money, in numbers worked out by hand, on both paths."""

from datetime import date

import numpy as np
import pytest

from scenes import bars_of, fills_of, rules, trade
from tenfold.domain.errors import DecodeError, MoneyOverflowError, SettingsError
from tenfold.domain.rules import Sizing


@pytest.mark.parametrize(
    ("account", "limits", "lots", "bound"),
    [
        ({"leverage_max": 1.0}, {}, 1000, None),
        ({"leverage_max": 0.5}, {}, 500, "leverage"),
        ({"leverage_max": 3.0}, {"position_frac_max": 0.05}, 50, "position"),
        ({"leverage_max": 3.0}, {"gross_frac_max": 0.3}, 300, "gross"),
        ({"leverage_max": 3.0}, {"position_frac_max": 0.4, "gross_frac_max": 0.3}, 300, "gross"),
    ],
)
def test_whichever_limit_binds(engine, account, limits, lots, bound):
    chosen = rules(account=account, limits=limits, sizing={"method": "fraction", "fraction": 1.0})
    run = trade(engine, bars_of([100, 100, 100]), [1], chosen)
    assert run.lots[-1, 0] == lots
    assert {name for name, count in run.bindings.items() if count} == ({bound} if bound else set())


def test_gross_counts_what_works_for_other_symbols(engine):
    chosen = rules(sizing={"method": "fraction", "fraction": 0.2}, limits={"gross_frac_max": 0.3})
    run = trade(engine, bars_of([100] * 3, [100] * 3), [[1], [-1]], chosen)
    assert run.lots[-1].tolist() == [200, -100]
    assert run.bindings == {"position": 0, "gross": 1, "leverage": 0}


def test_a_quantity_that_a_limit_cuts(engine):
    run = trade(engine, bars_of([100] * 3), [1], rules(limits={"position_frac_max": 0.0505}))
    assert run.lots[-1, 0] == 50
    assert run.bindings["position"] == 1


def test_a_daily_loss_trips_flattens_and_resets(engine):
    chosen = rules(sizing={"quantity": 1000.0}, limits={"daily_loss_frac_max": 0.02, "reset_sessions": 2})
    run = trade(engine, bars_of([100, 100, 97, 98, 98, 98, 98]), [1], chosen)
    assert fills_of(run) == [(1, 1000, 100.0, "vote"), (3, -1000, 98.0, "breaker"), (5, 1000, 98.0, "vote")]
    (trip,) = run.trips
    assert (trip.rule, trip.value, trip.limit) == ("daily_loss", pytest.approx(0.03), 0.02)
    assert trip.ts_ns == run.bars.ts_ns[2]
    assert trip.reset_ns == run.bars.ts_ns[4]  # the second session after the trip
    assert run.notes["without_breakers"].tolist() == [100_000, 100_000, 97_000, 98_000, 98_000, 98_000, 98_000]


def test_a_daily_loss_counts_from_the_last_close_of_the_day_before(engine):
    days = [date(2024, 1, 8)] * 2 + [date(2024, 1, 9)] * 3
    chosen = rules(sizing={"quantity": 1000.0}, limits={"daily_loss_frac_max": 0.02})
    run = trade(engine, bars_of([100, 100, 99, 98.5, 97.99], days=days), [1], chosen)
    assert [trip.ts_ns for trip in run.trips] == [run.bars.ts_ns[4]]
    assert run.trips[0].reset_ns is None


def test_a_drawdown_stays_tripped_by_hand_and_starts_anew_after_a_reset(engine):
    prices = [100, 100, 110, 98, 98, 98, 98, 90, 90]
    chosen = {"sizing": {"quantity": 1000.0}, "limits": {"drawdown_frac_max": 0.10}}
    run = trade(engine, bars_of(prices), [1], rules(**chosen))
    assert [(f[0], f[1], f[3]) for f in fills_of(run)] == [(1, 1000, "vote"), (4, -1000, "breaker")]
    assert run.trips[0].rule == "drawdown"
    assert run.trips[0].value == pytest.approx(12_000 / 110_000)
    chosen["limits"]["reset_sessions"] = 1
    run = trade(engine, bars_of(prices), [1], rules(**chosen))
    # tripped at bar 3, reset and re-ordered at bar 4, bought back at 5; peak is 98,000 again: 90,000 is a fall of 8.2 %
    assert [(f[0], f[1], f[3]) for f in fills_of(run)] == [(1, 1000, "vote"), (4, -1000, "breaker"), (5, 1000, "vote")]
    assert len(run.trips) == 1


def test_a_margin_call_flattens(engine):
    chosen = rules(account={"leverage_max": 4.0, "maintenance_frac": 0.25}, sizing={"quantity": 4000.0})
    run = trade(engine, bars_of([100, 100, 95, 93, 92, 92]), [1], chosen)
    # 95: 80,000 of 380,000 = 21 %
    assert fills_of(run) == [(1, 4000, 100.0, "vote"), (3, -4000, 93.0, "margin")]
    assert run.trips[0].rule == "maintenance"
    assert run.trips[0].value == pytest.approx(80_000 / 380_000)
    assert run.trips[0].limit == 0.25


def test_ruin_ends_trading_for_good(engine):
    chosen = rules(sizing={"quantity": 4000.0}, limits={"reset_sessions": 1})
    run = trade(engine, bars_of([100, 100, 70, 70, 100, 100, 100]), [1], chosen)
    assert fills_of(run) == [(1, 4000, 100.0, "vote"), (3, -4000, 70.0, "breaker")]
    assert run.trips[0].rule == "ruin"
    assert run.trips[0].reset_ns is None
    assert run.equity[-1] == -20_000


def test_long_only_turns_short_votes_into_cash(engine):
    run = trade(engine, bars_of([10] * 5), [1, -1, -1, 1], rules(account={"short": False}))
    assert [f[:2] for f in fills_of(run)] == [(1, 100), (2, -100), (4, 100)]


def test_volatility_sizing(engine):
    prices = [100.0, 110.0, 99.0, 99.0, 99.0]  # returns +10 %, -10 %: variance 0.01 over two bars
    chosen = rules(sizing={"method": "volatility", "window": 2, "volatility_annual_frac": 0.5, "cap_frac": 9.0})
    run = trade(engine, bars_of(prices), [1], chosen)
    deviation = 0.1 * run.bars.periods_per_year**0.5
    assert fills_of(run)[0][:2] == (3, int(100_000 * 0.5 / deviation / 99.0))
    chosen = rules(sizing={"method": "volatility", "window": 2, "volatility_annual_frac": 0.5, "cap_frac": 0.2})
    assert fills_of(trade(engine, bars_of(prices), [1], chosen))[0][:2] == (3, 202)  # 20,000 / 99
    two = trade(engine, bars_of(prices, prices), [[1], [0]], rules(sizing={
        "method": "volatility", "window": 2, "volatility_annual_frac": 0.5, "cap_frac": 9.0}))  # fmt: skip
    assert fills_of(two)[0][:2] == (3, int(100_000 * 0.5 / deviation / 2 / 99.0))


def test_kelly_sizing(engine):
    prices = [100.0, 110.0, 115.5, 115.5, 115.5]  # +10 %, +5 %, 0 while long: mean and variance by the window of 2
    chosen = rules(sizing={"method": "kelly", "window": 2, "kelly_frac": 0.5, "cap_frac": 50.0})
    run = trade(engine, bars_of(prices), [1], chosen)
    # bar 2: edge (0.10 + 0.05) / 2 = 0.075, variance (0.01 + 0.0025) / 2 = 0.00625: half of 12
    assert fills_of(run)[0][:2] == (3, int(100_000 * 6.0 / 115.5))
    losing = trade(engine, bars_of([100, 90, 80, 70, 60]), [1], chosen)
    assert fills_of(losing) == []


def test_rebalancing_waits_for_its_band(engine):
    prices = [100.0, 100.0, 105.0, 125.0, 125.0, 125.0]
    sizing = {"method": "fraction", "fraction": 0.5, "rebalance_frac": 0.10}
    run = trade(engine, bars_of(prices), [1], rules(sizing=sizing))
    # bar 2: 102,500 / 2 / 105 = 488, 12 of it off, within 48; bar 3: 112,500 / 2 / 125 = 450, 50 off, beyond 45
    assert fills_of(run) == [(1, 500, 100.0, "vote"), (4, -50, 125.0, "rebalance")]
    assert len(fills_of(trade(engine, bars_of(prices), [1], rules(sizing={**sizing, "rebalance_frac": None})))) == 1


OVERFLOWS = {
    "lots": (bars_of([1e-3, 1e-3, 1e-3], tick=1e-6), {"account": {"cash": 4e6, "leverage_max": 100.0}}),
    "notional": (bars_of([100.0, 100.0, 100.0]), {"account": {"cash": 4e12, "leverage_max": 100.0}}),
    "open": (bars_of([100.0, (1e15, 1e15, 100.0, 100.0), 100.0]), {}),
    "dividend": (bars_of([100.0, 100.0, 100.0], dividends={(2, 0): 1e300}), {}),
    "fee": (bars_of([100.0, 100.0, 100.0]), {"costs": {"fee_per_share": 1e200}}),
    "quote": (bars_of([100.0] * 3, quotes={(1, 0): (1.0, 1e300)}), {"costs": {"slippage": "half_spread"}}),
    "infinite": (bars_of([100.0] * 3, quotes={(1, 0): (1.0, np.inf)}), {"costs": {"slippage": "half_spread"}}),
}


@pytest.mark.parametrize("name", OVERFLOWS)
def test_money_beyond_its_range_is_refused(engine, name):
    bars, sections = OVERFLOWS[name]
    sizing = {"sizing": {"method": "fraction", "fraction": 100.0 if name in {"lots", "notional"} else 0.5}}
    with pytest.raises(MoneyOverflowError), np.errstate(over="ignore"):
        trade(engine, bars, [1], rules(**sizing, **sections))


def test_a_mark_beyond_the_range_is_refused(engine):
    with pytest.raises(MoneyOverflowError), np.errstate(over="ignore"):
        trade(engine, bars_of([1.0, 1.0, 1e12, 1e12]), [1], rules(sizing={"quantity": 50_000.0}))


@pytest.mark.parametrize("quantity", [0.4, 3e9])
def test_a_quantity_of_no_lot_or_of_too_many_is_refused(engine, quantity):
    with pytest.raises(SettingsError, match="lot"):
        trade(engine, bars_of([10, 10]), [1], rules(sizing={"quantity": quantity}))


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"costs": {"fee_frac": -0.1}}, "costs.fee_frac"),
        ({"account": {"cash": 0.0}}, "account.cash"),
        ({"sizing": {"method": "martingale"}}, "sizing.method"),
        ({"entry": {"order": "iceberg"}}, "order"),
    ],
)
def test_rules_out_of_range_are_refused_in_one_line(engine, sections, place):
    with pytest.raises(DecodeError, match=place) as caught:
        trade(engine, bars_of([10, 10]), [1], rules(**sections))
    assert "\n" not in str(caught.value)


def test_rules_that_need_volume_are_refused_without_it(engine):
    bars = bars_of([(10, 10, 10, 10, np.nan)] * 3)
    for costs in ({"participation_frac_max": 0.1}, {"slippage": "volume_share"}):
        with pytest.raises(SettingsError, match="need volume"):
            trade(engine, bars, [1], rules(costs=costs))


def test_volatility_without_movement_trades_nothing(engine):
    sizing = {"method": "volatility", "window": 2}
    assert fills_of(trade(engine, bars_of([10] * 6), [1], rules(sizing=sizing))) == []
    assert Sizing(**sizing).cap_frac == 1.0


def test_a_position_that_was_stopped_is_not_rebalanced(engine):
    sizing = {"method": "fraction", "fraction": 0.5, "rebalance_frac": 0.01}
    run = trade(
        engine, bars_of([100, 100, (100, 100, 80, 85), 85, 120]), [1], rules(sizing=sizing, exits={"stop_frac": 0.1})
    )
    assert fills_of(run) == [(1, 500, 100.0, "vote"), (2, -500, 90.0, "stop")]


def test_a_working_order_is_not_rebalanced(engine):
    sizing = {"method": "fraction", "fraction": 0.5, "rebalance_frac": 0.01}
    costs = {"participation_frac_max": 0.1}
    run = trade(engine, bars_of([(100, 100, 100, 100, 2000.0)] * 4), [1], rules(sizing=sizing, costs=costs))
    assert [f[1] for f in fills_of(run)] == [200, 200, 100]


def test_after_a_stop_and_another_entry_it_is_rebalanced_again(engine):
    sizing = {"method": "fraction", "fraction": 0.5, "rebalance_frac": 0.01}
    prices = [100, 100, (100, 100, 80, 85), 85, 85, 85, 88, 88]
    run = trade(engine, bars_of(prices), [1, 1, 1, 0, 1], rules(sizing=sizing, exits={"stop_frac": 0.1}))
    assert [(f[0], f[3]) for f in fills_of(run)] == [(1, "vote"), (2, "stop"), (5, "vote"), (7, "rebalance")]


def test_a_score_at_the_threshold_is_a_ballot_and_one_below_it_none(engine):
    bars = bars_of([100] * 8)
    run = trade(engine, bars, [0.2, 1.0, 0.2, 0.2, 0.1999, 0.2, -0.2, -0.2], rules())
    assert run.direction[:, 0].tolist() == [1, 1, 1, 1, 0, 1, -1, -1]
    assert [f[:2] for f in fills_of(run)] == [(1, 100), (5, -100), (6, 100), (7, -200)]
    for vote in (0.2, -0.2):
        assert trade(engine, bars, [0, 0, 0, vote], rules()).direction[:, 0].tolist() == [0] * 3 + [vote * 5] * 5
