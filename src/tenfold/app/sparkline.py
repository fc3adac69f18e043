"""Draw a series as a small picture in the line: plain SVG, which every notebook shows."""

import numpy as np
from numpy.typing import NDArray

from tenfold.app.thinning import thinned

_WIDTH, _HEIGHT = 560, 70


def sparkline(values: NDArray[np.float64]) -> str:
    """Return a line over the values (n,), as an SVG element; nothing for fewer than two."""
    at = thinned(np.asarray(values, np.float64), _WIDTH)
    shown = values[at]
    if len(values) < 2 or not np.isfinite(shown).all():
        return ""
    low, high = float(shown.min()), float(shown.max())
    x = at / (len(values) - 1) * _WIDTH
    y = _HEIGHT - 3 - (shown - low) / (high - low if high > low else 1.0) * (_HEIGHT - 6)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="Equity">'
        f'<polyline points="{points}" fill="none" stroke="#2f6fde" stroke-width="1.5"/></svg>'
    )
