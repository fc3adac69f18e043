"""Measure what a gate of the ladder asks about: of a study, and of a run that traded beside the backtest of the same bars.

Bounds are one-sided at 95 %, the ends that demote at 99.9 %. Sources: E. B. Wilson (1927) for shares; W. G. Cochran, "Sampling Techniques" (1977), ch. 6, for the ratio of
cost to value; D. Politis, J. Romano (1994), the stationary bootstrap, for means of returns that follow each other.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.run import Run
from tenfold.domain.order import REASONS, Reason
from tenfold.domain.stages import Stage
from tenfold.domain.units import NS_PER_DAY
from tenfold.metrics.bootstrap import bootstrap_indices, bootstrap_statistics, optimal_block
from tenfold.metrics.normal import quantile
from tenfold.research.result import StudyResult

CONFIDENCE: Final = 0.95
PROOF: Final = 0.999
"""Confidence of the ends that demote: they are looked at after each session of a year."""
PATHS: Final = 2000
"""Resampled paths of a bootstrap."""
RETURNS_MIN: Final = 20
"""Sessions below which means are not resampled."""
_VOLATILITY: Final = 0.10
_BPS: Final = 1e4
_LOTS_FRAC: Final = 0.1
"""Part of its size by which a trade may differ from that of the backtest and still be the same: equity is not the same to the cent."""

_BY_FORCE: Final = [REASONS.index(one) for one in (Reason.BREAKER, Reason.MARGIN, Reason.OPERATOR)]
"""Reasons of trades that no strategy decides: where a person halts it a run sells at once, and its backtest at the next open."""

Returns = NDArray[np.float64]
Figures = dict[str, float]


def study_figures(result: StudyResult, seed: int = 0) -> dict[Stage, Figures]:
    """Return what a study showed on each of its stages; what is no number is left out."""
    days = result.ts_ns // NS_PER_DAY
    tested = np.isfinite(result.oos)
    first = int(np.argmax(tested)) if tested.any() else len(tested)
    outside = {
        "days": float(len(np.unique(days[tested]))),
        "trades": float(np.count_nonzero(result.entries >= first)),
    }
    research = {
        "days": float(len(np.unique(days))),
        "trades": float(len(result.entries)),
        "approved": float(result.approved),
        "deflated_sharpe": result.odds.dsr,
    }
    walked = outside | {"probabilistic_sharpe": result.odds.psr}
    resampled = outside | _resampled(result.oos[tested], result.periods, seed)
    return {"research": _finite(research), "walk_forward": _finite(walked), "monte_carlo": _finite(resampled)}


def trading_figures(
    run: Run, twin: Run, *, share: float = 1.0, differences: int = 0, sessions: int | None = None
) -> Figures:
    """Return what a run showed beside the backtest of the same bars.

    Parameters
    ----------
    share : of its full size at which it traded
    differences : from the venue that were found
    sessions : the last so many alone; all by default. Differences and trips are those of the whole run

    Notes
    -----
    A trade is what was filled of one symbol on one side within a bar; days are sessions, intraday returns are summed over them.
    """
    place = run.bars.rows["session"].max(axis=1)
    kept = np.unique(place)[-sessions if sessions else None :]
    inside = place >= kept[0]
    ours, theirs = _traded(run, inside), _traded(twin, inside)
    alike = [name for name in ours if name in theirs and _alike(ours[name][0], theirs[name][0])]
    figures = {
        "days": float(len(kept)),
        "trades": float(np.count_nonzero(inside[run.trades["entry_bar"]])),
        "differences": float(differences),
        "trips": float(len(run.trips)),
    }
    every = len(ours.keys() | theirs.keys())
    if every:
        low, high = share_bounds(len(alike), every, CONFIDENCE, PROOF)
        figures |= {"compared": float(every), "agreement_low": low, "agreement_high": high}
    paid = np.array([_paid(*ours[name], *theirs[name]) for name in alike])
    if alike:
        figures["slippage"] = _bps(float(paid[:, 0].sum() / paid[:, 1].sum()))
    if len(alike) > 1:
        low, high = ratio_bounds(paid, PROOF, CONFIDENCE)
        figures |= {"slippage_low": _bps(low), "slippage_high": _bps(high)}
    missing = (twin.returns - run.returns)[inside] / share
    by_session = np.zeros(len(kept))
    np.add.at(by_session, np.searchsorted(kept, place[inside]), missing)
    if len(by_session) >= RETURNS_MIN:
        low, high = mean_bounds(by_session, PROOF, CONFIDENCE)
        figures |= {"shortfall_low": _bps(low), "shortfall_high": _bps(high)}
    return _finite(figures)


def share_bounds(hits: int, count: int, below: float = CONFIDENCE, above: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's bounds of a share, each one-sided, at a confidence of its own."""
    ends = []
    for z in (-quantile(below), quantile(above)):
        share, spread = hits / count, z * z / count
        middle = (share + spread / 2.0) / (1.0 + spread)
        half = math.sqrt(share * (1.0 - share) * spread + spread * spread / 4.0) / (1.0 + spread)
        ends.append(middle + math.copysign(half, z))
    return max(ends[0], 0.0), min(ends[1], 1.0)


