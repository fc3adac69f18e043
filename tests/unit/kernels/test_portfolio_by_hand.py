"""Every rule of a run, in numbers worked out by hand, on both paths."""

from datetime import date

import numpy as np
import pytest

from scenes import bars_of, cash_of, fees_of, fills_of, rules, trade


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
        ({"slippage": "volume_share", "impact": 150.0}, None, [99.5, 0.6]),  # never beyond 99 %
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
