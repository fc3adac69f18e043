from math import isnan

import numpy as np

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.records import FILL, TRADE
from tenfold.domain.units import NS_PER_DAY
from tenfold.metrics.attribution import ballots, by_member, by_symbol, position_pnl
from tenfold.metrics.marks import buy_and_hold, carried_closes, units_per_price
from tenfold.metrics.performance import longest_run
from tenfold.metrics.trades import trade_statistics


def trades(*rows):
    """Rows of (side, entry_bar, exit_bar, pnl, fee, open)."""
    made = np.zeros(len(rows), TRADE)
    for name, column in zip(
        ("side", "entry_bar", "exit_bar", "pnl_units", "fee_units", "open"), zip(*rows, strict=True), strict=True
    ):
        made[name] = column
    return made


def test_trade_statistics_by_hand():
    found = trade_statistics(
        trades(
            (1, 0, 4, 110, 10, 0),
            (1, 4, 6, 60, 10, 0),
            (-1, 6, 7, -40, 10, 0),
            (1, 7, 9, 10, 10, 0),
            (1, 9, 10, 999, 0, 1),
        )
    )
    assert (found.closed, found.open, found.long, found.short) == (4, 1, 4, 1)
    assert (found.hit_rate, found.payoff_ratio, found.profit_factor) == (0.5, 75 / 50, 150 / 50)
    assert (found.expectancy_units, found.best_units, found.worst_units) == (25.0, 100.0, -50.0)
    assert (found.holding_bars_mean, found.holding_bars_median) == (2.25, 2.0)
    assert (found.winning_streak, found.losing_streak) == (2, 1)


def test_no_trades():
    found = trade_statistics(np.zeros(0, TRADE))
    assert (found.closed, found.winning_streak) == (0, 0)
    assert isnan(found.hit_rate)
    assert isnan(found.profit_factor)
    assert longest_run(np.array([True, True, False, True])) == 2


def test_by_symbol_is_exact():
    made = np.zeros(3, FILL)
    made["symbol"] = [0, 0, 1]
    made["lots"] = [10, -4, -5]
    made["price"] = [10.0, 11.0, 20.0]
    made["fee_units"] = [1, 2, 3]
    made["slippage_units"] = [4, 5, 6]
    found = by_symbol(made, np.array([1e6, 1e6, 1e6]), np.array([12.0, np.nan, 5.0]))
    assert found.pnl_units.tolist() == [4_000_000 + 12_000_000, 0, 0]
    assert found.fee_units.tolist() == [3, 3, 0]
    assert found.slippage_units.tolist() == [9, 6, 0]
    assert found.notional_units.tolist() == [144_000_000, 100_000_000, 0]
    assert (found.fills.tolist(), found.lots.tolist()) == ([2, 1, 0], [6, -5, 0])


def test_members_are_credited_with_what_they_stood_for():
    closes = np.array([[10.0], [11.0], [9.0], [9.5]])
    lots = np.array([[2], [2], [-1], [0]])
    pnl = position_pnl(lots, closes, np.array([1.0]))
    assert pnl.ravel().tolist() == [0.0, 2.0, -4.0, -0.5]
    scores = np.array([[0.2], [-0.9], [np.nan], [0.5]])
    cast = ballots(scores, 0.2)
    assert cast.ravel().tolist() == [1, -1, 0, 1]
    found = by_member(cast, lots, pnl)
    assert (found.with_units, found.against_units, found.abstained_units) == (2.0, -4.0, -0.5)
    assert (found.with_frac, found.against_frac, found.voting_frac) == (1 / 3, 1 / 3, 0.75)
    idle = by_member(cast, np.zeros((4, 1), int), np.zeros((4, 1)))
    assert isnan(idle.with_frac)


def test_closes_are_carried_and_the_benchmark_waits_in_cash():
    price = np.array([[10.0, np.nan], [11.0, 20.0], [np.nan, 22.0], [12.1, 22.0]])
    ts_ns = np.arange(1, 5) * NS_PER_DAY
    bars = bars_from_arrays(["A", "B"], ts_ns, price, price, price, price, period_ns=NS_PER_DAY)
    closes = carried_closes(bars)
    np.testing.assert_array_equal(closes, [[10, np.nan], [11, 20], [11, 22], [12.1, 22]])
    assert units_per_price(bars).tolist() == [1e6, 1e6]
    wealth = np.cumprod(1 + buy_and_hold(closes))
    np.testing.assert_allclose(wealth, [1.0, (1.1 + 1) / 2, (1.1 + 1.1) / 2, (1.21 + 1.1) / 2])
    dividends = np.zeros((4, 2))
    dividends[3, 0] = 1.1
    np.testing.assert_allclose(np.cumprod(1 + buy_and_hold(closes, dividends))[-1], (1.1 * 1.2 + 1.1) / 2)
    whole = bars_from_arrays(["A"], ts_ns, *[np.full(4, 5.0)] * 4, period_ns=NS_PER_DAY)
    assert carried_closes(whole).tolist() == [[5.0]] * 4
