"""A walk forward covers the rest of the data once, after a purge."""

import pytest

from tenfold.backtesting.splits import Window, walk_forward
from tenfold.domain.errors import SettingsError


def test_tests_follow_each_other_to_the_end():
    assert walk_forward(1000, tests=3, train_frac=0.4) == (
        Window((0, 400), (400, 600)),
        Window((0, 600), (600, 800)),
        Window((0, 800), (800, 1000)),
    )


def test_what_a_decision_can_still_earn_is_purged():
    windows = walk_forward(1000, tests=2, train_frac=0.5, purge=21)
    assert [one.train for one in windows] == [(0, 479), (0, 729)]
    assert [one.test for one in windows] == [(500, 750), (750, 1000)]


def test_rolling_trains_keep_their_length():
    windows = walk_forward(1000, tests=5, train_frac=0.5, rolling=True, purge=10)
    assert {stop - start for start, stop in (one.train for one in windows)} == {490}


@pytest.mark.parametrize(
    "asked", [{"tests": 0}, {"train_frac": 0.0}, {"train_frac": 1.0}, {"purge": -1}, {"purge": 500}, {"tests": 700}]
)
def test_windows_without_bars_are_refused(asked):
    with pytest.raises(SettingsError):
        walk_forward(1000, **({"tests": 6, "train_frac": 0.4} | asked))
