"""Say how strong each planted edge must be for the best strategy to have a known Sharpe ratio."""

from dataclasses import dataclass
from typing import Final

from tenfold.domain.rules import Account, Costs, Rules

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
