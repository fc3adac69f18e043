"""Describe charts as plain data that the page draws with Plotly; colours are tokens of its light or dark theme."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.units import shown_ns

Trace = dict[str, Any]
Chart = dict[str, Any]


def token(name: str) -> dict[str, str]:
    """Return a colour by the name of its CSS variable; the page resolves it when it draws."""
    return {"token": name}


def chart(traces: list[Trace], height: int, **layout: Any) -> Chart:
    """Return a chart: traces, and what its layout adds to that of all."""
    return {"data": traces, "layout": {"height": height, **layout}}


def line(name: str, x: list[int], y: list[float | None], colour: str, width: float = 1.6, **more: Any) -> Trace:
    """Return a line."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "line": {"color": token(colour), "width": width},
        **more,
    }


def milliseconds(ts_ns: NDArray[np.int64], period_ns: int) -> list[int]:
    """Return closes of bars as a date axis reads them."""
    return (shown_ns(np.asarray(ts_ns, np.int64), period_ns) // 1_000_000).tolist()  # type: ignore[no-any-return]


def numbers(values: NDArray[Any], digits: int = 6) -> list[float | None]:
    """Return values with so many significant digits, None where they are not finite."""
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in np.asarray(values, np.float64)]
