"""The truth table of the vote."""

from math import nan

import pytest

from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import VoteRule
from tenfold.ensemble.vote import check_weights, decided, vote

TEN = [0.1] * 10
L, S, A = 1.0, -1.0, 0.0


@pytest.mark.parametrize(
    ("previous", "scores", "weights", "direction"),
    [
        # enter at exactly 0.60 of all weight, although ten times 0.1 is not 1
        (0, [L] * 6 + [A] * 4, TEN, 1),
        (0, [L] * 5 + [A] * 5, TEN, 0),
        (0, [S] * 6 + [L] * 4, TEN, -1),
        (0, [A] * 4 + [S] * 6, TEN, -1),
        # hold while the held side keeps exactly 0.40
        (1, [L] * 4 + [A] * 6, TEN, 1),
        (1, [L] * 3 + [A] * 7, TEN, 0),
        (-1, [S] * 4 + [A] * 6, TEN, -1),
        (-1, [S] * 3 + [A] * 7, TEN, 0),
        (1, [L] * 4 + [S] * 5 + [A], TEN, 1),
        # the other side's entry reverses, even against 0.40
        (1, [L] * 4 + [S] * 6, TEN, -1),
        (-1, [L] * 6 + [S] * 4, TEN, 1),
        # ties
        (0, [L] * 5 + [S] * 5, TEN, 0),
        (1, [L] * 5 + [S] * 5, TEN, 1),
        (-1, [L] * 5 + [S] * 5, TEN, -1),
        # abstention counts against: the share is of ALL weight
        (0, [L] * 3 + [A] * 7, TEN, 0),
        (0, [L] * 5 + [nan] * 5, TEN, 0),
        (0, [nan] * 10, TEN, 0),
        (1, [nan] * 10, TEN, 0),
        # ballots at exactly the threshold
        (0, [0.2] * 6 + [A] * 4, TEN, 1),
        (0, [0.1999] * 10, TEN, 0),
        (0, [-0.2] * 10, TEN, -1),
        # weights
        (0, [L, S, S], [6.0, 2.0, 2.0], 1),
        (0, [L, S, S], [5.9, 2.1, 2.0], 0),
        (0, [L, A, A], [0.6, 0.2, 0.2], 1),
        (0, [L, A, A, A], [0.9, 0.2, 0.1, 0.3], 1),  # 0.9 is below 0.6 * 1.5 in float64
        # fewer than three voters must all agree to enter
        (0, [L], [1.0], 1),
        (0, [nan], [1.0], 0),
        (0, [L, L], [1.0, 9.0], 1),
        (0, [A, L], [1.0, 9.0], 0),
        (0, [S, L], [1.0, 9.0], 0),
        (1, [A, L], [1.0, 9.0], 1),
        (1, [S, L], [1.0, 1.0], 1),
        (1, [L, A], [1.0, 9.0], 0),
        (0, [L, L, A], [1.0, 1.0, 1.0], 1),
    ],
)
def test_direction(previous, scores, weights, direction):
    found, agreement = decided(previous, scores, weights, sum(weights), VoteRule())
    assert found == direction
    assert 0.0 <= agreement <= 1.0 + 1e-12
    record = vote(7, "A", previous, scores, weights, [f"m{n}" for n in range(len(scores))], VoteRule())
    assert record.direction == direction
    assert record.agreement == agreement


def test_who_dissented_and_how_confident_the_others_are():
    found = vote(7, "A", 0, [0.5, 1.0, -0.3, 0.1, 0.9], [1.0, 3.0, 1.0, 1.0, 2.0], list("abcde"), VoteRule())
    assert (found.direction, found.ballots, found.dissenters) == (1, (1, 1, -1, 0, 1), ("c",))
    assert found.agreement == 0.75
    assert found.confidence == pytest.approx((0.5 + 3.0 + 1.8) / 6.0)
    flat = vote(7, "A", 0, [1.0, -1.0, 0.0], [1.0] * 3, list("abc"), VoteRule())
    assert (flat.direction, flat.confidence, flat.dissenters) == (0, 0.0, ("a", "b"))


@pytest.mark.parametrize("weights", [[], [1.0] * 11, [0.0], [-1.0], [nan], [float("inf")]])
def test_weights_that_cannot_vote(weights):
    with pytest.raises(SettingsError):
        check_weights(weights)