def ratio_bounds(pairs: Returns, below: float = CONFIDENCE, above: float = CONFIDENCE) -> tuple[float, float]:
    """Return bounds of a total over a total, each one-sided, from pairs (N, 2) of what is divided by what."""
    amounts, sizes = pairs.T
    ratio = float(amounts.sum() / sizes.sum())
    count = len(pairs)
    rest = amounts - ratio * sizes
    error = math.sqrt(float(rest @ rest) * count / (count - 1)) / float(sizes.sum())
    return ratio - quantile(below) * error, ratio + quantile(above) * error


def mean_bounds(
    values: Returns, below: float = CONFIDENCE, above: float = CONFIDENCE, *, seed: int = 0
) -> tuple[float, float]:
    """Return bounds of the mean of values that follow each other, each one-sided; those that do not vary have one mean."""
    if not np.ptp(values) > 0.0:
        return float(values[0]), float(values[0])
    drawn = bootstrap_indices(len(values), PATHS, optimal_block(values), seed)
    low, high = np.quantile(values[drawn].mean(axis=1), [1.0 - below, above])
    return float(low), float(high)


def _resampled(oos: Returns, periods: float, seed: int) -> Figures:
    """Return which share of resampled paths loses, and how deep paths of a year fall at 10 % volatility."""
    spread = float(oos.std()) if len(oos) >= RETURNS_MIN else 0.0
    if not spread > 0.0:
        return {}
    whole = bootstrap_statistics(oos, PATHS, seed=seed)
    scaled = oos * (_VOLATILITY / (spread * math.sqrt(periods)))
    year = bootstrap_statistics(scaled, PATHS, seed=seed, bars=max(round(periods), 1))
    return {
        "loss_share": float((whole.sharpe <= 0.0).mean()),
        "drawdown": -float(np.quantile(year.max_drawdown, 1.0 - CONFIDENCE)),
    }


Name = tuple[int, int, bool]
"""Bar, symbol, whether it was bought."""


def _traded(run: Run, inside: NDArray[np.bool_]) -> dict[Name, tuple[int, float]]:
    """Return lots and value in currency a lot of what a strategy has traded, by bar, symbol and side.

    Who trades the account by hand beside it has no number. What filled where a symbol has no bar, since of few trades the feed heard none, is of its
    next one, as in a backtest.
    """
    found: dict[Name, tuple[int, float]] = {}
    count = len(run.bars)
    places = np.where(run.bars.usable, np.arange(count)[:, None], count)
    nearest = np.minimum.accumulate(places[::-1])[::-1]
    its_own = (run.fills["order"] > 0) & ~np.isin(run.fills["reason"], _BY_FORCE)
    for fill in run.fills[inside[run.fills["bar"]] & its_own]:
        lots, price = int(fill["lots"]), float(fill["price"])
        bar, symbol = int(fill["bar"]), int(fill["symbol"])
        following = int(nearest[bar, symbol])
        name = (following if following < count else bar, symbol, lots > 0)
        before, value = found.get(name, (0, 0.0))
        found[name] = (before + lots, value + lots * price)
    return found


def _alike(ours: int, theirs: int) -> bool:
    return abs(ours - theirs) <= max(1.0, _LOTS_FRAC * abs(theirs))


def _paid(lots: int, value: float, their_lots: int, their_value: float) -> tuple[float, float]:
    """Return what a trade cost more than at the backtest's price, and what it is worth at that."""
    expected = lots * (their_value / their_lots)
    return value - expected, abs(expected)


def _bps(value: float) -> float:
    """Return a fraction in hundredths of a per cent, without the last bits, which are of the summing."""
    return round(value * _BPS, 6) + 0.0


def _finite(figures: Figures) -> Figures:
    return {name: float(value) for name, value in figures.items() if math.isfinite(value)}
