"""Every rule of a run, in numbers worked out by hand, on both paths."""

from datetime import date

import numpy as np
import pytest

from scenes import bars_of, cash_of, fees_of, fills_of, rules, trade
from tenfold.domain.errors import DecodeError, MoneyOverflowError, SettingsError
from tenfold.domain.rules import Sizing


@pytest.fixture(params=["compiled", "event"])
def engine(request):
    return request.param


def test_an_order_never_fills_in_the_bar_that_produced_it(engine):
    bars = bars_of([(10, 10, 10, 11), (12, 13, 12, 13), (14, 15, 14, 15)])
    run = trade(engine, bars, [1, 1, 1], rules())
    assert fills_of(run) == [(1, 100, 12.0, "vote")]
    assert run.equity.tolist() == [100_000.0, 100_100.0, 100_300.0]


def test_a_symbol_without_a_bar_fills_at_its_next_one(engine):
    bars = bars_of([10, None, 12, 13], [5, 5, 5, 5])
    run = trade(engine, bars, [[1], [0]], rules())
    assert fills_of(run) == [(2, 100, 12.0, "vote")]


@pytest.mark.parametrize(
    ("costs", "fees"),
    [
        ({"fee_frac": 0.001}, [5.0, 6.0]),
        ({"fee_per_share": 0.005}, [0.5, 0.5]),
        ({"fee_per_share": 0.005, "fee_minimum": 1.0}, [1.0, 1.0]),
        ({"fee_frac": 0.001, "fee_per_share": 0.005, "fee_minimum": 6.0}, [6.0, 6.5]),
        ({"fee_minimum": 2.5}, [2.5, 2.5]),
        ({"fee_frac": 0.000_000_000_15}, [0.000_001, 0.000_001]),  # 0.75 and 0.9 of a unit
        ({"fee_frac": 0.000_000_000_05}, [0.0, 0.0]),  # 0.25 and 0.3 of a unit
    ],
)
def test_fees(engine, costs, fees):
    run = trade(engine, bars_of([50, 50, 60, 60]), [1, 0], rules(costs=costs))
    assert [f[1] for f in fills_of(run)] == [100, -100]
    assert fees_of(run) == fees
    assert cash_of(run)[-1] == pytest.approx(100_000 + 1_000 - sum(fees), abs=1e-9)
    assert run.trades["fee_units"].sum() == run.fills["fee_units"].sum()


@pytest.mark.parametrize(
    ("costs", "quotes", "prices"),
    [
        ({"slippage_bps": 10.0}, None, [50.05, 59.94]),
        ({"slippage_bps": 1.0}, None, [50.01, 59.99]),  # 50.005 and 59.994 snap to the nearest tick, a half goes up
        ({"slippage": "half_spread", "slippage_bps": 10.0}, {(1, 0): (49.8, 50.2)}, [50.2, 59.94]),
        ({"slippage": "half_spread", "slippage_bps": 10.0}, {(2, 0): (59.9, 60.1)}, [50.05, 59.9]),
        ({"slippage": "half_spread", "slippage_bps": 10.0}, {(1, 0): (50.2, 49.8)}, [50.05, 59.94]),  # crossed
        ({"slippage": "volume_share", "impact": 0.1}, None, [50.05, 59.94]),  # (100 / 1000)^2 * 0.1 = 0.001
        ({"slippage": "volume_share", "impact": 1e6}, None, [99.5, 0.6]),  # never beyond 99 %
    ],
)
def test_slippage(engine, costs, quotes, prices):
    bars = bars_of([50, (50, 50, 50, 50, 1000.0), (60, 60, 60, 60, 1000.0)], quotes=quotes)
    run = trade(engine, bars, [1, 0], rules(costs=costs))
    assert [f[2] for f in fills_of(run)] == prices
    paid = [round(100 * (prices[0] - 50), 6), round(100 * (60 - prices[1]), 6)]
    assert (run.fills["slippage_units"] / 1e6).tolist() == pytest.approx(paid)


def test_a_bar_without_volume_has_no_share_to_slip(engine):
    bars = bars_of([50, (50, 50, 50, 50, 0.0)])
    assert fills_of(trade(engine, bars, [1], rules(costs={"slippage": "volume_share"}))) == [(1, 100, 50.0, "vote")]


def test_participation_fills_over_several_bars(engine):
    volumes = [1e6, 300.0, 0.0, 259.0, np.nan, 1e6, 1e6]
    bars = bars_of([(50 + n, 50 + n, 50 + n, 50 + n, volume) for n, volume in enumerate(volumes)])
    run = trade(engine, bars, [1], rules(costs={"participation_frac_max": 0.1, "fee_minimum": 1.0}))
    assert fills_of(run) == [(1, 30, 51.0, "vote"), (3, 25, 53.0, "vote"), (5, 45, 55.0, "vote")]
    assert fees_of(run) == [1.0, 1.0, 1.0]  # each fill has its minimum
    assert len(set(run.fills["order"])) == 1


