"""Draw whether choosing helps: what was good before against what was good after, and how many should vote."""

import math
from typing import Final

import numpy as np

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, Trace, bars, chart, line, numbers, panels, token
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, element, section
from tenfold.app.report.research_equity import tau_mean
from tenfold.research.result import StudyResult

POINTS_MAX: Final = 2000

RARE: Final = 0.05
"""Share of bars with a side below which a vote is said to be mostly cash."""


def scatter_section(result: StudyResult, document: Document) -> Markup:
    """Return the trials' Sharpe ratios when they were chosen from against those in the tests."""
    known = int((np.isfinite(result.train_sharpe) & np.isfinite(result.test_sharpe)).sum())
    if known < 2:
        return section(
            "ranks", "Before and after", element("p", "Too few trials were measured in both.", class_="note")
        )
    shown = f" {POINTS_MAX:,} of {known:,} are drawn." if known > POINTS_MAX else ""
    return section(
        "ranks",
        "Does what was good stay good?",
        document.plot("ranks", scatter_chart(result), "Sharpe ratio when chosen from against that in the test, a point a trial"),
        lead=f"{tau_words(tau_mean(result))} A point is a trial in one step; a diamond the vote of a step. On the dotted line nothing is lost.{shown}",
    )  # fmt: skip


def tau_words(tau: float) -> str:
    """Return what Kendall's tau says of two trials."""
    if not math.isfinite(tau):
        return "How ranks last could not be measured."
    share = percent((1.0 + tau) / 2.0, 0)
    verdict = (
        "what was better stays better" if tau > 0.3
        else "what was better is a little more often better after" if tau > 0.05
        else "being better says nothing" if tau > -0.05
        else "what was better is worse after"
    )  # fmt: skip
    return (
        f"Kendall's tau is {formatted(tau, 'ratio')} over the steps: of two trials, the better one before was the better one after "
        f"in {share} of cases; {verdict}."
    )


def scatter_chart(result: StudyResult) -> Chart:
    """Return a point a trial, the vote of each step as a diamond, and the line on which nothing is lost."""
    known = np.flatnonzero(np.isfinite(result.train_sharpe) & np.isfinite(result.test_sharpe))
    if len(known) > POINTS_MAX:
        known = known[np.linspace(0, len(known) - 1, POINTS_MAX).astype(np.int64)]
    train, test = result.train_sharpe[known], result.test_sharpe[known]
    steps = [(place, step) for place, step in enumerate(result.steps, 1) if step.size]
    before = np.concatenate([train, [step.train_sharpe for _, step in steps]])
    low, high = float(np.nanmin(before)), float(np.nanmax(before))
    traces: list[Trace] = [
        {"type": "scatter", "mode": "markers", "name": "Trials", "x": numbers(train, 3), "y": numbers(test, 3),
         "marker": {"color": token("accent"), "size": 4.5, "opacity": 0.3}, "hovertemplate": "before %{x:.2f}, after %{y:.2f}<extra></extra>"},
        line("Nothing lost", [low, high], [low, high], "muted", 1.0, hoverinfo="skip"),
    ]  # fmt: skip
    traces[1]["line"]["dash"] = "dot"
    if steps:
        traces.append(
            {"type": "scatter", "mode": "markers", "name": "Votes of the steps", "x": numbers(np.array([step.train_sharpe for _, step in steps]), 3),
             "y": numbers(np.array([step.test_sharpe for _, step in steps]), 3), "text": [f"step {place}" for place, _ in steps],
             "marker": {"color": token("short"), "size": 11, "symbol": "diamond", "line": {"color": token("surface"), "width": 1}},
             "hovertemplate": "vote of %{text}: before %{x:.2f}, after %{y:.2f}<extra></extra>"}
        )  # fmt: skip
    axis = {"zeroline": True, "tickformat": ".1f"}
    return chart(
        traces, 420, hovermode="closest", margin={"b": 52},
        xaxis={"type": "linear", "title": {"text": "Sharpe ratio when chosen from"}, **axis},
        yaxis={"title": {"text": "Sharpe ratio in the test"}, **axis},
    )  # fmt: skip


def size_section(result: StudyResult, document: Document) -> Markup:
    """Return how many should vote, and how often they find a side."""
    if not np.nan_to_num(result.sizes).any():
        return section("size", "How many should vote", element("p", "Nobody could vote.", class_="note"))
    rare = ": so seldom that it is mostly cash" if result.trades_share < RARE else ""
    said = f"The vote of {len(result.members):,} has a side at {percent(result.trades_share)} of bars{rare}."
    lead = (
        "The vote of the first, of the first two, and so on, out of sample; in full colour the size that was taken. Members that resemble each other little agree seldom: more of "
        "them make the vote steadier and rarer."
    )
    return section(
        "size",
        "How many should vote",
        element("p", said),
        document.plot(
            "size", size_chart(result), "Sharpe ratio and share of bars with a side by the number of members"
        ),
        lead=lead,
    )


def size_chart(result: StudyResult) -> Chart:
    """Return the Sharpe ratio by size, the one that was taken marked, above the share of bars with a side."""
    count = int(np.flatnonzero(np.isfinite(result.sizes))[-1]) + 1
    names = [str(size) for size in range(1, count + 1)]
    height, layout = panels(
        {"yaxis": ("Sharpe ratio out of sample", 190), "yaxis2": ("Share of bars with a side", 100)}
    )
    layout["yaxis"] |= {"zeroline": True, "nticks": 5}
    layout["yaxis2"] |= {"tickformat": ".0%", "rangemode": "tozero", "nticks": 4}
    layout["xaxis"] |= {"type": "category", "title": {"text": "Members"}}
    sharpe = bars("Sharpe ratio", names, numbers(result.sizes[:count], 4), "accent", yhoverformat=".2f")
    sharpe["marker"]["opacity"] = [1.0 if size == len(result.members) else 0.35 for size in range(1, count + 1)]
    share = bars(
        "Has a side", names, numbers(result.votes_share[:count], 4), "series-5", yhoverformat=".1%", yaxis="y2"
    )
    return chart([sharpe, share], height, **layout, showlegend=False, bargap=0.4, hoversubplots="axis")
