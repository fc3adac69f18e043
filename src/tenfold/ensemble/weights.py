"""Weigh the members of a vote: equally, or by the skill that each has shown so far."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import SettingsError
from tenfold.domain.upkeep import Upkeep

Array = NDArray[np.float64]

SKILL = np.dtype([("sum", "f8"), ("square", "f8"), ("mass", "f8")])
"""State of one member: decayed sums of its net returns, of their squares, and of ones; zeros at first."""


def equal_weights(count: int) -> Array:
    """Return the same weight for each member, adding up to 1."""
    if count < 1:
        raise SettingsError(f"{count} members have no weights, expected at least 1")
    return np.full(count, 1.0 / count)


def fresh_skill(count: int) -> NDArray[np.void]:
    """Return the state of members that have shown nothing yet, (K,) of `SKILL`."""
    return np.zeros(count, SKILL)


def mark_skill(state: NDArray[np.void], returns: Array, upkeep: Upkeep) -> None:
    """Count the net returns (K,) of one bar into the state; NaN of a member that was not there counts as 0."""
    keep = 0.5 ** (1.0 / upkeep.half_life)
    found = np.where(np.isfinite(returns), returns, 0.0)
    state["sum"] = keep * state["sum"] + found
    state["square"] = keep * state["square"] + found * found
    state["mass"] = keep * state["mass"] + 1.0


def weights_now(state: NDArray[np.void], upkeep: Upkeep) -> Array:
    """Return the weights (K,) that hold until the next returns are known, adding up to 1, each above 0.

    With l = 0.5^(1 / half life), r the net returns up to now and s^2 their decayed mean square over all members:

        z_i = sum_t l^(now - t) r_i[t] / (s sqrt((1 - l^(2 n)) / (1 - l^2)))
        w_i = floor / K + (1 - floor) exp(rate z_i) / sum_j exp(rate z_j)

    z_i is standard normal for a member without skill, whatever the half life. This is Hedge (Freund and Schapire 1997)
    on gains in units of luck, discounted (Chernov and Zhdanov 2010), with a fixed share for each, so that whoever fell
    behind can come back (Herbster and Warmuth 1998).
    """
    count = len(state)
    if upkeep.weights == "equal" or count < 2 or not state["mass"][0] > 0.0:
        return equal_weights(count)
    keep = 0.5 ** (1.0 / upkeep.half_life)
    mass = float(state["mass"][0])
    faded = 1.0 - (1.0 - keep) * mass  # l^n, from the sum of the geometric series
    spread = float(state["square"].mean()) / mass * (1.0 - faded * faded) / (1.0 - keep * keep)
    if not spread > 0.0:
        return equal_weights(count)
    ahead = upkeep.rate * (state["sum"] - state["sum"].max()) / np.sqrt(spread)
    shares = np.exp(ahead)
    return np.asarray(upkeep.floor_frac / count + (1.0 - upkeep.floor_frac) * shares / shares.sum(), np.float64)


def skill_after(returns: Array, upkeep: Upkeep) -> NDArray[np.void]:
    """Return the state of members after net returns (T, K); NaN counts as 0."""
    state = fresh_skill(returns.shape[1])
    found = np.where(np.isfinite(returns), returns, 0.0)
    faded = 0.5 ** (np.arange(len(found))[::-1] / upkeep.half_life)
    state["sum"], state["square"], state["mass"] = faded @ found, faded @ (found * found), faded.sum()
    return state


def skill_weights(returns: Array, upkeep: Upkeep) -> Array:
    """Return the weights in force at each bar and after the last, (T + 1, K); row t knows the returns before t alone.

    Parameters
    ----------
    returns : net returns of each member traded alone, (T, K); NaN counts as 0
    """
    state: Any = fresh_skill(returns.shape[1])
    weights = np.empty((len(returns) + 1, returns.shape[1]))
    for moment, row in enumerate(returns):
        weights[moment] = weights_now(state, upkeep)
        mark_skill(state, row, upkeep)
    weights[-1] = weights_now(state, upkeep)
    return weights
