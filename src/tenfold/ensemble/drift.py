"""Notice live that a member no longer earns what its record promises, and demote it.

How it works. The net returns of a member, in units of their promised deviation, are held against their promised mean by
Page's one-sided cumulative sum (1954): with z = (promise - return) / deviation and k half of the promised Sharpe ratio per bar,

    C = max(0, C + z - k)        demoted where C > h

k is the best choice against a mean that fell to 0 (Lorden 1971). h follows from how often a member that keeps its promise
may be demoted by bad luck: Siegmund's approximation (1985, eq. 2.57) to the mean number of bars between alarms,

    ARL = (exp(2 k b) - 2 k b - 1) / (2 k^2)        b = h + 1.166

is set to a year's bars over the false alarms a year, and solved for b. A modest Sharpe ratio takes years to tell from
none, and no rule can do better: `delay_bars` says how long.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import ParameterError
from tenfold.domain.upkeep import Upkeep

DRIFT: Final = np.dtype(
    [("mean", "f8"), ("deviation", "f8"), ("reference", "f8"), ("limit", "f8"), ("sum", "f8"), ("bars", "i8"), ("demoted", "i8")]
)  # fmt: skip
"""State of one member: promised mean and deviation, k, h, C, bars seen, and the bar that demoted it (0: none so far)."""

OVERSHOOT: Final = 1.166
"""Twice the mean excess of a normal walk over a limit (Siegmund 1985)."""


def fresh_drift(mean: float, deviation: float, periods: float, upkeep: Upkeep) -> NDArray[np.void]:
    """Return the state (1,) of a watch over a member.

    Parameters
    ----------
    mean, deviation : of the net returns per bar that its record promises
    periods : bars a year

    Raises
    ------
    ParameterError
        The record promises nothing: no gain, or nothing that varies.
    """
    if not (math.isfinite(mean) and math.isfinite(deviation) and mean > 0.0 and deviation > 0.0):
        raise ParameterError(
            f"a record with mean {mean:g} and deviation {deviation:g} a bar promises nothing that could drift"
        )
    state = np.zeros(1, DRIFT)
    reference = 0.5 * mean / deviation
    limit = _limit(reference, periods / upkeep.false_alarms_per_year)
    state["mean"], state["deviation"], state["reference"], state["limit"] = mean, deviation, reference, limit
    return state


def mark_drift(state: Any, net_return: float) -> bool:
    """Count one bar's net return into a state and say whether the member is demoted; it stays so.

    A return that is not known (NaN) counts as no bar.
    """
    one = state[0]
    if not math.isnan(net_return):
        one["bars"] += 1
        fallen = (one["mean"] - net_return) / one["deviation"]
        one["sum"] = max(0.0, float(one["sum"] + fallen - one["reference"]))
        if one["sum"] > one["limit"] and one["demoted"] == 0:
            one["demoted"] = one["bars"]
    return bool(one["demoted"] > 0)


def alarm_bars(reference: float, limit: float) -> float:
    """Return the mean bars up to an alarm of a member that keeps its promise."""
    reach = 2.0 * reference * (limit + OVERSHOOT)
    return (math.expm1(reach) - reach) / (2.0 * reference * reference)


def delay_bars(state: Any) -> float:
    """Return the mean bars up to the demotion of a member whose mean has fallen to 0."""
    reference = float(state[0]["reference"])
    reach = 2.0 * reference * (float(state[0]["limit"]) + OVERSHOOT)
    return (math.expm1(-reach) + reach) / (2.0 * reference * reference)


def _limit(reference: float, bars: float) -> float:
    """Return h for a mean of so many bars between alarms, by halving."""
    low, high = 0.0, 1.0
    while alarm_bars(reference, high) < bars:
        high *= 2.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if alarm_bars(reference, middle) < bars else (low, middle)
    return high
