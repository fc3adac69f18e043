"""Take series that the caller wants to see with the price: moving averages on it, oscillators in a panel of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.report.chart import Trace, line, numbers
from tenfold.domain.errors import DataError

Overlays = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Overlay:
    """Hold one series a symbol, (T, S); `priced` ones are of the size of the price, and stand on it."""

    name: str
    values: NDArray[np.float64]
    priced: bool


def overlays_of(given: Overlays | None, analysis: Analysis) -> tuple[Overlay, ...]:
    """Return the series by name; (T,) is meant for every symbol.

    Raises
    ------
    DataError
        Where one is no array of numbers, or does not fit the bars.
    """
    found = []
    closes = analysis.closes
    for name, series in (given or {}).items():
        try:
            values = np.asarray(series, np.float64)
        except (TypeError, ValueError):
            raise DataError(f"overlay {name} is no array of numbers") from None
        if values.shape not in {closes.shape, closes.shape[:1]}:
            raise DataError(
                f"overlay {name} has shape {values.shape}, expected {closes.shape[:1]} or {closes.shape}: a value a bar"
            )
        whole = np.broadcast_to(values.reshape(len(closes), -1), closes.shape)
        known = np.isfinite(whole) & np.isfinite(closes)
        share = float(np.median(whole[known] / closes[known])) if known.any() else 1.0
        found.append(Overlay(str(name), whole, 0.5 < share < 2.0))
    return tuple(found)


def overlay_traces(overlays: tuple[Overlay, ...], symbol: int, shown: NDArray[np.int64], x: Any) -> list[Trace]:
    """Return a line an overlay: on the axis of the price, or on that of the panel below the vote."""
    return [
        line(
            escape(one.name), x, numbers(one.values[shown, symbol], 6), f"series-{rank % 8 + 1}", 1.2,
            yaxis="y4" if one.priced else "y8", yhoverformat=",.6~g",
        )
        for rank, one in enumerate(overlays, 1)
    ]  # fmt: skip
