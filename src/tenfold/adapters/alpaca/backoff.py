"""Space tries: twice as far each time, at a random place, so that clients which failed together do not come back together."""

import random
from typing import Final

FIRST_S: Final = 0.1
LAST_S: Final = 30.0


class Backoff:
    """Give the pauses between tries."""

    def __init__(self, chance: random.Random, first_s: float = FIRST_S, last_s: float = LAST_S) -> None:
        self._chance = chance
        self._first_s = first_s
        self._last_s = last_s
        self._bound_s = first_s

    def next_s(self) -> float:
        """Return the next pause: between half of the bound and all of it, the bound doubling up to the last."""
        bound_s, self._bound_s = self._bound_s, min(2.0 * self._bound_s, self._last_s)
        return bound_s * (0.5 + 0.5 * self._chance.random())

    def reset(self) -> None:
        """Begin anew: it worked."""
        self._bound_s = self._first_s
