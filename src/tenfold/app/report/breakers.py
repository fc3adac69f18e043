"""Tell what the limits did: how often they bound, when breakers tripped, and the run without them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money
from tenfold.app.report.chart import MONEY_DIGITS, Chart, Trace, chart, line, milliseconds, numbers, token
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, element, section
from tenfold.app.report.provenance import limit_table, trip_table
from tenfold.app.thinning import thinned


def limits_section(analysis: Analysis, document: Document) -> Markup:
    """Return the limits that bound, the trips, and equity with and without breakers."""
    run = analysis.run
    parts: list[Markup] = [limit_table(analysis)] if run.bindings else []
    if not run.trips:
        parts.append(element("p", "No loss limit tripped.", class_="note"))
        return section("limits", "Limits", *parts)
    without = counterfactual(analysis)
    parts += [element("h3", "Breaker trips"), trip_table(analysis, without)]
    if without is None:
        parts.append(element("p", "The run without breakers was not computed.", class_="note"))
    else:
        cost = float(run.equity[-1] - without[-1])
        verdict = f"Over the whole run the breakers {'earned' if cost >= 0.0 else 'cost'} {money(abs(cost))} {run.bars.currency}."
        parts.append(element("p", verdict, class_="lead"))
        parts.append(
            document.plot("breakers", counterfactual_chart(analysis, without), "Equity with and without breakers")
        )
    return section("limits", "Limits", *parts)


def counterfactual(analysis: Analysis) -> NDArray[np.float64] | None:
    """Return the equity of the same run without breakers, in currency, where it was computed."""
    known: Any = analysis.run.notes.get("without_breakers")
    if known is None or len(known) != len(analysis.run.bars):
        return None
    return np.asarray(known, np.float64)


def counterfactual_chart(analysis: Analysis, without: NDArray[np.float64]) -> Chart:
    """Return equity with and without the breakers, each trip marked."""
    run = analysis.run
    traces = [
        _series(analysis, "With breakers", run.equity, "accent", 1.9),
        _series(analysis, "Without breakers", without, "short", 1.3),
    ]
    shapes = [
        {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1,
         "line": {"color": token("loss"), "width": 1, "dash": "dot"}}
        for x in milliseconds(np.array([trip.ts_ns for trip in run.trips[:200]], np.int64), run.bars.period_ns)
    ]  # fmt: skip
    return chart(traces, 300, yaxis={"title": {"text": run.bars.currency}, "tickformat": ",.3~s"}, shapes=shapes) | {
        "linked": True, "fit": {"yaxis": "tight"},
    }  # fmt: skip


def _series(analysis: Analysis, name: str, values: NDArray[np.float64], colour: str, width: float) -> Trace:
    at = thinned(values)
    bars = analysis.run.bars
    return line(name, milliseconds(bars.ts_ns[at], bars.period_ns), numbers(values[at], MONEY_DIGITS), colour, width)
