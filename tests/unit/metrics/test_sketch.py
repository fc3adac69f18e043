import numpy as np
import pytest

from tenfold.backtesting.trials import trial_data
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.metrics.sketch import (
    SKETCH_MAX,
    Blocks,
    block_sums,
    calendar_blocks,
    market_sketch,
    same_markets,
    shared_blocks,
    standardised,
)
from trial_scenes import FIRST_DAY, days


@pytest.mark.parametrize("step_s", [60, 3600, 86_400, 7 * 86_400])
@pytest.mark.parametrize("count", [2, 70, 5000])
def test_blocks_are_at_most_64_and_powers_of_two_of_675_seconds(step_s, count):
    ts_ns = (1_600_000_000 + np.arange(count) * step_s) * NS_PER_SECOND
    blocks, length = calendar_blocks(ts_ns)
    assert blocks[0] == 0
    assert blocks[-1] < SKETCH_MAX
    assert np.log2(length / 675) % 1 == 0
    assert (np.diff(blocks) >= 0).all()
    assert length == 675 or blocks[-1] >= SKETCH_MAX // 2 - 1, "the smallest length that will do"


def test_blocks_of_different_series_fall_together():
    ts_ns = np.arange(20_000, 22_000) * NS_PER_DAY
    whole, length = calendar_blocks(ts_ns)
    part, same = calendar_blocks(ts_ns[300:])
    assert same == length
    shift = int(ts_ns[300]) // NS_PER_SECOND // length - int(ts_ns[0]) // NS_PER_SECOND // length
    assert np.array_equal(part + shift, whole[300:])


def test_sums_by_block():
    blocks = np.array([0, 0, 1, 3, 3])
    returns = np.array([[1.0, 2.0, 3.0, 4.0, np.nan]])
    assert block_sums(returns, blocks).tolist() == [[3.0, 3.0, 0.0, 4.0]]


def test_a_market_is_sketched_from_close_to_close():
    bars = days(400, symbols=("AAA", "BBB"))
    blocks, _ = calendar_blocks(bars.ts_ns)
    sketch = market_sketch(bars, blocks)
    close = np.log(bars.rows["close"])
    assert sketch.shape == (2, blocks[-1] + 1)
    assert sketch.sum(axis=1) == pytest.approx(close[-1] - close[0], abs=1e-5)
    assert sketch[0, 1] == pytest.approx(close[blocks == 1, 0][-1] - close[blocks == 0, 0][-1], abs=1e-6)


def test_a_symbol_that_comes_later_has_no_return_before():
    bars = days(400, symbols=("AAA", "BBB"))
    close = bars.rows["close"].copy()
    close[:200, 1] = np.nan
    late = bars_from_arrays(["AAA", "BBB"], bars.ts_ns, close, close, close, close, period_ns=NS_PER_DAY)
    sketch = market_sketch(late, calendar_blocks(late.ts_ns)[0])
    assert np.isfinite(sketch).all()
    assert not sketch[1, :5].any()
    assert sketch[1, -5:].any()


def test_coarser_blocks_are_whole_ones_alone():
    fine = Blocks(np.arange(10.0)[None, :], 675, 3)  # blocks 3 to 12: of four each, [4, 8) and [8, 12) are whole
    coarse = fine.coarser(2700)
    assert (coarse.first, coarse.stop, coarse.values.tolist()) == (1, 3, [[1 + 2 + 3 + 4.0, 5 + 6 + 7 + 8.0]])
    assert fine.coarser(675).values.tolist() == fine.values.tolist()
    assert Blocks(np.ones((2, 2)), 675, 3).coarser(2700).values.shape == (2, 0)


def test_common_blocks_of_two_lengths():
    fine = Blocks(np.arange(20.0)[None, :], 675, 0)
    coarse = Blocks(np.arange(9.0)[None, :], 1350, 2)
    a, b = shared_blocks(fine, coarse)
    # inside, the fine ones cover 1 to 18, so coarse ones 1 to 8; the coarse ones cover 3 to 9
    assert b.tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]
    assert a.tolist() == [[6 + 7.0, 8 + 9.0, 10 + 11.0, 12 + 13.0, 14 + 15.0, 16 + 17.0]]
    assert shared_blocks(fine, Blocks(np.ones((1, 9)), 1350, 900))[0].shape[1] == 0


def test_rows_that_do_not_vary_correlate_with_nothing():
    values = standardised(np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]]))
    assert not values[0].any()
    assert (values[1] ** 2).sum() == pytest.approx(1.0, rel=1e-6)


def rows_of(*arguments, **options):
    data = trial_data(days(*arguments, **options))
    return Blocks(data.market, data.block_s, data.block_first)


def test_the_same_market_is_found_by_its_returns():
    one = rows_of(600, symbols=("AAA", "BBB"))
    assert same_markets(one, rows_of(600, symbols=("XXX", "YYY"))).tolist() == [True, True]
    assert same_markets(rows_of(590), rows_of(600)).tolist() == [True]
    assert same_markets(rows_of(300, first=FIRST_DAY + 200), rows_of(2000)).tolist() == [True], (
        "blocks of other lengths"
    )
    assert same_markets(rows_of(400, left_out=[FIRST_DAY + 77]), rows_of(400)).tolist() == [True]


def test_other_markets_are_not_the_same():
    assert same_markets(rows_of(600), rows_of(600, seed=1)).tolist() == [False]
    assert same_markets(rows_of(300), rows_of(300, first=FIRST_DAY + 300)).tolist() == [False], "no block in common"
    assert same_markets(Blocks(np.zeros((0, 40)), 86_400, 0), rows_of(300)).tolist() == [False]


def test_hours_and_days_of_one_market_are_the_same():
    rng = np.random.default_rng(5)
    hours = np.arange(FIRST_DAY * 24, (FIRST_DAY + 300) * 24)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.003, len(hours))))
    ts_ns = (hours + 1) * 3600 * NS_PER_SECOND
    fine = bars_from_arrays(["HOURS"], ts_ns, close, close, close, close, period_ns=3600 * NS_PER_SECOND)
    daily = close[22::24]  # to 23:00, inside the day
    coarse = bars_from_arrays(["DAYS"], ts_ns[22::24], daily, daily, daily, daily, period_ns=NS_PER_DAY)
    one, other = (
        Blocks(data.market, data.block_s, data.block_first) for data in (trial_data(fine), trial_data(coarse))
    )
    assert same_markets(one, other).tolist() == [True]
