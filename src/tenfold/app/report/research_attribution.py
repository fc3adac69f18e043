"""Say what each member did for the vote: whether it was with it when it earned."""

from dataclasses import dataclass
from html import escape

import numpy as np

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, bars, chart, numbers
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.research_members import lying, member_names
from tenfold.app.report.returns import coloured
from tenfold.metrics.benchmark import correlation
from tenfold.metrics.performance import Returns
from tenfold.research.result import StudyResult


@dataclass(frozen=True)
class Share:
    """Hold the sum of the vote's returns while a member's own went the same way, the other way, or stood still.

    `with_frac` is the share of the bars at which the vote moved that the member went the same way.
    """

    same: float
    other: float
    still: float
    with_frac: float


def share_of(vote: Returns, own: Returns) -> Share:
    """Return how a member's returns (T,) stood to those of the vote (T,)."""
    way = np.sign(vote) * np.sign(own)
    moved = int(np.count_nonzero(vote))
    return Share(
        same=float(vote[way > 0].sum()),
        other=float(vote[way < 0].sum()),
        still=float(vote[way == 0].sum()),
        with_frac=float(np.count_nonzero(way > 0)) / moved if moved else float("nan"),
    )


def attribution_section(result: StudyResult, document: Document) -> Markup:
    """Return the vote's returns by how each member stood to it, and what each is alone."""
    if not result.members:
        return section("attribution", "What each member did", element("p", "Nobody voted.", class_="note"))
    shares = [share_of(result.whole, member.returns) for member in result.members]
    parts: list[object] = []
    if len(shares) > 1:
        parts.append(
            document.plot(
                "attribution", attribution_chart(result, shares), "Returns of the vote by how each member stood to it"
            )
        )
    lead = (
        "The returns of the vote on all data, summed, while a member's own went the same way, the other way, or stood still: with one symbol "
        "that is its ballot, with several what its ballots came to. The three add up to the same sum for each. Correlation is with the vote. "
        "Members were chosen on all data, the tests among them: none of this is unseen."
    )
    return section("attribution", "What each member did", *parts, attribution_table(result, shares), lead=lead)


def attribution_chart(result: StudyResult, shares: list[Share]) -> Chart:
    """Return, for each member, the returns of the vote while it was with, against and neither."""
    names = [escape(name) for name in member_names(result)[: len(shares)]]
    kinds = (("With the vote", "same", "long"), ("Against it", "other", "short"), ("Standing still", "still", "muted"))
    traces = [
        bars(
            label,
            numbers(np.array([getattr(share, field) for share in shares]), 4),
            names,
            colour,
            orientation="h",
            xhoverformat=".2%",
        )
        for label, field, colour in kinds
    ]
    layout = lying("Sum of returns")
    layout["xaxis"]["tickformat"] = ".1~%"
    return chart(traces, 100 + 46 * len(names), **layout, barmode="group", bargap=0.3, legend={"traceorder": "normal"})


def attribution_table(result: StudyResult, shares: list[Share]) -> Markup:
    """Return what each member is alone, and how it stood to the vote."""
    rows = [
        [Cell(name, "word call"), formatted(member.sharpe, "ratio"), formatted(member.oos_sharpe, "ratio"),
         formatted(correlation(member.returns, result.whole), "ratio"), percent(share.with_frac), coloured(share.same),
         coloured(share.other), coloured(share.still)]
        for name, member, share in zip(member_names(result), result.members, shares, strict=False)
    ]  # fmt: skip
    head = [
        "Member",
        "Sharpe alone",
        "On the tests",
        "Correlation",
        "Moves with",
        "While with",
        "While against",
        "While still",
    ]
    return table(head, rows)
