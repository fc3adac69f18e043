"""Count approvals under any thresholds, and say how sure the rates are."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from scipy.stats import beta

from tenfold.research.gates import Gates

Row = dict[str, Any]

LEAST = {
    "oos_sharpe_min": "oos_sharpe",
    "oos_psr_min": "oos_psr",
    "dsr_min": "dsr",
    "excess_min": "excess",
    "consistency_min": "consistency",
    "members_min": "members",
}
MOST = {"pbo_max": "pbo", "correlation_max": "correlation", "superiority_p_max": "superiority_p"}

CURVES = {
    "dsr_min": (*np.round(np.arange(0.0, 0.95, 0.05), 2).tolist(), 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.999),
    "oos_psr_min": (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.999),
    "oos_sharpe_min": tuple(np.round(np.arange(0.0, 1.51, 0.1), 1).tolist()),
    "pbo_max": (1.0, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0.02, 0.0),
}
"""Thresholds of a gate that are tried, loosest first."""

OPEN = Gates(
    oos_sharpe_min=None, oos_psr_min=None, dsr_min=None, pbo_max=None, excess_min=None, correlation_max=1.0, consistency_min=0.0
)  # fmt: skip
"""Gates that let every ensemble through."""


def passes(row: Row, gates: Gates) -> bool:
    """Say whether a market is approved under gates; what was not measured does not pass."""
    least = all(_reaches(row[value], getattr(gates, gate)) for gate, value in LEAST.items())
    return least and all(_within(row[value], getattr(gates, gate)) for gate, value in MOST.items())


def _reaches(value: float | None, threshold: float | None) -> bool:
    return threshold is None or (value is not None and value >= threshold)


def _within(value: float | None, threshold: float | None) -> bool:
    return threshold is None or (value is not None and value <= threshold)


def rate(passed: Iterable[bool]) -> dict[str, float | int]:
    """Return how many of how many, the share, and the 95 % interval of Clopper and Pearson (1934)."""
    taken = list(passed)
    hits, count = sum(taken), len(taken)
    low = float(beta.ppf(0.025, hits, count - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, count - hits)) if hits < count else 1.0
    return {"approved": hits, "of": count, "rate": hits / max(count, 1), "low": low, "high": high}


def by_group(rows: Sequence[Row], gates: Gates) -> dict[str, dict[str, float | int]]:
    """Return the rate of approvals in each group of markets."""
    return {
        group: rate(passes(row, gates) for row in rows if row["group"] == group)
        for group in dict.fromkeys(row["group"] for row in sorted(rows, key=lambda row: str(row["group"])))
    }


def alone(rows: Sequence[Row], gates: Gates) -> dict[str, dict[str, float]]:
    """Return for each gate the share of each group that it would let through, were it the only one."""
    found = {}
    for gate, value in (LEAST | MOST).items():
        threshold = getattr(gates, gate)
        if threshold is not None:
            passed = _reaches if gate in LEAST else _within
            found[gate] = {
                group: round(
                    float(np.mean([passed(row[value], threshold) for row in rows if row["group"] == group])), 4
                )
                for group in dict.fromkeys(row["group"] for row in rows)
            }
    return found


def curve(rows: Sequence[Row], gates: Gates, gate: str) -> list[dict[str, float]]:
    """Return the rates over the thresholds of one gate, the others being as they are."""
    points = []
    for threshold in CURVES[gate]:
        found = by_group(rows, msgspec.structs.replace(gates, **{gate: threshold}))
        points.append({"threshold": threshold, **{group: round(one["rate"], 4) for group, one in found.items()}})
    return points


def fresh(rows: Sequence[Row], gates: Gates) -> dict[str, float]:
    """Return what approved ensembles earn on fresh years beside the best strategy: mean Sharpe ratios and their quotient."""
    pairs = np.array([(row["fresh"], row["best_fresh"]) for row in rows if passes(row, gates)], float)
    if len(pairs) == 0:
        return {"of": 0}
    mean, best = pairs.mean(0)
    rest = pairs[:, 0] - mean / best * pairs[:, 1]
    return {
        "of": len(pairs),
        "ensemble": round(float(mean), 3),
        "best": round(float(best), 3),
        "quotient": round(float(mean / best), 3),
        "error": round(float(rest.std(ddof=1) / np.sqrt(len(pairs)) / best), 3) if len(pairs) > 1 else float("nan"),
    }
