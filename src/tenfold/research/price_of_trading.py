"""Ask what multiples of all costs leave, and how much could be paid before nothing is left."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tenfold.backtesting.run import Run
from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Costs, Rules
from tenfold.market.resampling import Ratios, rebuilt
from tenfold.research.dossier import CostCurve
from tenfold.research.paths import measured
from tenfold.research.rerun import rerun_scores
from tenfold.research.scenarios import times_fees, times_slippage

Scores = NDArray[np.float64]

MULTIPLES: Final = (0.0, 1.0, 2.0, 4.0)

_BPS_MAX: Final = 5000.0
_HALVINGS: Final = 24


def times_costs(rules: Rules, multiple: float) -> Rules:
    """Return rules with a multiple of everything that trading and holding cost; rebates stay as they are."""
    costs = times_slippage(times_fees(rules.costs, multiple), multiple, multiple)
    held = {name: min(getattr(costs, name) * multiple, 10.0) for name in ("borrow_annual_frac", "margin_annual_frac")}
    return replace(rules, costs=replace(costs, **held))


def cost_curve(scores: Scores, members: Sequence[Member], bars: Bars, rules: Rules, ratios: Ratios) -> CostCurve:
    """Return the curve of a vote, its scores given (T, S, K)."""
    parts = []
    for multiple in MULTIPLES:
        quoted = _with_spread(bars, ratios, multiple)
        run = rerun_scores(scores, members, quoted, times_costs(rules, multiple))
        parts.append(measured(run.returns[None, :], bars.periods_per_year))
    return CostCurve(
        multiples=np.array(MULTIPLES),
        sharpe=np.concatenate([part.sharpe for part in parts]),
        annual_return=np.concatenate([part.annual_return for part in parts]),
        paid_bps=paid_bps(rerun_scores(scores, members, bars, rules)),
        break_even_bps=break_even_bps(scores, members, bars, rules),
    )


def traded(run: Run) -> float:
    """Return the notional of all fills, in currency."""
    value = np.array([one.lot_size * one.multiplier for one in run.bars.instruments])
    return float((np.abs(run.fills["lots"]) * run.fills["price"] * value[run.fills["symbol"]]).sum())


def paid_bps(run: Run) -> float:
    """Return fees and slippage of what was traded, in basis points a side; NaN where nothing was."""
    notional = traded(run)
    paid = float((run.fills["fee_units"] + run.fills["slippage_units"]).sum()) / run.money
    return paid / notional * 1e4 if notional > 0.0 else math.nan


def break_even_bps(scores: Scores, members: Sequence[Member], bars: Bars, rules: Rules) -> float:
    """Return the cost in basis points of price, on each fill and in place of all others, that leaves nothing.

    0 where nothing is earned even for free, 5,000, the most that rules take, where even that leaves something; NaN where nothing
    is traded.
    """

    def end(bps: float) -> Run:
        free = Costs(slippage_bps=bps, participation_frac_max=rules.costs.participation_frac_max)
        return rerun_scores(scores, members, bars, replace(rules, costs=free))

    def earns(run: Run) -> bool:
        return bool(run.equity[-1] > rules.account.cash)

    best = end(0.0)
    if not len(best.fills):
        return math.nan
    if not earns(best):
        return 0.0
    low, high = 0.0, _BPS_MAX
    if earns(end(high)):
        return high
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high) if low > 0.0 else high / 16.0
        if earns(end(middle)):
            low = middle
        else:
            high = middle
        if low > 0.0 and high / low < 1.001:
            break
    return low if low > 0.0 else high


def _with_spread(bars: Bars, ratios: Ratios, multiple: float) -> Bars:
    """Return bars whose quotes lie so many times as far from the price."""
    quoted = ("bid", "ask", "bid_open", "ask_open")
    if multiple == 1.0 or all(np.isnan(bars.rows[name]).all() for name in quoted):
        return bars
    return rebuilt(ratios, np.arange(len(bars)), spread=multiple)
