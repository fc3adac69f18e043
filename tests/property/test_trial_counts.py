"""The number of trials never falls by what a user does to data: days dropped, symbols renamed, results deleted, order changed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenfold.adapters.trials.memory import MemoryTrialLog
from tenfold.metrics.clusters import effective_trials
from trial_scenes import FIRST_DAY, chunk_on, days

SYMBOLS = (("AAA",), ("BBB",), ("AAA", "BBB"), ("CCC", "AAA"))

periods = st.tuples(st.integers(0, 800), st.integers(30, 600))
markets = st.tuples(periods, st.sampled_from(SYMBOLS), st.integers(0, 2))
records = st.lists(st.tuples(markets, st.lists(st.integers(5, 60), min_size=1, max_size=4, unique=True)), max_size=6)


def market(described, **changes):
    (first, count), symbols, seed = described
    options = {"first": FIRST_DAY + first, "symbols": symbols, "seed": seed, "count": count} | changes
    return days(options.pop("count"), **options)


def filled(kept):
    log = MemoryTrialLog()
    for described, fasts in kept:
        log.record(*chunk_on(market(described), fasts))
    return log


def count(log, bars):
    return log.count(chunk_on(bars, [5])[1])


@given(records, markets, st.data())
def test_dropping_days_never_lowers_the_number(kept, mine, data):
    log = filled([*kept, (mine, [7, 8])])
    (first, length), _, _ = mine
    before = count(log, market(mine))
    front = data.draw(st.integers(0, length // 2))
    back = data.draw(st.integers(0, length // 2 - 1))
    inside = data.draw(
        st.sets(st.integers(FIRST_DAY + first + front, FIRST_DAY + first + length - back - 1), max_size=3)
    )
    shorter = (first + front, length - front - back)
    left_out = sorted(inside) if len(inside) < shorter[1] else []
    assert count(log, market((shorter, *mine[1:]), left_out=left_out)) >= before


@given(records, markets)
def test_renaming_never_lowers_the_number(kept, mine):
    log = filled([*kept, (mine, [7, 8])])
    renamed = market(mine, symbols=tuple(f"{symbol}_2" for symbol in mine[1]))
    assert count(log, renamed) >= count(log, market(mine))


@given(markets, st.data())
def test_a_new_name_and_a_day_less_still_count(mine, data):
    (first, length), symbols, _ = mine
    log = filled([(mine, [7, 8])])
    day = FIRST_DAY + first + data.draw(st.integers(0, length - 1))
    renamed = market(mine, symbols=tuple(f"{symbol}_2" for symbol in symbols), left_out=[day])
    if length >= 120:  # shorter ones have too few blocks that one day leaves as they were
        assert count(log, renamed) == 2


@given(records, st.randoms(use_true_random=False), markets)
def test_the_order_of_records_decides_nothing(kept, random, asked):
    bars = market(asked)
    one = filled(kept)
    random.shuffle(kept)
    other = filled(kept)
    assert count(one, bars) == count(other, bars)
    data = chunk_on(bars, [5])[1]
    first, second = one.sample(data), other.sample(data)
    assert (first.families, first.counts.tolist()) == (second.families, second.counts.tolist())
    for left, right in zip(first.parts, second.parts, strict=True):
        assert np.array_equal(left.trials, right.trials)
    assert effective_trials(first).number == effective_trials(second).number


@given(records, markets, st.lists(st.integers(5, 60), min_size=1, max_size=4, unique=True))
def test_more_records_never_lower_the_number(kept, asked, fasts):
    log, bars = filled(kept), market(asked)
    before = count(log, bars)
    log.record(*chunk_on(market(asked), fasts))
    assert count(log, bars) >= max(before, len(fasts))


@given(records, markets)
def test_the_number_of_independent_trials_is_between_none_and_all(kept, asked):
    log = filled(kept)
    sample = log.sample(chunk_on(market(asked), [5])[1])
    found = effective_trials(sample)
    assert 0 <= found.number <= sample.count
    assert sample.count == count(log, market(asked))
    assert len(found.sharpes) == found.found
