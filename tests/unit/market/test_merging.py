"""Two series of one symbol become one: nothing doubled, nothing lost."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.merging import absent, merged, succeeded, united
from tenfold.market.series import ACTION, Series, empty_rows, stamp_rows

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def daily(first, closes, **options):
    rows = empty_rows(len(closes))
    stamp_rows(rows, (first + np.arange(len(closes))) * NS_PER_DAY, NS_PER_DAY, "date")
    rows["session"] = first + np.arange(len(closes))
    for name in ("open", "high", "low", "close"):
        rows[name] = closes
    return Series(symbol="A", rows=rows, period_ns=NS_PER_DAY, **options)


def test_of_two_bars_with_one_time_the_new_one_stays():
    kept = daily(10, [1.0, 2.0, 3.0], columns={"oi": np.array([1.0, 2.0, 3.0])}, fetched=((0, 13),))
    found = merged(kept, daily(12, [30.0, 40.0], fetched=((13, 15),)))
    assert found.rows["close"].tolist() == [1.0, 2.0, 30.0, 40.0]
    np.testing.assert_array_equal(found.columns["oi"], [1.0, 2.0, np.nan, np.nan])
    assert found.fetched == ((0, 15),)


def test_nothing_joined_to_something_is_that():
    some, none = daily(10, [1.0], fetched=((10, 11),)), daily(10, [], fetched=((5, 10),))
    for found in (merged(some, none), merged(none, some)):
        assert found.rows["close"].tolist() == [1.0]
        assert found.fetched == ((5, 11),)


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match="kept as 1d bars, the new ones are 1h"):
        merged(daily(10, [1.0]), replace(daily(11, [1.0]), period_ns=NS_PER_HOUR))
    with pytest.raises(DataError, match="stored raw and A split"):
        merged(daily(10, [1.0]), daily(11, [1.0], adjustment="split"))


def test_a_later_name_goes_on_from_its_day():
    actions = np.array([(12, 2.0, 0.0, 12)], ACTION)
    before = daily(10, [1.0, 2.0, 3.0], columns={"oi": np.ones(3)})
    found = succeeded(before, replace(daily(11, [8.0, 9.0, 10.0], actions=actions), symbol="B"), 12)
    assert found.rows["close"].tolist() == [1.0, 2.0, 9.0, 10.0]
    np.testing.assert_array_equal(found.columns["oi"], [1.0, 1.0, np.nan, np.nan])
    assert len(found.actions) == 1


def points(spans):
    return {at for start, stop in spans for at in range(start, stop)}


@given(SPANS, st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_spans_hold_what_they_should(spans, wanted):
    whole = united(tuple(spans))
    assert points(whole) == points(spans)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(whole))
    if wanted[0] < wanted[1]:
        left = absent(wanted, tuple(spans))
        assert points(left) == points([wanted]) - points(spans)
        assert left == united(left)
