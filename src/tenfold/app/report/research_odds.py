"""Say in words how much of a study's result may be luck, and draw it beside what luck shows."""

import math
from typing import Final

import numpy as np

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.chart import Chart, bars, chart, numbers, token
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, element, joined, section
from tenfold.app.report.research_judged import Judged
from tenfold.metrics.performance import sharpe_ratio
from tenfold.research.result import Odds, StudyResult

PATHS: Final = "Cross-validated"


def odds_section(result: StudyResult, tests: Judged, document: Document) -> Markup:
    """Return the odds in words, and the Sharpe ratios that are to be compared."""
    return section(
        "odds",
        "How much of this is luck",
        element("ul", joined(element("li", one) for one in odds_words(result, tests)), class_="said"),
        document.plot("odds", odds_chart(result, tests), "Sharpe ratios of the vote beside those of luck and of buying and holding"),
        lead="Try enough worthless strategies and one looks good. Every evaluation ever made on these instruments counts.",
    )  # fmt: skip


def odds_words(result: StudyResult, tests: Judged) -> list[str]:
    """Return the odds, a sentence or two each."""
    odds = result.odds
    said = [_luck(odds), _trials(odds), _tested(odds), _overfitting(odds), _record(odds, tests), _length(odds, result)]
    said += [_paths(odds), _superiority(odds), _haircut(odds)]
    return [one for one in said if one]


def _luck(odds: Odds) -> str:
    expected = f"the best of so many worthless ones is expected to show a Sharpe ratio of {formatted(odds.luck_sharpe, 'ratio')}"
    if not math.isfinite(odds.dsr):
        return f"Of {odds.trials:,} tried, {expected}; how likely this one is by luck cannot be said."
    chance = formatted(1.0 - odds.dsr, "probability")
    return f"Of {odds.trials:,} tried, the best would look this good by luck with probability {chance}: {expected}."


def _trials(odds: Odds) -> str:
    if odds.trials > odds.here:
        made = f"{odds.here:,} evaluations were made here and {odds.trials - odds.here:,} before, on these instruments and this period."
    else:
        made = f"All {odds.here:,} evaluations were made here, the first on these instruments and this period."
    return f"{made} Many resemble each other: they count as {odds.effective:,} independent ones."


def _tested(odds: Odds) -> str:
    if not math.isfinite(odds.psr):
        return "Nothing was traded out of sample, so nothing can be said of the true Sharpe ratio there."
    chance = formatted(odds.psr, "probability")
    return f"Out of sample, beside the market's share, the chance that the true Sharpe ratio is above 0 is {chance}."


def _overfitting(odds: Odds) -> str:
    if not math.isfinite(odds.pbo):
        return "The probability of backtest overfitting could not be computed."
    band = ""
    if math.isfinite(odds.pbo_low) and math.isfinite(odds.pbo_high):
        band = f" (resampled: {odds.pbo_low * 100.0:.0f} to {percent(odds.pbo_high, 0)})"
    return (
        "With the data halved in every way, what is best in one half falls below the middle in the other in "
        f"{percent(odds.pbo, 0)} of cases{band}; half of them would mean that being best says nothing."
    )


def _record(odds: Odds, tests: Judged) -> str:
    if not math.isfinite(odds.track_record_min):
        return "No length of record would show a Sharpe ratio above 0 with what was earned out of sample."
    needed, there = f"{odds.track_record_min:.1f} years", f"{tests.years:.1f}"
    if odds.track_record_min > tests.years:
        return f"There is too little data for a claim: it needs a record of {needed}, and the tests have {there}."
    return f"A claim needs a record of {needed}; the tests have {there}."


def _length(odds: Odds, result: StudyResult) -> str:
    if not math.isfinite(odds.backtest_length_min):
        return ""
    years = len(result.ts_ns) / result.periods
    return (
        f"After so many trials the best of worthless ones would show as high a Sharpe ratio in {odds.backtest_length_min:.1f} "
        f"years of data; there are {years:.1f}."
    )


def _paths(odds: Odds) -> str:
    known = np.array(odds.path_sharpes)
    if not len(known):
        return ""
    low, middle, high = (formatted(float(one), "ratio") for one in (known.min(), np.median(known), known.max()))
    return (
        f"Cross-validated: always holding what was best in the rest of the data, {len(known):,} paths through all of it had Sharpe ratios from {low} "
        f"to {high}, half of them above {middle}; {int((known < 0.0).sum()):,} lost."
    )


def _superiority(odds: Odds) -> str:
    if not math.isfinite(odds.superiority_p):
        return "Hansen's test against buying and holding was not run."
    chance = formatted(odds.superiority_p, "probability")
    named = ", ".join(odds.superior) if odds.superior else "no family"
    return (
        f"Were nothing here better than buying and holding, the best would look this good with probability {chance} (Hansen's "
        f"test). Better by Romano and Wolf's: {named}."
    )


def _haircut(odds: Odds) -> str:
    if not math.isfinite(odds.haircut_sharpe):
        return ""
    left = formatted(odds.haircut_sharpe, "ratio")
    return f"Corrected for the number of trials, after Holm, a Sharpe ratio of {left} is left."


def odds_chart(result: StudyResult, tests: Judged) -> Chart:
    """Return the Sharpe ratios that are to be compared, a bar each."""
    odds = result.odds
    shown = (
        ("Vote, seen data", sharpe_ratio(result.whole, result.periods), "muted"),
        ("Vote, unseen data", tests.sharpe, "accent"),
        ("Beside the market", tests.excess_sharpe, "accent"),
        ("Corrected for trials", odds.haircut_sharpe, "series-5"),
        (PATHS, float(np.median(odds.path_sharpes)) if odds.path_sharpes else math.nan, "series-7"),
        ("Luck at its best", odds.luck_sharpe, "short"),
        ("Buy and hold", tests.held_sharpe, "series-3"),
    )
    known = [one for one in shown if math.isfinite(one[1])][::-1]
    values = np.array([value for _, value, _ in known])
    trace = bars(
        "Sharpe ratio", numbers(values, 4), [name for name, _, _ in known], [token(colour) for _, _, colour in known],
        orientation="h", text=["" if name == PATHS else formatted(value, "ratio") for name, value, _ in known], textposition="outside", cliponaxis=False,
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
    )  # fmt: skip
    paths = np.array(odds.path_sharpes)
    dots = {"type": "scatter", "mode": "markers", "name": "Paths", "x": numbers(paths, 4), "y": [PATHS] * len(paths),
            "marker": {"color": token("ink"), "size": 6, "opacity": 0.55}, "hovertemplate": "a path: %{x:.2f}<extra></extra>"}  # fmt: skip
    values = np.concatenate([values, paths])
    low, high = min(0.0, *values), max(0.1, *values)
    room = (high - low) * 0.2  # for the numbers at the ends of the bars
    return chart(
        [trace, dots] if len(paths) else [trace], 70 + 38 * max(len(known), 1), showlegend=False, hovermode="closest", bargap=0.35, margin={"t": 8, "b": 48},
        xaxis={"type": "linear", "range": [low - 1.4 * room if low < 0.0 else 0.0, high + room], "zeroline": True, "title": {"text": "Sharpe ratio a year"}},
        yaxis={"type": "category", "showgrid": False},
    )  # fmt: skip
