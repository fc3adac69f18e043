"""Say how strong each planted edge must be for the best strategy to have a known Sharpe ratio."""

from dataclasses import dataclass
from typing import Final

from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError
from tenfold.domain.rules import Account, Costs, Rules
from tenfold.market.planted import planted_market

RULES: Final = Rules(costs=Costs(slippage_bps=1.0), account=Account(cash=1_000_000.0))
"""The rules under which the strengths were solved."""


@dataclass(frozen=True)
class Plan:
    """Hold how an edge is planted; `start` is a first guess of its strength, which grows as the Sharpe ratio to `growth`."""

    edge: str
    span: int
    symbols: int = 1
    correlation: float = 0.0
    start: float = 0.02
    growth: float = 1.0


PLANS: Final = {
    plan.edge: plan
    for plan in (
        Plan("trend", 40, start=0.008),
        Plan("reversion", 5, start=0.06),
        Plan("gap", 3, start=0.06),
        Plan("climax", 3, start=0.06),
        Plan("month_turn", 1, start=0.006, growth=2.0),
        Plan("winter", 1, start=0.008, growth=2.0),
        Plan("calm", 60, start=0.008, growth=2.0),
        Plan("relative", 100, symbols=6, correlation=0.3, start=0.004),
        Plan("pairs", 10, symbols=6, correlation=0.3, start=0.05),
    )
}


@dataclass(frozen=True)
class Solved:
    """Hold the strength at which the best strategy of all families has a Sharpe ratio.

    `sharpe` is what was asked for, annual and net under `RULES`, `found` what 80 markets of 20 years measured (standard error
    0.026); `family` and `values` are the best strategy.
    """

    edge: str
    sharpe: float
    strength: float
    found: float
    family: str
    values: dict[str, float]


SOLVED: Final = (
    Solved("trend", 1.0, 0.024682, 1.001, "channel", {"entry": 55, "exit": 11}),
    Solved("trend", 1.5, 0.040854, 1.501, "channel", {"entry": 55, "exit": 11}),
    Solved("reversion", 1.0, 0.45687, 0.999, "band_reversal", {"length": 13, "entry": 1.12}),
    Solved("reversion", 1.5, 0.62281, 1.501, "band_reversal", {"length": 13, "entry": 1.12}),
    Solved("gap", 1.0, 0.10404, 1.000, "gap_fade", {"length": 8, "factor": 0.894, "hold": 4}),
    Solved("gap", 1.5, 0.17404, 1.500, "gap_fade", {"length": 10, "factor": 0.976, "hold": 5}),
    Solved("climax", 1.0, 0.23633, 1.002, "climax", {"length": 36, "factor": 1.643, "hold": 4}),
    Solved("climax", 1.5, 0.4095, 1.501, "climax", {"length": 24, "factor": 1.748, "hold": 5}),
    Solved("month_turn", 1.0, 0.0057984, 1.000, "turn_of_month", {"before": 26, "after": 3}),
    Solved("month_turn", 1.5, 0.013203, 1.498, "turn_of_month", {"before": 26, "after": 3}),
    Solved("winter", 1.0, 0.0074328, 1.001, "winter", {"first": 11, "last": 4}),
    Solved("winter", 1.5, 0.013875, 1.499, "same_month", {"strength": 19.721, "weight": 0.189}),
    Solved("calm", 1.0, 0.014058, 1.000, "calm", {"length": 27, "history": 292}),
    Solved("relative", 1.0, 0.0037466, 0.999, "residual_momentum", {"length": 104, "full_at": 3.362}),
    Solved("relative", 1.5, 0.006167, 1.500, "residual_momentum", {"length": 78, "full_at": 3.444}),
    Solved("calm", 1.5, 0.031739, 1.500, "calm", {"length": 27, "history": 292}),
)
"""Made by `benchmarks/calibration/solve.py`, which says how; pairs are not solved yet."""


def solved(edge: str, sharpe: float) -> Solved:
    """Return the strength of an edge at a Sharpe ratio; refuses what was not solved."""
    for one in SOLVED:
        if one.edge == edge and one.sharpe == sharpe:
            return one
    known = ", ".join(f"{one.edge} at {one.sharpe:g}" for one in SOLVED)
    raise ParameterError(
        f"no strength is known for the edge {edge} at a Sharpe ratio of {sharpe:g}, expected one of {known}"
    )


def market_of(known: Solved, bars: int, seed: int) -> Bars:
    """Return a market with an edge of a known Sharpe ratio."""
    plan = PLANS[known.edge]
    return planted_market(
        bars,
        plan.symbols,
        seed=seed,
        edge=plan.edge,
        strength=known.strength,
        span=plan.span,
        correlation=plan.correlation,
    )
