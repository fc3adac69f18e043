"""Hand the outcome of a sweep to people: as a table, its best row and a heat map.

Nothing is computed before it is asked for, and then once.
"""

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tenfold.app.formatting import percent, ratio
from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError, did_you_mean
from tenfold.domain.units import money_scale
from tenfold.metrics.significance import expected_maximum

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure

STATISTICS: Final = (
    "final_equity",
    "total_return",
    "sharpe",
    "max_drawdown",
    "fills",
    "trades",
    "fees",
    "exposure",
    "failures",
)
"""Columns of a sweep's table beside those of the parameters; amounts in currency, the rest as fractions or counts."""


class SweepRecord(Protocol):
    """Hold statistics of K parameter sets: see `backtesting.sweep.Sweep`."""

    @property
    def name(self) -> str:
        """Name of the strategy."""

    @property
    def parameters(self) -> dict[str, NDArray[Any]]:
        """Values of each parameter, (K,)."""

    @property
    def statistics(self) -> NDArray[np.void]:
        """Statistics, (K,) records."""

    @property
    def bars(self) -> Bars:
        """The market."""


def column(parameter: str) -> str:
    """Return the column of a parameter: its name, apart from a statistic of the same name."""
    return f"parameter_{parameter}" if parameter in STATISTICS else parameter


class SweepResult:
    """Wrap a sweep: `table` has a row a combination, `best` is the one of the highest Sharpe ratio."""

    def __init__(self, sweep: SweepRecord) -> None:
        self.sweep = sweep

    def __len__(self) -> int:
        return len(self.sweep.statistics)

    @cached_property
    def table(self) -> "pl.DataFrame":
        """One row a combination in the order of the grid: parameters, then `STATISTICS`."""
        import polars as pl

        rows, bars = self.sweep.statistics, self.sweep.bars
        money = float(10 ** money_scale(bars.currency))
        columns: dict[str, Any] = {
            "final_equity": rows["final_units"] / money,
            "total_return": rows["return_frac"].copy(),
            "sharpe": rows["sharpe"].copy(),
            "max_drawdown": rows["max_drawdown"].copy(),
            "fills": rows["fills"].copy(),
            "trades": rows["trades"].copy(),
            "fees": rows["fee_units"] / money,
            "exposure": rows["exposed_bars"] / len(bars),
        }
        if "failures" in (rows.dtype.names or ()):
            columns["failures"] = rows["failures"].copy()
        parameters = {column(name): values for name, values in self.sweep.parameters.items()}
        return pl.DataFrame({**parameters, **columns})

    @cached_property
    def best(self) -> dict[str, Any]:
        """The row of the highest Sharpe ratio, the first of equals; mind `luck`."""
        sharpe = np.nan_to_num(self.sweep.statistics["sharpe"], nan=-math.inf)
        return self.table.row(int(np.argmax(sharpe)), named=True)

    @property
    def luck(self) -> float:
        """Annual Sharpe ratio that the best of as many independent worthless trials is expected to show.

        E_max(K) / sqrt(years), years counted in bars; combinations that resemble each other count for fewer, so it is an
        upper bound. Source: Bailey, López de Prado (2014).
        """
        years = len(self.sweep.bars) / self.sweep.bars.periods_per_year
        return expected_maximum(len(self)) / math.sqrt(years)

    def heatmap(self, x: str, y: str, metric: str = "sharpe") -> "Figure":
        """Return a heat map of a statistic over two parameters; the median where others vary too.

        Raises
        ------
        ParameterError
            Where `x` or `y` is no parameter or `metric` no statistic of the sweep.
        """
        import plotly.graph_objects as go

        self._check(x, y, metric)
        columns = self.table
        xs, x_at = np.unique(columns[column(x)].to_numpy(), return_inverse=True)
        ys, y_at = np.unique(columns[column(y)].to_numpy(), return_inverse=True)
        cells = self._medians(y_at * len(xs) + x_at, columns[metric].to_numpy().astype(np.float64), len(xs) * len(ys))
        signed = metric in {"sharpe", "total_return"}
        figure = go.Figure(
            go.Heatmap(
                x=[f"{value:g}" for value in xs],
                y=[f"{value:g}" for value in ys],
                z=cells.reshape(len(ys), len(xs)),
                colorscale="RdBu" if signed else "Viridis",
                zmid=0.0 if signed else None,
                colorbar={"title": metric},
                hovertemplate=f"{x} %{{x}}<br>{y} %{{y}}<br>{metric} %{{z:.4g}}<extra></extra>",
            )
        )
        others = [name for name, values in self.sweep.parameters.items() if name not in {x, y} and len(set(values)) > 1]
        title = f"{self.sweep.name}: {metric}" + (f", median over {', '.join(others)}" if others else "")
        figure.update_layout(
            title=title,
            template="plotly_white",
            xaxis={"title": x, "type": "category"},
            yaxis={"title": y, "type": "category"},
        )
        return figure

    def _check(self, x: str, y: str, metric: str) -> None:
        for name in (x, y):
            if name not in self.sweep.parameters:
                known = did_you_mean(name, self.sweep.parameters)
                raise ParameterError(f"the sweep of {self.sweep.name} has no parameter {name}; {known}")
        if x == y:
            raise ParameterError(f"a heat map needs two different parameters, found {x} twice")
        known_metrics = [name for name in self.table.columns if name in STATISTICS]
        if metric not in known_metrics:
            raise ParameterError(f"a sweep has no statistic {metric}; {did_you_mean(metric, known_metrics)}")

    @staticmethod
    def _medians(cell: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """Return the median of the values of each cell, NaN where it has none."""
        order = np.lexsort((values, cell))
        sizes = np.bincount(cell, minlength=count)
        starts = np.cumsum(sizes) - sizes
        some = sizes > 0
        ranked, out = values[order], np.full(count, np.nan)
        low, high = starts + (sizes - 1) // 2, starts + sizes // 2
        out[some] = (ranked[low[some]] + ranked[high[some]]) / 2.0
        return out

    def __repr__(self) -> str:
        best = self.best
        chosen = ", ".join(f"{name} {best[column(name)]:g}" for name in self.sweep.parameters)
        return (
            f"SweepResult({len(self):,} combinations of {self.sweep.name}, best Sharpe {ratio(best['sharpe'])} "
            f"at {chosen or 'no parameters'} with drawdown {percent(best['max_drawdown'])}; "
            f"as many worthless trials would show {ratio(self.luck)} at best)"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>{self.table.head(10)._repr_html_()}"
