"""When models are fitted anew."""

from itertools import pairwise

from tenfold.research.refits import refits


def test_fits_follow_each_other_without_a_gap():
    found = list(refits(5040, 504, 252))
    assert found[0] == (504, 756)
    assert found[-1][1] == 5040
    assert all(one[1] == other[0] for one, other in pairwise(found))


def test_long_histories_are_fitted_seldom():
    assert len(list(refits(1_000_000, 504, 252))) < 90


def test_the_length_changes_no_fit():
    whole = list(refits(9000, 100, 50))
    for length in (101, 777, 5000):
        part = list(refits(length, 100, 50))
        assert part[:-1] == whole[: len(part) - 1]
        assert part[-1] == (whole[len(part) - 1][0], length)


def test_a_short_history_is_never_fitted():
    assert list(refits(504, 504, 252)) == []
