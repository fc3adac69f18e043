"""Find how strong each planted edge must be for the best strategy to have a given Sharpe ratio.

    python benchmarks/calibration/solve.py               every edge, at Sharpe ratios of 1.0 and 1.5
    python benchmarks/calibration/solve.py --edge trend

Prints the table of `tenfold.market.strengths`. For each edge: every family is tried at 48 even points on 16 markets of 20
years, the best three at 256 points on 40 markets, the eight best strategies on 80 fresh markets; the best of them is kept, and
the strength is solved on those 80 markets (384,000 bars behind the warm-up: a standard error of 0.026), their noise
being the same at every strength. The whole is done twice, since the best strategy depends on the strength.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from tenfold.backtesting.streams import StreamJob
from tenfold.domain.bars import Bars
from tenfold.kernels.fold import Fold
from tenfold.market.planted import planted_market
from tenfold.market.strengths import PLANS, RULES, Plan
from tenfold.registry import STRATEGIES
from tenfold.research.space import even_points, params_at, values_of

BARS = 5040
WARM_UP = 300
TARGETS = (1.0, 1.5)
SCREEN, CHOOSE, SOLVE = range(10_000, 10_016), range(10_016, 10_056), range(20_000, 20_080)


def market(plan: Plan, strength: float, seed: int) -> Bars:
    """Return one market of 20 years."""
    return planted_market(
        BARS, plan.symbols, seed=seed, edge=plan.edge, strength=strength, span=plan.span, correlation=plan.correlation
    )


def sums(plan: Plan, strength: float, asked: Sequence[tuple[str, Any]], seed: int) -> list[Any]:
    """Return mean, square and count of the net returns of strategies on one market, a list of (K, 3)."""
    job = StreamJob(market(plan, strength, seed), RULES)
    found = []
    for name, params in asked:
        returns = job.streams(STRATEGIES.load(name), params)[0][:, WARM_UP:]
        found.append(np.stack([returns.sum(1), (returns**2).sum(1), np.full(len(returns), returns.shape[1])], axis=1))
    return found


def sharpes(
    plan: Plan, strength: float, asked: Sequence[tuple[str, Any]], seeds: range, pool: ProcessPoolExecutor
) -> list[Any]:
    """Return the annual Sharpe ratio of strategies over all markets together, (K,) a family."""
    parts = list(pool.map(partial(sums, plan, strength, asked), seeds))
    found = []
    for number in range(len(asked)):
        total = np.sum([part[number] for part in parts], axis=0)
        mean = total[:, 0] / total[:, 2]
        deviation = np.sqrt(np.maximum(total[:, 1] / total[:, 2] - mean**2, 1e-30))
        found.append(np.where(deviation > 1e-9, mean / deviation, 0.0) * np.sqrt(252.0))
    return found


def families(symbols: int) -> list[Fold]:
    """Return every family that so many symbols allow."""
    loaded = [STRATEGIES.load(name) for name in sorted(STRATEGIES.table)]
    return [fold for fold in loaded if symbols > 1 or not fold.panel]


def best(plan: Plan, strength: float, pool: ProcessPoolExecutor) -> tuple[str, Any]:
    """Return the best strategy at a strength: its family, and its parameters as one record (1,)."""
    asked = [(fold.name, params_at(fold, even_points(fold, 48, 0))) for fold in families(plan.symbols)]
    found = sharpes(plan, strength, asked, SCREEN, pool)
    order = np.argsort([-one.max() for one in found])[:3]
    folds = [STRATEGIES.load(asked[number][0]) for number in order]
    asked = [(fold.name, params_at(fold, even_points(fold, 256, 1))) for fold in folds]
    found = sharpes(plan, strength, asked, CHOOSE, pool)
    ranked = sorted(
        (
            (value, name, index)
            for (name, _), values in zip(asked, found, strict=True)
            for index, value in enumerate(values)
        ),
        reverse=True,
    )[:8]
    params = dict(asked)
    last = [(name, params[name][index : index + 1]) for _, name, index in ranked]
    return last[int(np.argmax([one[0] for one in sharpes(plan, strength, last, SOLVE, pool)]))]


def solve(
    plan: Plan, target: float, start: float, pool: ProcessPoolExecutor
) -> tuple[float, float, str, dict[str, Any]]:
    """Return strength, Sharpe ratio, family and parameters."""
    strength = start
    found, chosen = 0.0, ("", None)
    for _ in range(2):
        chosen = best(plan, strength, pool)
        low, high = 0.0, None
        for _ in range(10):
            found = float(sharpes(plan, strength, [chosen], SOLVE, pool)[0][0])
            if abs(found - target) < 0.002:
                break
            low, high = (strength, high) if found < target else (low, strength)
            guess = strength * np.clip(target / max(found, 0.05), 0.5, 2.0) ** plan.growth
            strength = float(guess if low < guess < (high or 0.95) else (low + (high or min(2 * low, 0.95))) / 2.0)
    name, params = chosen
    return strength, found, name, values_of(STRATEGIES.load(name), params[0])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Solve the strengths of planted edges.")
    parser.add_argument("--edge", choices=PLANS, action="append")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes) as pool:
        for edge in options.edge or PLANS:
            plan = PLANS[edge]
            start = plan.start
            for target in TARGETS:
                strength, found, name, values = solve(plan, target, start, pool)
                told = {key: round(value, 3) for key, value in values.items()}
                print(f'    Solved("{edge}", {target}, {strength:.5g}, {found:.3f}, "{name}", {told}),', flush=True)
                start = min(strength * 2.0, 0.9)
    return 0


if __name__ == "__main__":
    sys.exit(main())