def test_a_working_order_is_replaced_when_the_vote_changes(engine):
    bars = bars_of([(50, 50, 50, 50, 300.0)] * 6)
    run = trade(engine, bars, [1, 1, -1, -1, 0, 0], rules(costs={"participation_frac_max": 0.1}))
    assert [f[:2] for f in fills_of(run)] == [(1, 30), (2, 30), (3, -30), (4, -30)]
    assert run.lots[:, 0].tolist() == [0, 30, 60, 30, 0, 0]  # flat is what the vote wants now: the rest is cancelled


def test_market_on_open_waits_for_the_next_session(engine):
    days = [date(2024, 1, 8)] * 3 + [date(2024, 1, 9)] * 2
    bars = bars_of([10, 11, 12, 20, 21], days=days)
    assert fills_of(trade(engine, bars, [1], rules())) == [(1, 100, 11.0, "vote")]
    assert fills_of(trade(engine, bars, [1], rules(order="moo"))) == [(3, 100, 20.0, "vote")]
    assert fills_of(trade(engine, bars, [0, 0, 1], rules(order="moo"))) == [(3, 100, 20.0, "vote")]
    assert fills_of(trade(engine, bars, [0, 0, 0, 1], rules(order="moo"))) == []


EXITS = {"stop_frac": 0.10, "target_frac": 0.20}


@pytest.mark.parametrize(
    ("votes", "cells", "fills"),
    [
        # long from 100: stop 90, target 120
        ([1], [(100, 100, 95, 95), (95, 96, 89, 91)], [(2, -100, 90.0, "stop")]),
        ([1], [(100, 100, 95, 95), (85, 88, 84, 86)], [(2, -100, 85.0, "stop")]),  # gaps through
        ([1], [(100, 105, 95, 95), (95, 121, 95, 118)], [(2, -100, 120.0, "target")]),
        ([1], [(100, 105, 95, 95), (125, 126, 121, 122)], [(2, -100, 125.0, "target")]),  # opens beyond: better
        ([1], [(100, 105, 95, 95), (95, 125, 85, 100)], [(2, -100, 90.0, "stop")]),  # both in one bar
        ([1], [(100, 104, 89, 95)], [(1, -100, 90.0, "stop")]),  # in the bar of the entry
        ([1], [(100, 121, 95, 95)], [(1, -100, 120.0, "target")]),
        # short from 100: stop 110, target 80
        ([-1], [(100, 111, 95, 95)], [(1, 100, 110.0, "stop")]),
        ([-1], [(100, 105, 95, 95), (115, 116, 114, 115)], [(2, 100, 115.0, "stop")]),
        ([-1], [(100, 105, 95, 95), (95, 95, 79, 82)], [(2, 100, 80.0, "target")]),
        ([-1], [(100, 105, 95, 95), (75, 76, 74, 75)], [(2, 100, 75.0, "target")]),
        ([-1], [(100, 105, 95, 95), (95, 111, 79, 100)], [(2, 100, 110.0, "stop")]),
    ],
)
def test_attached_stop_and_target(engine, votes, cells, fills):
    bars = bars_of([(100, 100, 100, 100), *cells, (100, 100, 100, 100), (100, 100, 100, 100)])
    run = trade(engine, bars, votes, rules(exits=EXITS))
    entry = (1, 100 if votes[0] > 0 else -100, 100.0, "vote")
    assert fills_of(run) == [entry, *fills]  # and no entry again while the vote stands
    assert run.trades["open"].sum() == 0
    assert run.direction[-1, 0] == votes[0]


def test_a_stop_pays_slippage_and_a_target_does_not(engine):
    chosen = rules(exits=EXITS, costs={"slippage_bps": 100.0})
    bars = bars_of([100, 100, (100, 100, 80, 85)])
    assert fills_of(trade(engine, bars, [1], chosen))[1] == (2, -100, 89.99, "stop")  # 101 * 0.9 = 90.9, less 1 %
    bars = bars_of([100, 100, (100, 130, 100, 125)])
    assert fills_of(trade(engine, bars, [1], chosen))[1] == (2, -100, 121.2, "target")


def test_after_a_stop_only_another_direction_enters_again(engine):
    bars = bars_of([100, 100, (100, 100, 85, 88), 90, 90, 90, 90, 90, 90])
    run = trade(engine, bars, [1, 1, 1, 1, 0, 1, 1, 1, 1], rules(exits=EXITS))
    assert fills_of(run)[2:] == [(6, 100, 90.0, "vote")]
    run = trade(engine, bars, [1, 1, 1, 1, -1], rules(exits=EXITS))
    assert fills_of(run)[2:] == [(5, -100, 90.0, "vote")]


def test_an_exit_beyond_the_volume_goes_on_as_a_market_order(engine):
    cells = [(100, 100, 100, 100, 1e6)] * 2 + [
        (100, 100, 85, 88, 400.0),
        (87, 87, 87, 87, 300.0),
        (86, 86, 86, 86, 1e6),
    ]
    run = trade(engine, bars_of(cells), [1], rules(exits=EXITS, costs={"participation_frac_max": 0.1}))
    assert fills_of(run)[1:] == [(2, -40, 90.0, "stop"), (3, -30, 87.0, "stop"), (4, -30, 86.0, "stop")]
    assert len(set(run.fills["order"])) == 1  # the exit belongs to its entry


