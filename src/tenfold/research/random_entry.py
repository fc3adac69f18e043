"""Enter at random: as often, for as long and on the same sides as the vote did."""

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules

Directions = NDArray[np.int8]


def stretches(direction: Directions) -> NDArray[np.int64]:
    """Return (first bar, length, side) of each stretch (N, 3) on one side, from the vote's direction (T,)."""
    edges = np.flatnonzero(np.diff(direction, prepend=0, append=0))
    begins, ends = edges[:-1], edges[1:]
    sides = direction[begins]
    held = sides != 0
    return np.stack([begins[held], (ends - begins)[held], sides[held].astype(np.int64)], axis=1)


def placed(held: NDArray[np.int64], first: int, length: int, rng: np.random.Generator) -> Directions:
    """Return a direction (T,) that holds the same stretches in another order, at random places from bar `first` on.

    Between two stretches lies at least one free bar wherever there are enough of them, so that their number stays.
    """
    direction = np.zeros(length, np.int8)
    if len(held) == 0:
        return direction
    order = rng.permutation(len(held))
    free = length - first - int(held[:, 1].sum())
    apart = int(free >= len(held) - 1)
    spare = free - apart * (len(held) - 1)
    cuts = np.sort(rng.integers(0, spare + 1, len(held)))
    begin = first
    for place, number in enumerate(order.tolist()):
        _, span, side = held[number].tolist()
        start = begin + int(cuts[place]) + apart * place
        direction[start : start + span] = side
        begin += span
    return direction


def random_direction(direction: Directions, bars: Bars, seed: int, index: int) -> Directions:
    """Return path `index` of a seed: a direction (T, S) like that of a vote, each symbol with its own stretches."""
    rng = np.random.default_rng([seed, 14, index])
    made = np.zeros_like(direction)
    for symbol in range(direction.shape[1]):
        held = stretches(direction[:, symbol])
        usable = bars.usable[:, symbol]
        first = int(usable.argmax()) if usable.any() else 0
        made[:, symbol] = placed(held, first, len(direction), rng)
    return made


def directed_returns(direction: Directions, bars: Bars, rules: Rules) -> NDArray[np.float64]:
    """Return the net returns (T,) of following a direction (T, S) under the rules."""
    return run_backtest([Given(direction.astype(np.float64), "direction")], bars, rules).returns
