"""Count ballots and turn agreement into a direction."""

from typing import Any

_TOLERANCE = 1e-9  # ten weights of 0.1 do not add up to 1 exactly


def ballot(score: float, threshold: float) -> int:
    """Return +1, -1 or 0: a score of at least the threshold, at most its negative, or between; NaN abstains."""
    if score >= threshold:
        return 1
    if score <= -threshold:
        return -1
    return 0


def direction(
    previous: int,
    long_weight: float,
    short_weight: float,
    total: float,
    members: int,
    enter_frac: float,
    hold_frac: float,
    quorum: int,
) -> int:
    """Return the direction of a vote, given the direction held.

    Enter where a side has `enter_frac` of ALL weight (all of it with fewer members than `quorum`), hold while the
    held side keeps `hold_frac`, else go flat; the other side's entry reverses.
    """
    slack = _TOLERANCE * total
    enter = (total if members < quorum else enter_frac * total) - slack
    if long_weight >= enter:
        return 1
    if short_weight >= enter:
        return -1
    hold = hold_frac * total - slack
    if previous > 0 and long_weight >= hold:
        return 1
    if previous < 0 and short_weight >= hold:
        return -1
    return 0


def tally(scores: Any, row: int, index: int, weights: Any, threshold: float) -> tuple[float, float]:
    """Return the weight behind long and behind short; `scores[row, index]` and `weights` have one entry a member."""
    long_weight = 0.0
    short_weight = 0.0
    for member in range(len(weights)):
        vote = ballot(scores[row, index, member], threshold)
        if vote > 0:
            long_weight += weights[member]
        elif vote < 0:
            short_weight += weights[member]
    return long_weight, short_weight
