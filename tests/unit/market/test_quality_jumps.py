"""A session that opens as far from the close before as by a split, told from a bad day."""

import pytest

from tenfold.market.quality_jumps import split_like


@pytest.mark.parametrize(
    ("before", "opened", "ratio"),
    [
        (100.0, 50.0, 2.0),
        (100.0, 52.0, 2.0),
        (100.0, 33.0, 3.0),
        (90.0, 60.5, 1.5),
        (1.0, 10.9, 0.1),
        (20.0, 39.5, 0.5),
    ],
)
def test_like_a_split(before, opened, ratio):
    assert split_like(before, opened) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("before", "opened"),
    [(100.0, 100.0), (100.0, 71.0), (100.0, 57.0), (100.0, 63.0), (100.0, 45.5), (0.0, 50.0), (50.0, 0.0), (50.0, float("nan")),
     (50.0, float("inf")), (100.0, 1e-300)],
)  # fmt: skip
def test_not_like_one(before, opened):
    assert split_like(before, opened) == 0.0