def test_an_exit_shares_the_volume_of_its_bar_with_the_entry(engine):
    cells = [(100, 100, 100, 100, 1e6), (100, 100, 85, 88, 800.0), (95, 95, 95, 95, 200.0), (95, 95, 95, 95, 1e6)]
    run = trade(engine, bars_of(cells), [1], rules(exits=EXITS, costs={"participation_frac_max": 0.1}))
    # 80 bought at the open use up the bar; the stop fires, nothing is left to sell into, the rest of the entry is off
    assert fills_of(run) == [(1, 80, 100.0, "vote"), (2, -20, 95.0, "stop"), (3, -60, 95.0, "stop")]


def test_a_new_vote_replaces_the_rest_of_an_exit(engine):
    cells = [(100, 100, 100, 100, 1e6)] * 2 + [(100, 100, 85, 88, 400.0), (87, 87, 87, 87, 300.0)] + [90] * 3
    run = trade(engine, bars_of(cells), [1, 1, 1, -1], rules(exits=EXITS, costs={"participation_frac_max": 0.1}))
    assert [f[:2] for f in fills_of(run)[1:]] == [(2, -40), (3, -30), (4, -130)]


def test_a_target_below_zero_is_none(engine):
    run = trade(engine, bars_of([100, 100, 0.01, 0.01]), [-1], rules(exits={"target_frac": 1.5}))
    assert fills_of(run) == [(1, -100, 100.0, "vote")]
    run = trade(engine, bars_of([100, 100, 0.01, 0.01]), [-1], rules(exits={"target_frac": 1.0}))
    assert fills_of(run) == [(1, -100, 100.0, "vote")]


def test_borrow_is_charged_by_calendar_day(engine):
    days = [date(2024, 1, 4), date(2024, 1, 5), date(2024, 1, 8), date(2024, 1, 9)]  # Thursday to Tuesday
    chosen = rules(costs={"borrow_annual_frac": 0.365})
    run = trade(engine, bars_of([50, 50, 50, 60], days=days), [-1], chosen)
    # 5,000 short at Friday's close: 3 days over the weekend, then one
    assert cash_of(run) == [100_000.0, 105_000.0, 104_985.0, 104_980.0]
    assert run.borrow_units == 20_000_000
    assert trade(engine, bars_of([50, 50, 50, 60], days=days), [1], chosen).borrow_units == 0


def test_intraday_borrow_is_charged_once_a_session(engine):
    days = [date(2024, 1, 8)] * 3 + [date(2024, 1, 9)] * 2
    run = trade(engine, bars_of([50] * 5, days=days), [-1], rules(costs={"borrow_annual_frac": 0.365}))
    assert run.borrow_units == 5_000_000


@pytest.mark.parametrize(("vote", "paid"), [(1, 50.0), (-1, -50.0)])
def test_dividends_go_to_the_long_and_are_owed_by_the_short(engine, vote, paid):
    bars = bars_of([50, 50, 50, 50], dividends={(1, 0): 9.0, (2, 0): 0.5})  # bar 1: bought after it went ex
    run = trade(engine, bars, [vote], rules())
    assert run.dividend_units == paid * 1e6
    assert cash_of(run)[-1] == 100_000 - vote * 5_000 + paid


def test_a_reversal_goes_through_zero_in_one_fill(engine):
    run = trade(engine, bars_of([10, 10, 12, 15, 15]), [1, -1, -1, 0], rules())
    assert [f[:3] for f in fills_of(run)] == [(1, 100, 10.0), (2, -200, 12.0), (4, 100, 15.0)]
    assert run.trades["pnl_units"].tolist() == [200_000_000, -300_000_000]
    assert run.trades["side"].tolist() == [1, -1]
    assert run.equity[-1] == 99_900.0


def test_a_cash_account_in_bitcoin_is_exact(engine):
    bars = bars_of([0.05, 0.05, 0.06, 0.06], lot=0.001, tick=1e-8, currency="BTC")
    chosen = rules(account={"cash": 5.0}, sizing={"quantity": 1.5}, costs={"fee_frac": 0.001})
    run = trade(engine, bars, [1, 0], chosen)
    assert [f[1] for f in fills_of(run)] == [1500, -1500]
    assert run.fills["fee_units"].tolist() == [75_000_000, 90_000_000]  # 1.5 * 0.05 * 0.001 = 0.000075 BTC
    assert run.equity_units[-1] == 5_000_000_000_000 + 15_000_000_000 - 165_000_000


def test_nothing_below_the_least_notional(engine):
    chosen = rules(sizing={"quantity": 4.0})
    assert fills_of(trade(engine, bars_of([10, 10, 12.5, 13], min_notional=50.0), [1], chosen)) == [
        (3, 4, 13.0, "vote")
    ]
    assert len(fills_of(trade(engine, bars_of([12.5, 13, 13], min_notional=50.0), [1], chosen))) == 1


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
        ({"order": "limit"}, "order"),
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
