"""Show who was chosen: parameters, the parts of the fitness, and how alike the returns are."""

from html import escape
from typing import Any

import numpy as np

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, bars, chart, numbers, token
from tenfold.app.report.comparison_page import shade
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.returns import coloured
from tenfold.research.result import Chosen, StudyResult


def member_section(result: StudyResult, document: Document) -> Markup:
    """Return those chosen with the parts of their fitness, and the correlation of their returns."""
    if not result.candidates:
        said = "Nothing had a positive fitness, consistent over regimes, on all data: there is nobody to vote."
        return section("members", "Members", element("p", said, class_="note"))
    lead = (
        "Fitness = S (1 − CP) RC, all net of costs: the Sharpe ratio S, less the share CP that resembles one taken before, times the "
        "consistency RC over regimes (1: equal in all, 0.5: the worst breaks even). Taken one by one, best first; how many of them vote is "
        "decided by the vote's own Sharpe ratio. They were chosen on all data, so the Sharpe ratio on the tests is no longer unseen."
    )
    return section(
        "members",
        "Who was chosen",
        member_table(result),
        element("h3", "What fitness is left of each Sharpe ratio"),
        document.plot("fitness", fitness_chart(result), "Fitness of each, and what correlation and regimes took"),
        element("h3", "How alike their returns are"),
        correlation_table(result),
        lead=lead,
    )


def member_names(result: StudyResult) -> list[str]:
    """Return the candidates' names in charts and tables, best first."""
    return [f"{place}. {one.family}" for place, one in enumerate(result.candidates, 1)]


def member_table(result: StudyResult) -> Markup:
    """Return a row for each that was chosen, those that do not vote below."""
    total = sum(one.weight for one in result.members)
    rows = []
    for place, (name, one) in enumerate(zip(member_names(result), result.candidates, strict=True)):
        votes = place < len(result.members)
        weight = percent(result.members[place].weight / total) if votes else "no vote"
        rows.append(
            [Cell(name, "word call" if votes else "word call definition", title=f"source {one.source_hash}"),
             Cell(parameter_words(one), "word names"), weight, formatted(one.sharpe, "ratio"), formatted(one.consistency, "ratio"),
             formatted(one.penalty, "ratio"), Cell(formatted(one.fitness, "ratio"), "number total"),
             coloured(one.oos_sharpe, formatted(one.oos_sharpe, "ratio"))]
        )  # fmt: skip
    head = ["Strategy", Cell("Parameters", "word"), "Weight", "Sharpe S", "Consistency RC", "Correlation CP", "Fitness",
            "On the tests"]  # fmt: skip
    return table(head, rows)


def parameter_words(one: Chosen) -> str:
    """Return parameters as text, numbers no longer than they need be."""
    return (
        ", ".join(f"{name} {value if isinstance(value, int) else f'{value:.4g}'}" for name, value in one.values.items())
        or "none"
    )


def fitness_chart(result: StudyResult) -> Chart:
    """Return the Sharpe ratio of each in three parts that add up to it: fitness, and what was taken from it."""
    names = [escape(name) for name in member_names(result)]
    sharpe, consistency, penalty, fitness, tested = (
        np.array([getattr(one, part) for one in result.candidates])
        for part in ("sharpe", "consistency", "penalty", "fitness", "oos_sharpe")
    )
    stacked = (
        ("Fitness", fitness, "accent"),
        ("Lost to likeness", sharpe * consistency * penalty, "short"),
        ("Lost to regimes", sharpe * (1.0 - consistency), "series-8"),
    )
    traces = [
        bars(name, numbers(values, 4), names, colour, orientation="h", xhoverformat=".2f")
        for name, values, colour in stacked
    ]
    diamond = {"color": token("ink"), "size": 9, "symbol": "diamond"}
    traces.append(
        {"type": "scatter", "mode": "markers", "name": "On the tests", "x": numbers(tested, 4), "y": names,
         "xhoverformat": ".2f", "marker": diamond}
    )  # fmt: skip
    return chart(
        traces,
        86 + 30 * len(names),
        **lying("Sharpe ratio a year"),
        barmode="stack",
        bargap=0.35,
        legend={"traceorder": "normal"},
    )


def lying(title: str) -> dict[str, Any]:
    """Return the layout of bars that lie, named at the left, the first on top."""
    return {
        "hovermode": "y unified",
        "margin": {"b": 48},
        "xaxis": {"type": "linear", "zeroline": True, "showgrid": True, "title": {"text": title}},
        "yaxis": {"type": "category", "autorange": "reversed", "showgrid": False},
    }


def correlation_table(result: StudyResult) -> Markup:
    """Return the correlations of net returns as a map of heat; above the gate's bound in bold."""
    names = member_names(result)
    most = result.gates.correlation_max
    rows = []
    for i, name in enumerate(names):
        cells = [
            Cell(formatted(value, "ratio"), "number total" if i != j and value > most else "number", style=shade(value))
            for j, value in enumerate(result.correlation[i].tolist())
        ]
        rows.append([Cell(name, "word call"), *cells])
    note = f"Correlation of net returns on all data. More than {formatted(most, 'ratio')} is not taken; a negative one is welcome."
    return Markup(
        table(["", *(name.partition(".")[0] for name in names)], rows, class_="heat")
        + element("p", note, class_="note")
    )
