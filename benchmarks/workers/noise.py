"""Make the seeded noise that statistics are measured on."""

import numpy as np
from numpy.typing import NDArray


def returns(bars: int, strategies: int = 1) -> NDArray[np.float64]:
    """Return daily returns without any worth, (bars, strategies)."""
    return np.random.default_rng(1).normal(0.0, 0.01, (bars, strategies))
