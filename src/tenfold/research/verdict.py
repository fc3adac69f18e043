"""Hold what was found against the gates, each in a sentence."""

import math
from collections.abc import Iterator

from tenfold.research.gates import Check, Gates
from tenfold.research.result import Chosen, Odds


def checks_of(
    gates: Gates,
    members: tuple[Chosen, ...],
    odds: Odds,
    *,
    oos_sharpe: float,
    excess: float,
    correlation: float,
    quality: float,
    robustness: float,
    enough: bool,
) -> tuple[Check, ...]:
    """Return every gate that is set, in the order of the funnel.

    Parameters
    ----------
    oos_sharpe : annual, of the vote on the tests
    excess : annual Sharpe ratio above that of buy and hold there
    correlation : highest between two members
    quality : score of the worst symbol's data
    robustness : score of the dossier, NaN where there is none
    enough : whether the record is as long as its claim needs
    """
    consistency = min((member.consistency for member in members), default=math.nan)
    found = [
        _least("quality_min", quality, gates.quality_min, "the worst data score {:.0f} of 100"),
        _least("members_min", float(len(members)), float(gates.members_min), "{:.0f} members"),
        _least("consistency_min", consistency, gates.consistency_min, "the least steady member keeps {:.2f} over regimes"),
        _most("correlation_max", correlation, gates.correlation_max, "two members go together by {:.2f}"),
        _least("oos_sharpe_min", oos_sharpe, gates.oos_sharpe_min, "the vote earned a Sharpe ratio of {:.2f} out of sample"),
        _least("excess_min", excess, gates.excess_min, "that is {:+.2f} beside buy and hold at the same volatility"),
        _least("oos_psr_min", odds.psr, gates.oos_psr_min, "its true value is above 0 with probability {:.3f}"),
        _least("dsr_min", odds.dsr, gates.dsr_min, "given every trial, it is more than luck with probability {:.3f}"),
        _most("pbo_max", odds.pbo, gates.pbo_max, "the best in one half falls into the worse half of the other with probability {:.2f}"),
        _most("superiority_p_max", odds.superiority_p, gates.superiority_p_max, "the best beats buy and hold by luck with probability {:.3f}"),
        _least("robustness_min", robustness, gates.robustness_min, "the dossier scores {:.2f}"),
    ]  # fmt: skip
    checks = [one for one in found if one is not None]
    if gates.oos_psr_min is not None:
        words = "the record is as long as its claim needs" if enough else _short(odds)
        checks.append(Check(gate="track_record", found=float(enough), threshold=1.0, passed=enough, words=words))
    return tuple(checks)


def _short(odds: Odds) -> str:
    if math.isinf(odds.track_record_min):
        return "no length of record would prove it: it earned nothing"
    return f"too little data: the claim needs a record of {odds.track_record_min:.1f} years out of sample"


def _least(gate: str, found: float, threshold: float | None, words: str) -> Check | None:
    if threshold is None:
        return None
    said = words.format(found) if math.isfinite(found) else "there is nothing to measure"
    return Check(gate=gate, found=_plain(found), threshold=threshold, passed=found >= threshold, words=said)


def _most(gate: str, found: float, threshold: float | None, words: str) -> Check | None:
    if threshold is None:
        return None
    said = words.format(found) if math.isfinite(found) else "there is nothing to measure"
    return Check(gate=gate, found=_plain(found), threshold=threshold, passed=found <= threshold, words=said)


def _plain(value: float) -> float:
    return float(value)


def funnel_of(counts: dict[str, int], checks: tuple[Check, ...], members: int) -> Iterator[tuple[str, int]]:
    """Yield how many are left after each step, from evaluations to members."""
    yield from counts.items()
    left = members
    for check in checks:
        left = left if check.passed else 0
        yield check.gate, left
