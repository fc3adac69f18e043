"""A series knows its period, its stamps, and refuses what it cannot be."""

import numpy as np
import pytest

from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.adjustment import actions_from_factors, split_distance
from tenfold.market.series import Series, decode_period, empty_rows, encode_period, infer_period
from tenfold.market.ticks import Ticks


@pytest.mark.parametrize("text", ["1s", "30s", "1m", "15m", "1h", "4h", "1d", "1w", "1mo"])
def test_a_period_is_written_as_it_is_read(text):
    assert encode_period(decode_period(text)) == text


@pytest.mark.parametrize("text", ["", "m", "0m", "-1d", "1.5h", "1y", "9999m", "²m"])
def test_a_period_that_is_none_is_refused(text):
    with pytest.raises(DataError, match="period is"):
        decode_period(text)


def test_an_odd_period_is_told_in_seconds():
    assert encode_period(NS_PER_SECOND // 2) == "0.5s"


@pytest.mark.parametrize(
    ("step_ns", "period_ns"),
    [
        (NS_PER_MINUTE, NS_PER_MINUTE),
        (4 * NS_PER_HOUR, 4 * NS_PER_HOUR),
        (NS_PER_DAY, NS_PER_DAY),
        (23 * NS_PER_HOUR, NS_PER_DAY),
        (7 * NS_PER_DAY, 7 * NS_PER_DAY),
        (31 * NS_PER_DAY, 30 * NS_PER_DAY),
    ],
)
def test_the_period_is_the_usual_step(step_ns, period_ns):
    label_ns = np.arange(50, dtype=np.int64) * step_ns
    assert infer_period(label_ns) == period_ns
    assert infer_period(np.delete(label_ns, [7, 8, 20])[::-1]) == period_ns


def test_irregular_steps_take_the_median():
    steps = np.random.default_rng(1).integers(50, 70, 400) * NS_PER_SECOND + np.arange(400)
    assert infer_period(np.cumsum(steps)) == NS_PER_MINUTE
    with pytest.raises(DataError, match="fewer than two moments"):
        infer_period(np.array([5, 5]))


def test_what_is_no_series_is_refused():
    with pytest.raises(DataError, match="expected a column of BAR records"):
        Series(symbol="A", rows=np.zeros(3), period_ns=1)
    with pytest.raises(DataError, match="expected one of raw, split, total"):
        Series(symbol="A", rows=empty_rows(1), period_ns=1, adjustment="half")
    with pytest.raises(DataError, match="expected one of quotes, trades, depth"):
        Ticks(symbol="A", kind="news", ts_ns=np.zeros(1), columns={})
    with pytest.raises(DataError, match="missing: ask"):
        Ticks(symbol="A", kind="quotes", ts_ns=np.zeros(1), columns={"bid": np.zeros(1)})


def test_factors_of_nothing_are_no_actions():
    assert len(actions_from_factors(np.array([1]), np.array([2.0]), np.array([1.0]))) == 0
    nothing = np.full(3, np.nan)
    assert len(actions_from_factors(np.arange(3), nothing, nothing)) == 0


def test_how_near_a_price_came_to_a_split():
    rows = empty_rows(3)
    rows["close"], rows["open"] = [100.0, 50.0, 0.0], [100.0, 50.0, 50.0]
    assert split_distance(rows, 1, 2.0) == (0.0, 1.0)
    assert split_distance(rows, 2, 2.0) == (1.0, 0.0)
    rows["open"][2] = 0.0
    assert not min(split_distance(rows, 2, 2.0)) < 0.5
