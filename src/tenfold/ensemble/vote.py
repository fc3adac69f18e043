"""Count the ballots of an ensemble on one symbol."""

import math
from collections.abc import Sequence

from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import VoteRule
from tenfold.domain.signal import Vote
from tenfold.kernels.voting import ballot, direction

MEMBERS_MAX = 10


def check_weights(weights: Sequence[float]) -> None:
    """Refuse weights that cannot vote."""
    if not 1 <= len(weights) <= MEMBERS_MAX:
        raise SettingsError(f"{len(weights)} strategies, expected 1 to {MEMBERS_MAX}: ten good ones instead of many")
    for weight in weights:
        if not (math.isfinite(weight) and weight > 0.0):
            raise SettingsError(f"a weight is {weight}, expected a positive number")


def decided(
    previous: int, scores: Sequence[float], weights: Sequence[float], total: float, rule: VoteRule
) -> tuple[int, float]:
    """Return the direction of a vote and the agreement with it, as a share of all weight.

    `scores` has one entry a member, NaN for abstention; `total` is the sum of `weights` in their order.
    """
    long_weight = short_weight = 0.0
    threshold = rule.ballot
    for score, weight in zip(scores, weights):  # noqa: B905 -- once a bar: `check_weights` has matched them
        if score >= threshold:
            long_weight += weight
        elif score <= -threshold:
            short_weight += weight
    facing = direction(
        previous, long_weight, short_weight, total, len(weights), rule.enter_frac, rule.hold_frac, rule.quorum
    )
    return facing, max(long_weight, short_weight) / total


def vote(
    ts_ns: int,
    symbol: str,
    previous: int,
    scores: Sequence[float],
    weights: Sequence[float],
    names: Sequence[str],
    rule: VoteRule,
) -> Vote:
    """Return the vote on one symbol, with who dissented and how confident the agreeing members are.

    Confidence is the weighted mean of |score| over the members that back the direction; without one it is 0.
    """
    check_weights(weights)
    facing, agreement = decided(previous, scores, weights, sum(weights), rule)
    ballots = tuple(ballot(score, rule.ballot) for score in scores)
    backing = [index for index, cast in enumerate(ballots) if cast == facing and facing != 0]
    weight = sum(weights[index] for index in backing)
    confidence = sum(weights[index] * abs(scores[index]) for index in backing) / weight if weight > 0.0 else 0.0
    return Vote(
        ts_ns=ts_ns,
        symbol=symbol,
        direction=facing,
        agreement=agreement,
        confidence=min(confidence, 1.0),
        ballots=ballots,
        dissenters=tuple(names[index] for index, cast in enumerate(ballots) if cast not in {0, facing}),
    )
