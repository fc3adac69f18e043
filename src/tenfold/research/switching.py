"""Let the market's regimes follow each other as they did, in another order and for other spans."""

import itertools

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class Switching:
    """Hold the spells of a market: bars [start, stop) in one regime, and which spells followed a regime.

    `labels` (T,) are regimes by bar; a spell shorter than `span` bars is counted with the one before, since it says more about the
    edge of a definition than about the market.
    """

    def __init__(self, labels: Rows, span: float) -> None:
        spells: list[tuple[int, int, int]] = []
        edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
        for start, stop in itertools.pairwise(edges):
            regime = int(labels[start])
            if spells and (stop - start < span or spells[-1][2] == regime):
                spells[-1] = (spells[-1][0], stop, spells[-1][2])
            else:
                spells.append((start, stop, regime))
        self.length = len(labels)
        self.spells = spells
        self.after: dict[int, list[int]] = {}
        for place in range(1, len(spells)):
            self.after.setdefault(spells[place - 1][2], []).append(place)

    def rows(self, rng: np.random.Generator) -> Rows:
        """Return (T,) rows of a path: whole spells, each drawn from those that followed a regime like the one before.

        The first is entered at a bar drawn evenly.
        """
        parts: list[Rows] = []
        found = 0
        regime: int | None = None
        everywhere = list(range(len(self.spells)))
        while found < self.length:
            choice = everywhere if regime is None else self.after.get(regime, everywhere)
            start, stop, after = self.spells[choice[int(rng.integers(len(choice)))]]
            if regime is None:
                start = int(rng.integers(start, stop))
            regime = after
            parts.append(np.arange(start, stop))
            found += stop - start
        return np.concatenate(parts)[: self.length]
