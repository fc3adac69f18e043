from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tenfold.backtesting.job import Marks, job_for, stretches
from tenfold.backtesting.sweep import grid_of, run_sweep
from tenfold.backtesting.trials import (
    RECORD,
    fold_chunk,
    rules_hash,
    single_chunk,
    trial_data,
    trial_hashes,
    unrecorded,
)
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import Account, Costs, Rules
from tenfold.domain.trials import SAMPLE_MAX
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels.fold import fold
from tenfold.metrics.sketch import block_sums, calendar_blocks
from tenfold.strategy.trend import crossing
from trial_scenes import days


@fold()
def still(state, bar, params):
    """Hold no opinion."""
    return bar.close * 0.0


def params_of(*fasts):
    params = np.zeros(len(fasts), crossing.params_dtype)
    params["fast"], params["slow"] = fasts, 100
    return params


class Kept(list):
    def __call__(self, chunk, data):
        self.append((chunk, data))


def test_a_market_is_described_by_what_it_is():
    bars = days(300, symbols=("AAA", "BBB"))
    data = trial_data(bars)
    assert data.symbols == ("AAA", "BBB")
    assert data.stop_ns - data.start_ns == 300 * NS_PER_DAY
    assert data.market.shape == (2, data.blocks)
    assert trial_data(bars) is data, "once a process"
    assert trial_data(days(300, symbols=("AAA", "BBB"))) == data


def changed(bars, **columns):
    rows = bars.rows.copy()
    for name, value in columns.items():
        rows[name][5] = value
    return replace(bars, rows=rows)


def test_the_key_of_a_market_is_that_of_its_content():
    bars = days(100)
    key = trial_data(bars).key
    assert trial_data(days(100, symbols=("ZZZ",))).key == key, "a name is no content"
    assert trial_data(replace(bars, label="file.csv", sources={"file": 1})).key == key, "nor is a file"
    assert trial_data(days(99)).key != key
    assert trial_data(changed(bars, volume=7.0)).key != key
    assert trial_data(changed(bars, high=bars.rows["high"][5] + 1)).key != key
    assert trial_data(changed(bars, bid=1.0)).key != key
    assert trial_data(bars.with_columns(sentiment=np.zeros(100))).key != key
    lots = replace(bars, instruments=(Instrument(symbol="AAA", lot_size=10.0),))
    assert trial_data(lots).key != key


def test_a_hash_is_that_of_everything_that_decides_a_trial():
    data, rules = trial_data(days(100)), Rules()
    one = trial_hashes("source", params_of(5, 6, 5), data, rules)
    assert one.dtype == np.uint64
    assert one[0] == one[2] != one[1]
    assert trial_hashes("source", params_of(6), data, rules)[0] == one[1]
    others = [
        trial_hashes("other", params_of(5), data, rules),
        trial_hashes("source", params_of(5), trial_data(days(101)), rules),
        trial_hashes("source", params_of(5), data, Rules(costs=Costs(fee_frac=0.001))),
    ]
    assert len({int(found[0]) for found in others} | {int(one[0])}) == 4
    assert rules_hash(Rules()) == rules_hash(Rules())


def test_hashes_of_neighbours_do_not_collide():
    params = np.zeros(200_000, crossing.params_dtype)
    params["fast"], params["slow"] = np.arange(200_000) % 500, np.arange(200_000) // 500
    assert len(np.unique(trial_hashes("source", params, trial_data(days(50)), Rules()))) == 200_000


def test_no_zero_differs_from_its_negative():
    kind = np.dtype([("x", "f8")])
    data = trial_data(days(50))
    found = trial_hashes("source", np.array([(0.0,), (-0.0,)], kind), data, Rules())
    assert found[0] == found[1]


def test_a_chunk_tells_its_moments():
    data = trial_data(days(100))
    sharpes = np.array([1.0, -1.0, np.nan, 3.0])
    chunk = fold_chunk(crossing, params_of(5, 6, 7, 8), data, Rules(), sharpes, who="search", at_ns=9)
    assert (chunk.count, chunk.family, chunk.who, chunk.at_ns) == (4, "crossing", "search", 9)
    assert (chunk.sharpe_mean, chunk.sharpe_max) == (0.75, 3.0)
    assert chunk.sharpe_variance == pytest.approx(np.var([1.0, -1.0, 0.0, 3.0]))
    assert chunk.data_key == data.key
    assert chunk.sampled == b""


def test_some_trials_of_a_chunk_have_sketches():
    data = trial_data(days(100))
    sketches = np.ones((2, data.blocks))
    chunk = fold_chunk(
        crossing, params_of(5, 6, 7), data, Rules(), np.arange(3.0), sketches, np.array([0, 2]), who="sweep", at_ns=0
    )  # fmt: skip
    assert np.array_equal(np.frombuffer(chunk.sampled, "<u8"), chunk.hashes[[0, 2]])
    assert np.frombuffer(chunk.sharpes, "<f4").tolist() == [0.0, 2.0]


