"""Say first whether anything survived, and show the figures that decide."""

import math

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.markup import Markup, element, joined
from tenfold.app.report.page import tile
from tenfold.app.report.research_gates import found_words, gate_phrase, needed_words
from tenfold.app.report.research_judged import Judged
from tenfold.research.gates import Check
from tenfold.research.result import StudyResult


def verdict(result: StudyResult, tests: Judged) -> Markup:
    """Return what became of the study, in words, the answer first."""
    tried = f"{result.odds.here:,} tried"
    if result.approved:
        count = len(result.members)
        first = f"{count:,} of {tried} {'was' if count == 1 else 'were'} approved."
        return element("p", element("strong", first), " ", _achieved(result, tests), class_="headline")
    strong = element("strong", "Nothing survived:")
    if not result.members:
        said = f" of {tried}, not one was good enough to be proposed."
    else:
        failed = [check for check in result.checks if not check.passed]
        reasons = ", ".join(_shortfall(check) for check in failed[:3])
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        whose = (
            "one was proposed, and it"
            if len(result.members) == 1
            else f"{len(result.members)} were proposed, and their vote"
        )
        said = f" of {tried}, {whose} failed {len(failed)} of {len(result.checks)} gates: {reasons}{more}."
    return element("p", strong, said, class_="headline")


def _achieved(result: StudyResult, tests: Judged) -> str:
    """Return what an approved vote did on its tests, beside buying and holding."""
    whose = "It" if len(result.members) == 1 else "Their vote"
    return (
        f"{whose} passed all {len(result.checks)} gates. Over {tests.years:.1f} years that no choice had seen, the Sharpe ratio, "
        f"net of costs, was {formatted(tests.sharpe, 'ratio')}; buying and holding had {formatted(tests.held_sharpe, 'ratio')}."
    )


def _shortfall(check: Check) -> str:
    return f"{gate_phrase(check.gate)} ({found_words(check)}, {needed_words(check)} needed)"


def tiles(result: StudyResult, tests: Judged) -> Markup:
    """Return the figures that decide, each with what it is held against."""
    odds = result.odds
    luck = 1.0 - odds.dsr if math.isfinite(odds.dsr) else math.nan
    shown = (
        ("Members", f"{len(result.members):,}", "approved" if result.approved else "not approved", "Strategies that vote together."),
        ("Sharpe, unseen", formatted(tests.sharpe, "ratio"), f"holding {formatted(tests.held_sharpe, 'ratio')}", "Annual, of the vote net of costs, on the tests of the walk forward."),
        ("Beside the market", formatted(tests.excess_sharpe, "ratio"), "Sharpe, unseen data", "Annual Sharpe ratio of what is left of the vote's returns beside the market's share."),
        ("By luck", formatted(luck, "probability"), f"of {odds.trials:,} tried", "One minus the deflated Sharpe ratio: how likely it is that the best of so many worthless trials looks as good."),
        ("Overfitting", formatted(odds.pbo, "percent"), _band(result), "Probability that what is best in one half of the data is below the middle in the other."),
        ("Effective trials", formatted(float(odds.effective), "count"), f"luck shows {formatted(odds.luck_sharpe, 'ratio')}", "Clusters of the returns of all trials; the Sharpe ratio is the one that the best of so many worthless ones is expected to show."),
        ("Tested", f"{tests.years:.1f} years", _needed(odds.track_record_min), "Length of the tests; what a claim needs is the minimum track record."),
        ("Has a side", formatted(result.trades_share, "percent"), "of bars", "Share of bars at which the vote is long or short."),
    )  # fmt: skip
    return element("div", joined(tile(*one) for one in shown), class_="tiles")


def _band(result: StudyResult) -> str:
    odds = result.odds
    if not (math.isfinite(odds.pbo_low) and math.isfinite(odds.pbo_high)):
        return "PBO"
    return f"{odds.pbo_low * 100.0:.0f} to {percent(odds.pbo_high, 0)}"


def _needed(years: float) -> str:
    return f"a claim needs {years:.1f}" if math.isfinite(years) else "no length proves it"
