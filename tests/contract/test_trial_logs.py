"""What every log of trials promises."""

import numpy as np
import pytest

from tenfold.adapters.trials.ledger import TrialLedger
from tenfold.adapters.trials.memory import MemoryTrialLog
from tenfold.domain.rules import Costs, Rules
from tenfold.domain.trials import SAMPLE_MAX
from trial_scenes import FIRST_DAY, chunk_on, days


@pytest.fixture(params=["memory", "ledger"])
def log(request, tmp_path):
    return MemoryTrialLog() if request.param == "memory" else TrialLedger(tmp_path / "trials")


def record(log, bars, fasts, **options):
    chunk, data = chunk_on(bars, fasts, **options)
    log.record(chunk, data)
    return data


def data_of(bars):
    return chunk_on(bars, [5])[1]


def test_an_empty_log_counts_nothing(log):
    data = data_of(days())
    assert log.count(data) == 0
    assert log.sample(data).count == 0
    assert log.sample(data).parts == ()
    assert list(log.records()) == []
    assert log.verify().records == 0


def test_identical_trials_count_once(log):
    data = record(log, days(), [5, 6, 7])
    record(log, days(), [7, 8], who="backtest", at_ns=9)
    assert log.count(data) == 4


def test_other_costs_are_other_trials(log):
    data = record(log, days(), [5, 6])
    record(log, days(), [5, 6], rules=Rules(costs=Costs(fee_frac=0.001)))
    assert log.count(data) == 4


def test_other_data_are_other_trials(log):
    data = record(log, days(), [5, 6])
    record(log, days(399), [5, 6])
    assert log.count(data) == 4


def test_another_market_does_not_count(log):
    data = record(log, days(), [5, 6])
    record(log, days(symbols=("BBB",), seed=1), [5])
    assert log.count(data) == 2


def test_a_symbol_in_common_counts(log):
    record(log, days(symbols=("AAA", "BBB"), seed=1), [5])
    assert log.count(data_of(days(symbols=("BBB", "CCC"), seed=2))) == 1
    assert log.count(data_of(days(symbols=("CCC",), seed=2))) == 0


@pytest.mark.parametrize(("first", "counts"), [(0, 1), (320, 1), (321, 0), (400, 0), (80, 1)])
def test_a_fifth_of_the_shorter_period_decides(log, first, counts):
    record(log, days(400), [5])
    assert log.count(data_of(days(400, first=FIRST_DAY + first))) == counts


def test_a_short_period_inside_a_long_one_counts(log):
    record(log, days(2000), [5])
    assert log.count(data_of(days(20, first=FIRST_DAY + 1000))) == 1


def test_a_part_counts_what_the_whole_counts(log):
    record(log, days(400), [5])
    whole = record(log, days(400, first=FIRST_DAY + 320), [5])
    assert log.count(whole) == 2
    assert log.count(data_of(days(399, first=FIRST_DAY + 321))) == 2


def test_another_name_of_the_same_prices_counts(log):
    record(log, days(), [5, 6])
    other = record(log, days(symbols=("ZZZ",)), [5])
    assert log.count(other) == 2, "and the same trial under another name is the same"
    assert log.count(data_of(days(380, symbols=("YYY",), left_out=[FIRST_DAY + 100]))) == 2


def test_the_sample_holds_each_trial_once_by_family(log):
    data = record(log, days(), [5, 6, 7])
    record(log, days(), [6, 7, 8])
    sample = log.sample(data)
    assert sample.families == ("crossing",)
    assert sample.count == 4 == log.count(data)
    (part,) = sample.parts
    assert len(part.trials) == len(set(part.trials.tolist())) == 4
    assert part.sketches.shape == (4, data.blocks)
    assert (part.block_s, part.block_first) == (data.block_s, data.block_first)
    assert (np.diff(part.trials.astype(object)) > 0).all()


def test_the_sample_is_that_of_the_smallest_hashes_whatever_the_order(log, tmp_path):
    bars = days(60)
    chunks = [chunk_on(bars, list(range(start, start + 512)))[0] for start in range(0, 16 * 512, 512)]
    data = data_of(bars)
    for chunk in chunks:
        log.record(chunk, data)
    other = MemoryTrialLog()
    for chunk in reversed(chunks):
        other.record(chunk, data)
    hashes = np.sort(np.concatenate([chunk.hashes for chunk in chunks]))
    (one,), (two,) = log.sample(data).parts, other.sample(data).parts
    assert log.count(data) == 16 * 512
    assert np.array_equal(one.trials, hashes[:SAMPLE_MAX])
    assert np.array_equal(one.trials, two.trials)
    assert np.array_equal(one.sketches, two.sketches)


def test_sketches_beyond_the_sample_are_not_kept(log):
    bars = days(60)
    for start in range(0, 16 * 512, 512):
        record(log, bars, list(range(start, start + 512)))
    kept = sum(len(chunk.sampled) // 8 for chunk, _ in log.records())
    assert SAMPLE_MAX <= kept < 2 * SAMPLE_MAX
    assert sum(chunk.count for chunk, _ in log.records()) == 16 * 512


def test_records_come_back_as_they_went_in(log):
    first = chunk_on(days(), [5, 6], at_ns=7)
    second = chunk_on(days(symbols=("BBB",)), [7], who="backtest", at_ns=8)
    for chunk, data in (first, second):
        log.record(chunk, data)
    assert list(log.records()) == [first, second]


def test_the_head_tells_logs_apart(log):
    before = log.verify()
    record(log, days(), [5])
    after = log.verify()
    assert after.digest != before.digest
    assert after.records > before.records
    assert log.verify() == after
