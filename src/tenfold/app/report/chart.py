"""Describe charts as plain data that the page draws with Plotly; colours are tokens of its light or dark theme.

A chart is its traces and its layout, and what the page does with it: `linked` charts zoom together; `variants` hold
traces of each symbol, one of which is shown, the same in all charts of a `group`; `fit` names the axes that follow the
values in view; `shared` holds arrays that several traces use, in whose place they say `{"shared": name}`.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.units import NS_PER_MILLI, shown_ns

Trace = dict[str, Any]
Chart = dict[str, Any]

MARGIN_PX: Final = 62
"""Height of a chart above and below its panels: see `charts.js`."""

MONEY_DIGITS: Final = 10
"""Significant digits of amounts that are shown to the cent, up to a hundred million."""


def token(name: str) -> dict[str, str]:
    """Return a colour by the name of its CSS variable; the page resolves it when it draws."""
    return {"token": name}


def shared(name: str) -> dict[str, str]:
    """Return an array by the name under which its chart holds it."""
    return {"shared": name}


def chart(traces: list[Trace], height: int, **layout: Any) -> Chart:
    """Return a chart: traces, and what its layout adds to that of all."""
    return {"data": traces, "layout": {"height": height, **layout}}


def line(name: str, x: Any, y: Any, colour: str, width: float = 1.6, **more: Any) -> Trace:
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


def bars(name: str, x: list[Any], y: list[Any], colour: str | list[dict[str, str]], **more: Any) -> Trace:
    """Return bars, of one colour or of one each."""
    paint = token(colour) if isinstance(colour, str) else colour
    return {"type": "bar", "name": name, "x": x, "y": y, "marker": {"color": paint}, **more}


def panels(heights: Mapping[str, tuple[str, int]], gap: int = 30) -> tuple[int, dict[str, Any]]:
    """Return the height of a chart of panels over one time axis, and their layout with a title each.

    `heights` maps the y axes, from top to bottom, to title and height in pixels.
    """
    total = sum(height for _, height in heights.values()) + gap * (len(heights) - 1)
    layout: dict[str, Any] = {}
    titles, top = [], total
    for name, (title, height) in heights.items():
        layout[name] = {"domain": [(top - height) / total, top / total]}
        titles.append(
            {"text": f"<b>{title}</b>", "xref": "paper", "yref": "paper", "x": 0, "y": top / total, "xanchor": "left",
             "yanchor": "bottom", "showarrow": False, "font": {"size": 12}}
        )  # fmt: skip
        top -= height + gap
    layout["annotations"] = titles
    layout["xaxis"] = {"anchor": list(heights)[-1].replace("yaxis", "y")}
    return total + MARGIN_PX, layout


def milliseconds(ts_ns: NDArray[np.int64], period_ns: int) -> list[int]:
    """Return closes of bars as a date axis reads them."""
    return (shown_ns(np.asarray(ts_ns, np.int64), period_ns) // NS_PER_MILLI).tolist()  # type: ignore[no-any-return]


def numbers(values: NDArray[Any], digits: int = 6) -> list[float | None]:
    """Return values with so many significant digits, None where they are not finite; whole ones without a point."""
    return [
        _short(float(f"{value:.{digits}g}")) if np.isfinite(value) else None for value in np.asarray(values, np.float64)
    ]


def _short(value: float) -> float:
    return int(value) if value == int(value) and abs(value) < 1e15 else value
