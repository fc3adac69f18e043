"""Draw how the edge shrinks as the account grows."""

import math

import numpy as np

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money, percent
from tenfold.app.report.chart import Chart, chart, line, numbers, token
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, element, section, table
from tenfold.metrics.capacity import PARTICIPATION_FRAC, SESSIONS

_FORMULA = (
    "All that is bought, or sold, of a symbol in a session is one order of Q shares; it is taken to cost σ√(Q/V) of its notional "
    f"beyond the costs charged, with volume V and deviation of returns σ of the {SESSIONS} sessions before (square-root law; "
    "Grinold, Kahn 1999; Tóth et al. 2011). An account k times as large earns k·G − k¹·⁵·I: most at (2G/3I)², nothing at (G/I)². "
    "An estimate of a magnitude, not of a digit."
)


def capacity_section(analysis: Analysis, document: Document) -> Markup:
    """Return account sizes by what they would keep of the edge, and the curve between them."""
    run, found = analysis.run, analysis.capacity
    if not found.measured:
        why = "Nothing was traded." if not len(run.fills) else "Volume is not known, so nothing can be said."
        return section("capacity", "Capacity", element("p", why, class_="note"))
    cash, currency = run.rules.account.cash, run.bars.currency
    rows: list[list[object]] = [["As run", money(cash), percent(found.impact / cash)]]
    named = (
        (f"95 % of the orders below {percent(PARTICIPATION_FRAC, 0)} of a session's volume", found.liquid),
        ("Impact eats half of the edge", found.half),
        ("Earns the most money", found.most),
        ("Impact eats all of it", found.breakeven),
    )
    for name, size in named:
        if math.isfinite(size):
            rows.append([name, money(rounded(size * cash)), percent(found.impact / cash * math.sqrt(size))])
    parts = [table(["Account", currency, "Impact, of the account"], rows, class_="narrow")]
    if found.edge > 0.0 and found.impact > 0.0:
        parts.append(document.plot("capacity", capacity_chart(analysis), "Edge left by account size"))
    else:
        parts.append(
            element("p", "The run lost money, so there is no edge for a larger account to eat.", class_="note")
        )
    if found.measured < found.orders:
        parts.append(
            element("p", f"{found.orders - found.measured:,} of {found.orders:,} orders had no volume to be measured against.", class_="note")
        )  # fmt: skip
    return section("capacity", "Capacity", *parts, lead=_FORMULA)


def capacity_chart(analysis: Analysis) -> Chart:
    """Return the share of the edge that is left over the size of the account."""
    found, cash = analysis.capacity, analysis.run.rules.account.cash
    low, high = min(0.2, found.half * 0.2), max(found.breakeven * 2.0, 2.0)
    sizes = np.geomspace(low, high, 160)
    marks = [(1.0, "as run", "ink"), (found.half, "half", "accent"), (found.most, "most money", "accent"),
             (found.breakeven, "nothing", "loss")]  # fmt: skip
    shapes = [
        {"type": "line", "xref": "x", "x0": size * cash, "x1": size * cash, "yref": "paper", "y0": 0, "y1": 1,
         "line": {"color": token(colour), "width": 1, "dash": "dot"}}
        for size, _, colour in marks
    ]  # fmt: skip
    notes = [
        {"text": name, "xref": "x", "x": math.log10(size * cash), "yref": "paper", "y": 1.0 - 0.1 * (rank % 3), "xanchor": "left",
         "showarrow": False, "font": {"size": 11, "color": token(colour)}}
        for rank, (size, name, colour) in enumerate(marks)
    ]  # fmt: skip
    return chart(
        [line("Edge left", numbers(sizes * cash, 5), numbers(found.left(sizes), 4), "accent", 1.9, yhoverformat=".0%")],
        280, showlegend=False, shapes=shapes, annotations=notes,
        xaxis={"type": "log", "tickformat": ",.2~s", "title": {"text": f"Account, {analysis.run.bars.currency}"}},
        yaxis={"tickformat": ".0%", "zeroline": True, "range": [-0.45, 1.05]}, margin={"b": 52},
    )  # fmt: skip


def rounded(value: float) -> float:
    """Return a value with two significant digits: more would claim what is not known."""
    return float(f"{value:.2g}")
