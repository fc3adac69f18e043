"""Put prices on the steps in which a venue counts them."""

from typing import Final

from tenfold.kernels.costs import snapped

_FINER: Final = 100
"""Below so many ticks a venue counts in parts of one, as exchanges do below a dollar."""


def on_tick(price: float, tick: float) -> float:
    """Return the nearest price that a venue takes."""
    return snapped(price, tick if price >= _FINER * tick else tick / _FINER)
