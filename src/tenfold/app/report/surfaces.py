"""Draw a statistic of a sweep over its parameters: as a map of heat, as a surface in space, and for each alone."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.report.chart import Chart, chart, line, numbers, token

SIGNED: Final = {"sharpe", "total_return"}
"""Statistics whose zero divides good from bad."""

FORMATS: Final = {
    "sharpe": ".2f",
    "total_return": ".1%",
    "max_drawdown": ".1%",
    "exposure": ".1%",
    "final_equity": ",.0f",
    "fees": ",.0f",
    "trades": ",.0f",
    "fills": ",.0f",
    "failures": ",.0f",
}


class Grid:
    """Hold cells (len(ys), len(xs)) of a statistic over two parameters; NaN where nothing was tried."""

    def __init__(
        self, x: str, y: str, metric: str, xs: NDArray[Any], ys: NDArray[Any], cells: NDArray[np.float64]
    ) -> None:
        self.x, self.y, self.metric = x, y, metric
        self.xs, self.ys, self.cells = xs, ys, cells

    @property
    def rows(self) -> list[list[float | None]]:
        """The cells as a chart reads them."""
        return [numbers(row, 4) for row in self.cells]


def heat_chart(grid: Grid) -> Chart:
    """Return a map of heat, its axes as far apart as there are values."""
    written = FORMATS.get(grid.metric, ".4~g")
    trace = {
        "type": "heatmap",
        "x": [f"{value:g}" for value in grid.xs],
        "y": [f"{value:g}" for value in grid.ys],
        "z": grid.rows,
        **_colours(grid.metric),
        "colorbar": {"thickness": 12, "outlinewidth": 0, "tickformat": written},
        "hoverongaps": False,
        "hovertemplate": f"{grid.x} %{{x}}<br>{grid.y} %{{y}}<br>{grid.metric} %{{z:{written}}}<extra></extra>",
    }
    return chart(
        [trace],
        max(300, min(80 + 22 * len(grid.ys), 560)),
        hovermode="closest",
        xaxis={"type": "category", "title": {"text": grid.x}},
        yaxis={"type": "category", "title": {"text": grid.y}, "showgrid": False},
        margin={"b": 56},
    )


def surface_chart(grid: Grid) -> Chart:
    """Return a surface in space; where it is flat around its peak, the peak is less likely to be luck."""
    written = FORMATS.get(grid.metric, ".4~g")
    axis = {"gridcolor": token("rule"), "color": token("muted"), "showbackground": False}
    trace = {
        "type": "surface",
        "x": numbers(grid.xs.astype(np.float64)),
        "y": numbers(grid.ys.astype(np.float64)),
        "z": grid.rows,
        **_colours(grid.metric, middle="cmid"),
        "colorbar": {"thickness": 12, "outlinewidth": 0, "tickformat": written},
        "contours": {"z": {"show": True, "usecolormap": True, "project": {"z": True}}},
        "hovertemplate": f"{grid.x} %{{x}}<br>{grid.y} %{{y}}<br>{grid.metric} %{{z:{written}}}<extra></extra>",
    }
    scene = {
        "xaxis": {**axis, "title": {"text": grid.x}},
        "yaxis": {**axis, "title": {"text": grid.y}},
        "zaxis": {**axis, "title": {"text": grid.metric}, "tickformat": written},
        "aspectratio": {"x": 1.3, "y": 1.3, "z": 0.75},
        "camera": {"eye": {"x": 1.55, "y": -1.55, "z": 1.0}, "center": {"x": 0, "y": 0, "z": -0.18}},
    }
    return chart([trace], 520, scene=scene, hovermode="closest", margin={"l": 0, "r": 0, "t": 10, "b": 0})


def parameter_chart(name: str, metric: str, values: NDArray[Any], statistic: NDArray[np.float64]) -> Chart:
    """Return the median, the quartiles and the best of a statistic for each value of one parameter."""
    xs, at = np.unique(values, return_inverse=True)
    known = np.where(np.isfinite(statistic), statistic, np.nan)
    groups = [known[(at == i) & np.isfinite(known)] for i in range(len(xs))]
    quantiles = np.array([np.percentile(one, [25, 50, 75, 100]) if len(one) else [np.nan] * 4 for one in groups])
    x = numbers(xs.astype(np.float64))
    low, middle, high, best = (numbers(quantiles[:, k], 4) for k in range(4))
    written = FORMATS.get(metric, ".4~g")
    traces = [
        line("Lower quartile", x, low, "accent", 0.0, yhoverformat=written, showlegend=False),
        line(
            "Quartiles",
            x,
            high,
            "accent",
            0.0,
            fill="tonexty",
            fillcolor=token("accent-faint"),
            yhoverformat=written,
        ),
        line("Median", x, middle, "accent", 1.8, yhoverformat=written),
        line("Best", x, best, "muted", 1.1, yhoverformat=written),
    ]
    return chart(
        traces,
        260,
        xaxis={"type": "linear", "title": {"text": name}},
        yaxis={"title": {"text": metric}, "tickformat": written, "zeroline": True},
        margin={"b": 52},
    )


def _colours(metric: str, middle: str = "zmid") -> dict[str, Any]:
    """Return a scale through zero for what may be good or bad, else one that grows."""
    if metric in SIGNED:
        return {"colorscale": [[0.0, token("loss")], [0.5, token("surface")], [1.0, token("gain")]], middle: 0.0}
    return {"colorscale": [[0.0, token("idle")], [0.5, token("long")], [1.0, token("series-7")]]}
