"""Tell what the log of trials holds: how many evaluations, of which families, on which markets."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec.structs import replace

from tenfold.app.wiring import trial_log
from tenfold.domain.trials import Hashes, LedgerHead, TrialData
from tenfold.domain.units import format_ns
from tenfold.metrics.clusters import effective_trials

MARKETS_MAX: Final = 20
"""Markets that are listed: those with the latest trials."""


@dataclass(frozen=True)
class FamilyTrials:
    """Hold the trials of one family: different ones, the best annual Sharpe ratio of any, and when the last was made."""

    family: str
    trials: int
    best_sharpe: float
    last: str


@dataclass(frozen=True)
class MarketTrials:
    """Hold the trials that count for some symbols over all of the period that was ever tried."""

    symbols: tuple[str, ...]
    start: str
    end: str
    trials: int
    independent: float


@dataclass(frozen=True)
class TrialReport:
    """Hold what a whole log contains; `evaluations` counts repeated ones each time, `trials` once."""

    evaluations: int
    trials: int
    first: str
    last: str
    families: tuple[FamilyTrials, ...]
    markets: tuple[MarketTrials, ...]
    head: LedgerHead


def verify_trials() -> LedgerHead:
    """Read the whole log, each record checked against the one before, and return where it ends.

    Raises
    ------
    TrialLogError
        Where a record was changed, moved or removed.
    """
    return trial_log().verify()


def trial_report() -> TrialReport:
    """Return what the log holds; errors as `verify_trials`."""
    log = trial_log()
    head = log.verify()
    hashes: dict[str, list[Hashes]] = {}
    best: dict[str, float] = {}
    last: dict[str, int] = {}
    markets: dict[tuple[str, ...], TrialData] = {}
    times: list[int] = []
    for chunk, data in log.records():
        hashes.setdefault(chunk.family, []).append(chunk.hashes)
        best[chunk.family] = max(best.get(chunk.family, chunk.sharpe_max), chunk.sharpe_max)
        last[chunk.family] = chunk.at_ns
        times.append(chunk.at_ns)
        known = markets.pop(data.symbols, data)  # the latest stands last
        span = (min(known.start_ns, data.start_ns), max(known.stop_ns, data.stop_ns))
        markets[data.symbols] = replace(known, start_ns=span[0], stop_ns=span[1])
    counts = {family: len(np.unique(np.concatenate(found))) for family, found in hashes.items()}
    order = sorted(counts, key=lambda family: -counts[family])
    return TrialReport(
        evaluations=sum(len(one) for found in hashes.values() for one in found),
        trials=sum(counts.values()),
        first=format_ns(min(times))[:19] if times else "",
        last=format_ns(max(times))[:19] if times else "",
        families=tuple(FamilyTrials(one, counts[one], best[one], format_ns(last[one])[:19]) for one in order),
        markets=tuple(_market(data) for data in list(markets.values())[: -MARKETS_MAX - 1 : -1]),
        head=head,
    )


def _market(data: TrialData) -> MarketTrials:
    sample = trial_log().sample(data)
    start, end = (format_ns(moment, data.period_ns)[:10] for moment in (data.start_ns + data.period_ns, data.stop_ns))
    return MarketTrials(data.symbols, start, end, sample.count, effective_trials(sample).number)