def test_what_is_no_fold_is_told_apart_by_what_it_did():
    data = trial_data(days(100))
    sketch = np.zeros((1, data.blocks))
    one, two, same = (
        single_chunk("scores", did, data, Rules(), 0.5, sketch, who="backtest", at_ns=0) for did in (b"a", b"b", b"a")
    )
    assert one == same
    assert one.trials != two.trials
    assert one.count == 1


@pytest.mark.parametrize(("length", "step"), [(400, 64), (400, 400), (400, 1000), (37, 10)])
def test_stretches_cover_all_bars_once_and_stop_at_marks(length, step):
    marks = Marks(2, [10, 20, 37])
    found = stretches(length, step, marks)
    assert found[0][0] == 0
    assert found[-1][1] == length
    assert all(one[1] == two[0] for one, two in pairwise(found))
    assert {10, 20, 37} <= {stop for _, stop in found}
    assert all(stop - start <= step for start, stop in found)


def test_marks_change_no_result_and_are_the_equity_of_the_backtest():
    from tenfold.backtesting.backtest import run_backtest
    from tenfold.backtesting.scoring import Member

    bars, rules = days(400), Rules(costs=Costs(fee_frac=0.0005))
    params = params_of(5, 9, 30)
    job = job_for(crossing, params, bars, rules)
    marks = Marks(3, [100, 250, 400])
    books, _ = job.trade(params, None, marks)
    plain, _ = job.trade(params)
    assert books.tobytes() == plain.tobytes()
    run = run_backtest([Member(crossing, {"fast": 9, "slow": 100}, "crossing")], bars, rules)
    assert marks.equities[1].tolist() == run.equity_units[[99, 249, 399]].tolist()


def test_a_sweep_records_every_trial_with_its_sketch():
    bars, rules, kept = days(400), Rules(account=Account(cash=50_000.0)), Kept()
    points = grid_of(crossing, {"fast": [5, 9, 30], "slow": [60, 100]})
    swept = run_sweep(crossing, points, bars, rules, record=kept)
    ((chunk, data),) = kept
    assert data == trial_data(bars)
    assert (chunk.count, chunk.who, chunk.family) == (6, "sweep", "crossing")
    assert chunk.sharpe_max == pytest.approx(swept.statistics["sharpe"].max())
    assert np.array_equal(np.sort(np.frombuffer(chunk.sampled, "<u8")), np.sort(chunk.hashes))
    from tenfold.backtesting.backtest import run_backtest
    from tenfold.backtesting.scoring import Member

    run = run_backtest([Member(crossing, points[3], "crossing")], bars, rules)
    expected = block_sums(run.returns[None, :], calendar_blocks(bars.ts_ns)[0])
    found = np.frombuffer(chunk.sketches, "<f4").reshape(6, -1)[3]
    assert found == pytest.approx(expected[0], abs=2e-3), "compounded inside a block, so nearly the sum"
    single = fold_chunk(crossing, params_of(9)[:1], data, rules, np.zeros(1), who="backtest", at_ns=0)
    assert single.trials[:8] in chunk.trials, "a sweep and a backtest of the same trial are the same trial"


def test_a_large_sweep_records_in_parts_and_sketches_a_sample():
    bars, kept = days(60), Kept()
    points = grid_of(crossing, {"fast": range(5, 60), "slow": range(20, 120)})
    run_sweep(crossing, points, bars, Rules(), record=kept)
    chunks = [chunk for chunk, _ in kept]
    assert sum(chunk.count for chunk in chunks) == 5500
    assert len(chunks) <= 5500 // RECORD + 1
    sampled = np.concatenate([np.frombuffer(chunk.sampled, "<u8") for chunk in chunks])
    everything = np.sort(np.concatenate([chunk.hashes for chunk in chunks]))
    assert np.array_equal(np.sort(sampled), everything[:SAMPLE_MAX])


def test_an_interrupted_sweep_records_what_was_done():
    bars, kept = days(60), Kept()
    points = grid_of(crossing, {"fast": range(5, 60), "slow": range(20, 30)})

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(crossing, points, bars, Rules(), record=kept, progress=stop, threads=1)
    assert 0 < sum(chunk.count for chunk, _ in kept) < 550


def test_a_fold_without_parameters_is_one_trial():
    bars, kept = days(60), Kept()
    run_sweep(still, [{}], bars, Rules(), record=kept)
    ((chunk, _),) = kept
    assert chunk.count == 1
    assert not np.frombuffer(chunk.sketches, "<f4").any()


def test_nothing_is_kept_where_nobody_asks():
    assert unrecorded(None, None) is None


def test_blocks_without_bars_have_no_return():
    stamps = np.array([0, 1, 2, 30, 31, 60]) * NS_PER_DAY + 20_000 * NS_PER_DAY
    close = np.array([100.0, 101, 102, 103, 104, 105])
    bars = bars_from_arrays(["AAA"], stamps, close, close, close, close, period_ns=NS_PER_DAY)
    kept = Kept()
    run_sweep(crossing, grid_of(crossing, {"fast": [5], "slow": [20]}), bars, Rules(), record=kept)
    ((chunk, data),) = kept
    assert len(np.frombuffer(chunk.sketches, "<f4")) == data.blocks
