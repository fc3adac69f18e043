"""Show the stratified scenarios: what each stratum and regime leaves, and which multiplier hurts most."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, chart, numbers, token
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.returns import coloured
from tenfold.research.dossier import Dossier, ScenarioOutcomes

MULTIPLIERS: Final = {
    "volatility": "Volatility",
    "slippage": "Slippage",
    "liquidity": "Liquidity",
    "fee": "Fees",
    "latency": "Latency",
    "trend": "Trend",
    "shocks": "Shocks",
}
"""What scenarios change, by field of `ScenarioOutcomes`, with its name."""


def scenario_section(dossier: Dossier, document: Document) -> Markup:
    """Return the table of strata, the map of regimes, and what goes along with a lower Sharpe ratio."""
    found = dossier.scenarios
    lead = (
        f"{len(found.sharpe):,} markets made of this one: blocks of its bars under other volatility, trend and shocks, one stretch in a regime, "
        "dearer and later fills. A scenario fails that loses, or falls by more than 30 % at 10 % volatility a year."
    )
    return section(
        "scenarios",
        "Scenarios",
        stratum_table(found),
        element("h3", "Median Sharpe ratio by regime"),
        document.plot("scenarios", regime_chart(found), "Median Sharpe ratio by regime and stratum"),
        element("h3", "What hurts, and what helps: rank correlation with the Sharpe ratio, within each stratum"),
        document.plot(
            "multipliers", multiplier_chart(found), "Rank correlation of each multiplier with the Sharpe ratio"
        ),
        lead=lead,
    )


def stratum_table(found: ScenarioOutcomes) -> Markup:
    """Return a row a stratum, and one for all."""
    groups = [(name, found.stratum == place) for place, name in enumerate(found.strata)]
    rows = []
    for name, mine in (*groups, ("all", np.ones(len(found.sharpe), bool))):
        if not mine.any():
            continue
        low, quarter, middle = np.quantile(found.sharpe[mine], [0.05, 0.25, 0.5]).tolist()
        rows.append(
            [Cell(name, "word call"), f"{int(mine.sum()):,}", coloured(low, formatted(low, "ratio")), formatted(quarter, "ratio"),
             formatted(middle, "ratio"), percent(float(np.quantile(found.scaled_drawdown[mine], 0.75)), 1),
             percent(float(found.failed[mine].mean()), 1)]
        )  # fmt: skip
    head = ["Stratum", "Scenarios", "Sharpe, 5 %", "25 %", "Median", "Drawdown, 75 %", "Fail"]
    return table(head, rows, class_="narrow")


def regime_chart(found: ScenarioOutcomes) -> Chart:
    """Return the median Sharpe ratio of each regime in each stratum, as a map."""
    cells = np.full((len(found.strata), len(found.regimes)), np.nan)
    for row in range(len(found.strata)):
        for column in range(len(found.regimes)):
            mine = (found.stratum == row) & (found.regime == column)
            if mine.any():
                cells[row, column] = np.median(found.sharpe[mine])
    trace = {
        "type": "heatmap",
        "x": list(found.regimes),
        "y": list(found.strata),
        "z": [numbers(row, 3) for row in cells],
        "text": [[formatted(cell, "ratio") for cell in row] for row in cells.tolist()],
        "texttemplate": "%{text}",
        "colorscale": [[0.0, token("loss")], [0.5, token("surface")], [1.0, token("gain")]],
        "zmid": 0.0,
        "showscale": False,
        "hovertemplate": "%{x}, %{y}: Sharpe ratio %{z:.2f}<extra></extra>",
        "xgap": 2,
        "ygap": 2,
    }
    return chart(
        [trace],
        200,
        hovermode="closest",
        xaxis={"type": "category", "showgrid": False},
        yaxis={"type": "category", "showgrid": False, "autorange": "reversed"},
    )


def multiplier_chart(found: ScenarioOutcomes) -> Chart:
    """Return how closely a lower Sharpe ratio goes along with each multiplier: rank correlations."""
    names, values = list(MULTIPLIERS.values()), []
    for field in MULTIPLIERS:
        changed = np.asarray(getattr(found, field), np.float64)
        values.append(rank_correlation(changed, found.sharpe, found.stratum))
    order = np.argsort(values)[::-1]
    shown = np.array(values)[order]
    reach = max(0.2, 1.15 * float(np.abs(shown).max()))
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": [names[place] for place in order],
        "x": numbers(shown, 3),
        "marker": {"color": [token("loss" if value < 0.0 else "gain") for value in shown.tolist()]},
        "hovertemplate": "%{y}: %{x:.2f}<extra></extra>",
    }
    return chart(
        [trace],
        230,
        hovermode="closest",
        showlegend=False,
        xaxis={"type": "linear", "range": [-reach, reach], "zeroline": True, "tickformat": ".1f"},
        yaxis={"type": "category", "showgrid": False, "automargin": True},
    )


def rank_correlation(values: NDArray[np.float64], outcomes: NDArray[np.float64], strata: NDArray[np.int64]) -> float:
    """Return Spearman's rank correlation within each stratum, averaged by size; ties stand in the middle of their ranks.

    Across strata everything changes at once, which would say nothing of one multiplier. A stratum in which one does not
    vary counts as 0.
    """
    total = 0.0
    for stratum in np.unique(strata).tolist():
        mine = strata == stratum
        one, other = _ranks(values[mine]), _ranks(outcomes[mine])
        if one.std() > 0.0 and other.std() > 0.0:
            total += float(np.corrcoef(one, other)[0, 1]) * int(mine.sum())
    return total / len(values)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2.0)[place], np.float64)
