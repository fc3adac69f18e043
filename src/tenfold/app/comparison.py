"""Hold several results against each other: figures side by side, curves from one start, correlations of returns."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tenfold.app.formatting import formatted
from tenfold.app.report.calendar import Steps, rolling_steps
from tenfold.app.result import Result
from tenfold.domain.errors import ParameterError
from tenfold.domain.units import NS_PER_DAY
from tenfold.metrics.benchmark import correlation
from tenfold.metrics.definitions import METRICS

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure


def compare(results: Sequence[Result] | Mapping[str, Result]) -> "Comparison":
    """Return a comparison of two or more results: `table`, `correlations`, `plot()` and `report(path)`.

    A mapping names them, else they go by the names they were run under.

    Raises
    ------
    ParameterError
        For fewer than two, or where one is no result.
    """
    given = results.values() if isinstance(results, Mapping) else results
    listed = list(given) if isinstance(given, (Sequence, type({}.values()))) else []
    for one in listed:
        if not isinstance(one, Result):
            raise ParameterError(f"comparing takes results of backtest(...), found a {type(one).__name__}")
    if len(listed) < 2:
        raise ParameterError(f"comparing needs at least two results in a list, found {len(listed)}")
    named = [str(name) for name in results] if isinstance(results, Mapping) else [_name(one) for one in listed]
    return Comparison(dict(zip(_distinct(named), listed, strict=True)))


def _name(result: Result) -> str:
    return str(result.run.notes.get("name") or " + ".join(result.run.members))


def _distinct(names: list[str]) -> list[str]:
    """Return names of which none occurs twice: the second `a` is `a (2)`."""
    found: list[str] = []
    for name in names:
        number, wanted = 1, name
        while wanted in found:
            number += 1
            wanted = f"{name} ({number})"
        found.append(wanted)
    return found


class Comparison:
    """Hold results by name; see `compare`."""

    def __init__(self, results: dict[str, Result]) -> None:
        self.results = results

    @property
    def names(self) -> list[str]:
        """Names of the results, in order."""
        return list(self.results)

    @cached_property
    def steps(self) -> dict[str, Steps]:
        """The returns of each result by session, or by bar where it has few sessions."""
        return {name: rolling_steps(result.analysis) for name, result in self.results.items()}

    @cached_property
    def table(self) -> "pl.DataFrame":
        """One row a metric, one column a result, as people read them; `summaries` has the numbers."""
        import polars as pl

        columns: dict[str, list[str]] = {"metric": [metric.label for metric in METRICS.values()]}
        for name, result in self.results.items():
            summary = result.summary()
            columns[name if name != "metric" else "metric (result)"] = [
                formatted(summary[metric.key], metric.form) for metric in METRICS.values()
            ]
        return pl.DataFrame(columns)

    @property
    def summaries(self) -> dict[str, dict[str, Any]]:
        """The metrics of each result by its name, as numbers."""
        return {name: dict(result.summary()) for name, result in self.results.items()}

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """Correlations of returns, (N, N), each over the moments that both have; NaN where these are fewer than two."""
        steps = list(self.steps.values())
        found = np.eye(len(steps))
        for i, one in enumerate(steps):
            for j in range(i):
                found[i, j] = found[j, i] = _correlation(one, steps[j])
        return found

    @cached_property
    def correlations(self) -> "pl.DataFrame":
        """`matrix` with names."""
        import polars as pl

        rows = {name: self.matrix[:, k] for k, name in enumerate(self.names) if name != "result"}
        return pl.DataFrame({"result": self.names, **rows})

    def plot(self) -> "Figure":
        """Return a Plotly figure of the growth of 1 and of the drawdowns of all, over one time axis."""
        from tenfold.app.figure import figure_of
        from tenfold.app.report.comparison_page import growth_chart

        return figure_of(growth_chart(self)).update_layout(title=" against ".join(self.names), margin={"t": 90})

    def report(self, path: str | PathLike[str] = "comparison.html", *, title: str = "") -> Path:
        """Write one self-contained HTML file that works offline, and return where it is."""
        from tenfold.app.report.comparison_page import write_comparison

        return write_comparison(self, Path(path), title=title)

    def __repr__(self) -> str:
        facts = (f"{name}: Sharpe {result.summary().text('sharpe_ratio')}" for name, result in self.results.items())
        return f"Comparison({', '.join(facts)})"

    def _repr_html_(self) -> str:
        return f"{self.table._repr_html_()}"


def _correlation(one: Steps, other: Steps) -> float:
    """Return the correlation over common sessions, or common closes where either has no sessions."""
    whole = one.name == other.name == "sessions"
    mine, theirs = ((steps.ts_ns - 1) // NS_PER_DAY if whole else steps.ts_ns for steps in (one, other))
    _, first, second = np.intersect1d(mine, theirs, return_indices=True)
    if len(first) < 2:
        return float("nan")
    return correlation(one.returns[first], other.returns[second])
