"""Draw how returns are spread: those of sessions against a normal distribution, those of months and years as bars."""

import math

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import percent
from tenfold.app.report.calendar import grouped
from tenfold.app.report.chart import Chart, Trace, bars, chart, line, numbers, token
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, element, section
from tenfold.metrics.performance import deviation, mean
from tenfold.metrics.risk import expected_shortfall, value_at_risk

BINS_MAX = 70


def distribution_section(analysis: Analysis, document: Document) -> Markup:
    """Return the histogram of session returns and that of monthly returns."""
    sessions, months = grouped(analysis, "session").returns, grouped(analysis, "month").returns
    parts: list[Markup] = []
    if len(sessions) >= 5:
        parts.append(document.plot("sessions", histogram(sessions, normal=True), "Distribution of returns of sessions"))
    if len(months) >= 5:
        parts.append(element("h3", "Months"))
        parts.append(document.plot("month-spread", histogram(months, normal=False), "Distribution of monthly returns"))
    if not parts:
        parts.append(element("p", "There are fewer than five sessions.", class_="note"))
    lead = (
        f"{len(sessions):,} sessions; the line is a normal distribution of the same mean and deviation. Dotted: the 5 % "
        "worst sessions begin (VaR), and their mean (ES)."
    )
    return section("distribution", "Distribution of returns", *parts, lead=lead)


def histogram(returns: NDArray[np.float64], *, normal: bool) -> Chart:
    """Return a histogram, losses in their colour; the normal distribution and the tail marked where asked for."""
    edges = bin_edges(returns)
    counts, _ = np.histogram(returns, edges)
    middles = (edges[1:] + edges[:-1]) / 2.0
    width = float(edges[1] - edges[0])
    traces: list[Trace] = [
        bars("Count", numbers(middles, 4), counts.tolist(), [token("loss" if x < 0.0 else "gain") for x in middles])
        | {"hovertemplate": "%{y} around %{x:.2%}<extra></extra>", "width": width * 0.94, "opacity": 0.75}
    ]
    shapes, notes = [], []
    spread = deviation(returns)
    if normal and spread > 0.0:
        x = np.linspace(edges[0], edges[-1], 200)
        density = np.exp(-0.5 * ((x - mean(returns)) / spread) ** 2) / (spread * math.sqrt(2.0 * math.pi))
        traces.append(
            line("Normal", numbers(x, 4), numbers(density * len(returns) * width, 4), "ink", 1.3)
            | {"hoverinfo": "skip"}
        )
        for rank, (name, loss) in enumerate(
            (("VaR 95 %", value_at_risk(returns, 0.05)), ("ES 95 %", expected_shortfall(returns, 0.05)))
        ):
            shapes.append(
                {"type": "line", "xref": "x", "x0": -loss, "x1": -loss, "yref": "paper", "y0": 0, "y1": 1,
                 "line": {"color": token("muted"), "width": 1, "dash": "dot"}}
            )  # fmt: skip
            notes.append(
                {"text": f"{name} {percent(loss)}", "xref": "x", "x": -loss, "yref": "paper", "y": 1.0 - 0.09 * rank,
                 "xanchor": "right", "showarrow": False, "font": {"size": 11}}
            )  # fmt: skip
    return chart(
        traces, 280, showlegend=False, hovermode="x", bargap=0.0, shapes=shapes, annotations=notes,
        xaxis={"type": "linear", "tickformat": ".1%"}, yaxis={"title": {"text": "Count"}},
    )  # fmt: skip


def bin_edges(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return edges of equal bins, one of them at zero, of the width of Freedman and Diaconis."""
    low, high = float(returns.min()), float(returns.max())
    quartiles = np.percentile(returns, [25.0, 75.0])
    width = 2.0 * float(quartiles[1] - quartiles[0]) / len(returns) ** (1.0 / 3.0)
    width = max(width, (high - low) / BINS_MAX, 1e-6)
    first, last = math.floor(low / width), max(math.ceil(high / width), math.floor(low / width) + 1)
    edges: NDArray[np.float64] = np.arange(first, last + 1) * width
    return edges


def year_chart(analysis: Analysis) -> Chart:
    """Return the return of each year beside that of the benchmark, the mean marked."""
    years = grouped(analysis, "year")
    names = [str(int(year)) for year in years.years]
    average = float(years.returns.mean())
    own = bars("Run", names, numbers(years.returns, 4), [token("loss" if r < 0.0 else "gain") for r in years.returns])
    held = bars("Buy and hold", names, numbers(years.benchmark, 4), "idle")
    return chart(
        [own | {"yhoverformat": ".2%"}, held | {"yhoverformat": ".2%"}],
        260,
        barmode="group",
        bargap=0.3,
        showlegend=False,
        xaxis={"type": "category"},
        yaxis={"tickformat": ".0%", "zeroline": True},
        shapes=[
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": average, "y1": average,
             "line": {"color": token("accent"), "width": 1, "dash": "dot"}}
        ],
        annotations=[
            {"text": f"mean {percent(average)}", "xref": "paper", "x": 1, "yref": "y", "y": average, "xanchor": "right",
             "yanchor": "bottom", "showarrow": False, "font": {"size": 11, "color": token("accent")}}
        ],
    )  # fmt: skip
