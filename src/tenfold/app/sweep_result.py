"""Hand the outcome of a sweep to people: as a table, its best row and a heat map.

Nothing is computed before it is asked for, and then once.
"""

import math
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.counting import warning
from tenfold.app.formatting import percent, ratio
from tenfold.app.odds import TrialOdds, odds_of
from tenfold.app.sameness import same_arrays, same_bars
from tenfold.app.sweep_record import SweepRecord
from tenfold.domain.errors import ParameterError, did_you_mean
from tenfold.domain.units import money_scale
from tenfold.metrics.significance import expected_maximum

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure

    from tenfold.app.report.surfaces import Grid

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

    @cached_property
    def odds(self) -> TrialOdds:
        """What the best row is worth, given every trial in the log: `trials`, `effective`, `luck_sharpe`, `deflated_sharpe`.

        Its returns are taken for normal, since a sweep keeps neither their skew nor their tails.
        """
        sharpe = float(self.best["sharpe"] or 0.0)
        return odds_of(self.sweep.bars, self.sweep.notes, sharpe / math.sqrt(self.sweep.bars.periods_per_year))

    def warnings(self) -> list[str]:
        """Return what must be said: why the sweep was not counted, where it could not be."""
        return warning(self.sweep.notes)

    def heatmap(self, x: str, y: str, metric: str = "sharpe") -> "Figure":
        """Return a heat map of a statistic over two parameters; the median where others vary too.

        Raises
        ------
        ParameterError
            Where `x` or `y` is no parameter or `metric` no statistic of the sweep.
        """
        from tenfold.app.report.surfaces import heat_chart

        return self._figure(heat_chart(self.grid(x, y, metric)), x, y, metric)

    def surface(self, x: str, y: str, metric: str = "sharpe") -> "Figure":
        """Return the same as a surface in space; errors as `heatmap`."""
        from tenfold.app.report.surfaces import surface_chart

        return self._figure(surface_chart(self.grid(x, y, metric)), x, y, metric)

    def grid(self, x: str, y: str, metric: str = "sharpe") -> "Grid":
        """Return the cells of `heatmap` as an array with its axes; errors as there."""
        from tenfold.app.report.surfaces import Grid

        self._check(x, y, metric)
        columns = self.table
        xs, x_at = np.unique(columns[column(x)].to_numpy(), return_inverse=True)
        ys, y_at = np.unique(columns[column(y)].to_numpy(), return_inverse=True)
        cells = self._medians(y_at * len(xs) + x_at, columns[metric].to_numpy().astype(np.float64), len(xs) * len(ys))
        return Grid(x, y, metric, xs, ys, cells.reshape(len(ys), len(xs)))

    def report(self, path: str | PathLike[str] = "sweep.html", *, title: str = "") -> Path:
        """Write one self-contained HTML file that works offline, and return where it is."""
        from tenfold.app.report.sweep_page import write_sweep_report

        return write_sweep_report(self, Path(path), title=title)

    def _figure(self, drawn: dict[str, Any], x: str, y: str, metric: str) -> "Figure":
        from tenfold.app.figure import figure_of

        others = [name for name, values in self.sweep.parameters.items() if name not in {x, y} and len(set(values)) > 1]
        title = f"{self.sweep.name}: {metric}" + (f", median over {', '.join(others)}" if others else "")
        return figure_of(drawn).update_layout(title=title, margin={"t": 70})

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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SweepResult):
            return NotImplemented
        one, two = self.sweep, other.sweep
        return (
            (one.name, one.rules) == (two.name, two.rules)
            and list(one.parameters) == list(two.parameters)
            and all(same_arrays(one.parameters[name], two.parameters[name]) for name in one.parameters)
            and same_arrays(one.statistics, two.statistics)
            and same_bars(one.bars, two.bars)
        )

    __hash__ = None  # type: ignore[assignment]  # as every value that is equal by its arrays

    def __reduce__(self) -> tuple[type["SweepResult"], tuple[SweepRecord]]:
        return SweepResult, (self.sweep,)

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

        best = self.table.sort("sharpe", descending=True, nulls_last=True).head(10)
        return f"<p>{escape(repr(self))}</p>{best._repr_html_()}"
