"""Show how few are left: at which stage the trials fell, and which families they were of."""

import math

from tenfold.app.formatting import UNDEFINED, formatted, percent
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.research_gates import GATES, gate_name
from tenfold.research.result import StudyResult


def funnel_section(result: StudyResult) -> Markup:
    """Return how many were left after each stage."""
    lead = "From all that was tried to what votes. The length of a bar is a logarithm: each tenfold is as long as the next."
    return section("funnel", "How many fell where", funnel_table(result.funnel), lead=lead)


def funnel_table(funnel: tuple[tuple[str, int], ...]) -> Markup:
    """Return a row a stage: how many are left, how many fell there, and a bar."""
    most = max((count for _, count in funnel), default=0)
    rows = []
    before: int | None = None
    for what, count in funnel:
        fell = UNDEFINED if before is None else f"{before - count:,}"
        kept = UNDEFINED if not before else percent(count / before)
        width = 100.0 * math.log1p(count) / math.log1p(most) if most else 0.0
        bar = element("span", class_="bar", style=f"width: {width:.1f}%") if count else ""
        rows.append(
            [gate_name(what) if what in GATES else what.capitalize(), Cell(bar, "word bars"), f"{count:,}", fell, kept]
        )
        before = count
    return table(["Stage", "", "Left", "Fell here", "Kept"], rows, class_="funnel")


def family_section(result: StudyResult) -> Markup:
    """Return every family that was tried: how often, its best, and how many of it were chosen."""
    voting = [member.family for member in result.members]
    chosen = [one.family for one in result.candidates]
    tested = math.isfinite(result.odds.superiority_p)
    rows = []
    for family, count, best in sorted(result.families_tried, key=lambda one: (-_known(one[2]), one[0])):
        luck = "gain" if best > result.odds.luck_sharpe else ""
        row: list[object] = [
            family,
            f"{count:,}",
            Cell(formatted(best, "ratio"), f"number {luck}".strip()),
            _some(chosen.count(family)),
            _some(voting.count(family)),
        ]
        rows.append([*row, Cell("yes" if family in result.odds.superior else "no", "word")] if tested else row)
    head: list[object] = ["Family", "Tried", "Best Sharpe, all data", "Chosen", "Members"]
    lead = (
        f"Of each family the best on all data; in green what is above the {formatted(result.odds.luck_sharpe, 'ratio')} that luck is "
        "expected to show. The best was looked for, so it proves nothing."
    )
    return section(
        "families",
        "Families tried",
        table([*head, Cell("Better than holding", "word")] if tested else head, rows, class_="sortable"),
        lead=lead,
    )


def _some(count: int) -> Cell:
    return Cell(f"{count:,}" if count else UNDEFINED, data=str(count))


def _known(value: float) -> float:
    return value if math.isfinite(value) else -math.inf
