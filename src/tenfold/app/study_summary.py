"""Say what a study found in words and tables: the verdict, the odds, the gates, the members."""

import math
from typing import Any

from tenfold.app.formatting import percent
from tenfold.metrics.performance import sharpe_ratio
from tenfold.research.gates import Check
from tenfold.research.result import StudyResult


def verdict_words(result: StudyResult) -> str:
    """Return what became of a study, in one or two sentences, the answer first."""
    tried = f"{result.odds.here:,} strategies tried"
    if result.approved:
        count = len(result.members)
        who = "1 was approved" if count == 1 else f"{count} were approved"
        return f"Of {tried}, {who}: {'it' if count == 1 else 'their vote'} passed all {len(result.checks)} gates. {_tested(result)}"
    if not result.members:
        return f"Nothing survived: of {tried}, not one was good enough to be proposed."
    failed = sum(not check.passed for check in result.checks)
    who = (
        "1 was proposed, and it" if len(result.members) == 1 else f"{len(result.members)} were proposed, and their vote"
    )
    return f"Nothing survived: of {tried}, {who} failed {failed} of {len(result.checks)} gates. {_tested(result)}"


def _tested(result: StudyResult) -> str:
    known = ~_missing(result)
    if not known.any():
        return "There was nothing to test it on."
    vote, held = (sharpe_ratio(one[known], result.periods) for one in (result.oos, result.benchmark))
    years = float(known.sum()) / result.periods
    return (
        f"Over {years:.1f} years that no choice had seen, its Sharpe ratio, net of costs, was {_ratio(vote)}; that of buying and "
        f"holding was {_ratio(held)}."
    )


def _missing(result: StudyResult) -> Any:
    return result.oos != result.oos


def odds_words(result: StudyResult) -> str:
    """Return how much of the result may be luck, in one sentence."""
    odds = result.odds
    before = f" ({odds.trials - odds.here:,} of them earlier)" if odds.trials > odds.here else ""
    luck = f"the best of {odds.trials:,} worthless ones{before} is expected to show a Sharpe ratio of {odds.luck_sharpe:.2f}"
    if not math.isfinite(odds.dsr):
        return f"By luck alone {luck}."
    return f"By luck alone {luck}; that this vote is no better has a probability of {_probability(1.0 - odds.dsr)}."


def funnel_words(result: StudyResult) -> str:
    """Return how many were left after each step before the gates, in one line."""
    gates = {check.gate for check in result.checks}
    return " > ".join(f"{count:,} {what}" for what, count in result.funnel if what not in gates)


def gate_rows(result: StudyResult) -> list[tuple[str, str, str]]:
    """Return (ok or FAILED, gate, the sentence) of each gate."""
    return [("ok" if check.passed else "FAILED", check.gate, _said(check)) for check in result.checks]


def _said(check: Check) -> str:
    if check.gate == "track_record" or not math.isfinite(check.found):
        return check.words
    return f"{check.words}, {'at most' if check.gate.endswith('_max') else 'at least'} {check.threshold:g} needed"


MEMBER_HEADINGS = ("member", "weight", "fitness", "Sharpe", "in the tests", "steadiness", "parameters")


def member_rows(result: StudyResult) -> list[tuple[str, str, str, str, str, str, str]]:
    """Return a row a member, under `MEMBER_HEADINGS`."""
    return [
        (
            one.family,
            percent(one.weight / sum(other.weight for other in result.members)),
            f"{one.fitness:.2f}",
            f"{one.sharpe:.2f}",
            f"{one.oos_sharpe:.2f}",
            f"{one.consistency:.2f}",
            ", ".join(f"{name} {value:.4g}" for name, value in one.values.items()),
        )
        for one in result.members
    ]


def _ratio(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "not defined"


def _probability(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else "less than 0.01"
